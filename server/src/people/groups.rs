//! `tatwats group list`: which groups there are, who is in them, and what they have by it.

use std::collections::BTreeMap;

use domain::{Group, ProjectId, Result, Slug};
use serde::Serialize;
use store::Store;

use super::{project_names, roles};
use crate::beside::Beside;
use crate::client::Fault;
use crate::client::out::{Out, table};
use crate::config::Config;

#[derive(Serialize)]
struct Listed {
    items: Vec<Group>,
}

async fn read(store: &Store) -> Result<(Vec<Group>, BTreeMap<ProjectId, Slug>)> {
    Ok((store.groups().await?, project_names(store).await?))
}

pub(super) async fn run(config: &Config, out: &mut Out) -> Result<(), Fault> {
    let (items, projects) = match Beside::to_read(config).await? {
        Some(beside) => {
            let read = read(&beside.store).await;
            beside.close().await;
            read?
        }
        None => Default::default(),
    };
    out.show(&Listed { items }, |listed| match listed.items.as_slice() {
        [] => "No group yet. Admins make them on the page People.".into(),
        groups => lines(groups, &projects),
    })
}

fn lines(groups: &[Group], projects: &BTreeMap<ProjectId, Slug>) -> String {
    let row = |group: &Group| {
        let members: Vec<&str> = group.members.iter().map(domain::UserName::as_str).collect();
        [group.name.to_string(), roles(&group.grants(), projects), members.join(", ")]
    };
    let rows: Vec<[String; 3]> = groups.iter().map(row).collect();
    table(["name", "roles", "members"], &rows)
}

#[cfg(test)]
mod tests {
    use domain::Role;

    use super::*;

    #[test]
    fn groups_are_listed_with_what_they_give() {
        let pods = ProjectId(uuid::Uuid::from_u128(1));
        let group = Group {
            name: "crew".parse().unwrap(),
            members: vec!["ada".parse().unwrap(), "bo".parse().unwrap()],
            role: Some(Role::Viewer),
            project_roles: [(pods, Role::Editor)].into(),
        };
        let text = lines(&[group], &[(pods, "pods".parse().unwrap())].into());
        assert!(text.contains("viewer, editor on pods") && text.contains("ada, bo"), "{text}");
    }
}
