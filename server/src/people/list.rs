//! `tatwats user list`: who has an account.

use std::collections::BTreeMap;

use domain::{ProjectId, Result, Slug, User};
use serde::Serialize;
use store::Store;

use super::{project_names, roles};
use crate::beside::Beside;
use crate::client::Fault;
use crate::client::out::{Out, moment, table};
use crate::config::Config;

#[derive(Serialize)]
struct Listed {
    items: Vec<User>,
}

async fn read(store: &Store) -> Result<(Vec<User>, BTreeMap<ProjectId, Slug>)> {
    Ok((store.users().await?, project_names(store).await?))
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
        [] => "Nobody yet. Make the first admin: tatwats user create NAME --admin".into(),
        users => people(users, &projects),
    })
}

fn people(users: &[User], projects: &BTreeMap<ProjectId, Slug>) -> String {
    let rows: Vec<[String; 5]> = users
        .iter()
        .map(|user| {
            [
                user.name.to_string(),
                roles(&user.grants(), projects),
                ways_in(user),
                moment(user.created_at),
                user.display_name.clone(),
            ]
        })
        .collect();
    table(["name", "roles", "signs in", "made", "display name"], &rows)
}

fn ways_in(user: &User) -> String {
    if user.disabled {
        return "no: disabled".into();
    }
    match (user.has_password, user.passkeys) {
        (false, 0) => "–".into(),
        (true, 0) => "password".into(),
        (false, _) => "passkey".into(),
        (true, _) => "password, passkey".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_listed_with_how_they_get_in() {
        let user = |name: &str, has_password, passkeys, disabled| User {
            name: name.parse().unwrap(),
            display_name: name.to_uppercase(),
            role: None,
            project_roles: Default::default(),
            time_zone: "UTC".into(),
            disabled,
            created_at: "2026-03-01T14:00:52Z".parse().unwrap(),
            has_password,
            passkeys,
        };
        let users = [user("ada", true, 1, false), user("bo", true, 0, true), user("cy", false, 0, false)];
        let text = people(&users, &BTreeMap::new());
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(lines[1], ["ada", "–", "password, passkey", "2026-03-01 14:00:52Z", "ADA"]);
        assert_eq!((lines[2][2], lines[3][2]), ("no: disabled", "–"));
    }
}
