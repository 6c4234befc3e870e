//! `tatwats user role` and `tatwats group role`: gives a role, or takes it away.

use clap::Args;
use domain::{Actor, Error, Grants, GroupName, ProjectId, Result, Role, Slug, UserName};
use store::Store;
use store::commands::{SetGroupRole, SetRole};

use super::{name, project_names, roles, with_accounts};
use crate::client::Fault;
use crate::client::out::Out;
use crate::config::Config;

/// Give someone a role, or take it away. Ends their sessions.
#[derive(Debug, Args)]
pub struct UserRole {
    /// Whose
    #[arg(value_parser = name)]
    name: UserName,
    #[command(flatten)]
    given: Given,
}

/// Give the members of a group a role, or take it away. Ends their sessions.
#[derive(Debug, Args)]
pub struct GroupRole {
    /// Which group
    #[arg(value_parser = group)]
    name: GroupName,
    #[command(flatten)]
    given: Given,
}

#[derive(Debug, Args)]
struct Given {
    /// The role: viewer, editor, operator, admin or none
    #[arg(value_parser = role_or_none)]
    role: Wanted,
    /// The short name of the project that it is for [default: the whole workshop]
    #[arg(long, value_name = "PROJECT", value_parser = slug)]
    project: Option<Slug>,
}

/// A role or none, by that word.
#[derive(Debug, Clone, Copy)]
struct Wanted(Option<Role>);

fn role_or_none(text: &str) -> Result<Wanted> {
    if text == "none" { Ok(Wanted(None)) } else { text.parse().map(|role| Wanted(Some(role))) }
}

fn group(text: &str) -> Result<GroupName> {
    text.parse()
}

fn slug(text: &str) -> Result<Slug> {
    text.parse()
}

impl UserRole {
    pub(super) async fn run(self, config: &Config, out: &mut Out) -> Result<(), Fault> {
        let (user, held) = with_accounts(config, async |store, _| {
            let project = self.given.project(store).await?;
            let set = SetRole { user: self.name.clone(), project, role: self.given.role.0, keep: None };
            let user = store.run(&Actor::system(), set).await?;
            let held = held(store, &user.grants()).await?;
            Ok((user, held))
        })
        .await?;
        out.show(&user, |user| {
            format!("{} has now: {held}. Whose rights changed was signed out everywhere.", user.name)
        })
    }
}

impl GroupRole {
    pub(super) async fn run(self, config: &Config, out: &mut Out) -> Result<(), Fault> {
        let (group, held) = with_accounts(config, async |store, _| {
            let project = self.given.project(store).await?;
            let set = SetGroupRole { group: self.name.clone(), project, role: self.given.role.0, keep: None };
            let group = store.run(&Actor::system(), set).await?;
            let held = held(store, &group.grants()).await?;
            Ok((group, held))
        })
        .await?;
        let said =
            |name: &GroupName| format!("{name} has now: {held}. Whose rights changed was signed out everywhere.");
        out.show(&group, |group| said(&group.name))
    }
}

impl Given {
    async fn project(&self, store: &Store) -> Result<Option<ProjectId>> {
        let Some(slug) = &self.project else { return Ok(None) };
        let found = store.project(slug).await?.ok_or_else(|| {
            Error::invalid(
                "project",
                format!("There is no project called “{slug}”. `tatwats project list` tells which there are."),
            )
        })?;
        Ok(Some(found.id))
    }
}

async fn held(store: &Store, grants: &Grants) -> Result<String> {
    Ok(match roles(grants, &project_names(store).await?).as_str() {
        "–" => "no role".to_owned(),
        words => words.to_owned(),
    })
}
