//! Groups: users who share roles.

use std::collections::BTreeSet;

use domain::access::{Action, Subject};
use domain::account::SessionEnd;
use domain::{Error, EventData, Group, GroupName, ProjectId, Result, Role, SessionId, UserName};

use super::sessions::end_all;
use super::{known_project, locked_user};
use crate::change::{Change, Command};
use crate::tables::accounts::groups;

/// Most members of one group.
const MAX_MEMBERS: usize = 1_000;

/// Makes a group, or puts it in place of what it was. Ends the sessions of those whose rights change by it.
#[derive(Debug, Clone)]
pub struct PutGroup {
    /// The group as it is to be.
    pub group: Group,
    /// The session to leave alone: the one in which this is done.
    pub keep: Option<SessionId>,
}

impl Command for PutGroup {
    const ACTION: Action = Action::ManagePeople;
    type Output = Group;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Group> {
        let mut group = self.group.clone();
        group.members.sort();
        group.members.dedup();
        if group.members.len() > MAX_MEMBERS {
            return Err(Error::invalid("members", format!("A group has at most {MAX_MEMBERS} members.")));
        }
        for member in &group.members {
            locked_user(change, member).await.map_err(|error| match error.code {
                domain::ErrorCode::NotFound => {
                    Error::invalid("members", format!("There is no user called “{member}”."))
                }
                _ => error,
            })?;
        }
        for project in group.project_roles.keys() {
            known_project(change, *project).await?;
        }
        let before = groups::get_locked(change.tx, &group.name).await?;
        if before.as_ref() == Some(&group) {
            return Ok(group);
        }
        groups::put(change.tx, &group).await?;
        change.record(EventData::GroupChanged(group.clone()));
        let concerned = concerned(before.as_ref(), &group);
        end_sessions(change, concerned, self.keep).await?;
        Ok(group)
    }
}

/// Sets the role that the members of a group have by it, for the whole workshop or for one project, and ends their
/// sessions.
#[derive(Debug, Clone)]
pub struct SetGroupRole {
    /// Which group.
    pub group: GroupName,
    /// For which project; none: for the whole workshop.
    pub project: Option<ProjectId>,
    /// Which role; none takes it away.
    pub role: Option<Role>,
    /// The session to leave alone: the one in which this is done.
    pub keep: Option<SessionId>,
}

impl Command for SetGroupRole {
    const ACTION: Action = Action::ManagePeople;
    type Output = Group;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::of(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Group> {
        let before = groups::get_locked(change.tx, &self.group).await?.ok_or_else(|| Error::not_found("group"))?;
        let mut group = before.clone();
        match (self.project, self.role) {
            (None, role) => group.role = role,
            (Some(project), Some(role)) => {
                known_project(change, project).await?;
                group.project_roles.insert(project, role);
            }
            (Some(project), None) => {
                group.project_roles.remove(&project);
            }
        }
        if before == group {
            return Ok(group);
        }
        groups::put(change.tx, &group).await?;
        change.record(EventData::GroupChanged(group.clone()));
        end_sessions(change, concerned(Some(&before), &group), self.keep).await?;
        Ok(group)
    }
}

/// Removes a group; its members stay, without the roles they had by it.
#[derive(Debug, Clone)]
pub struct RemoveGroup {
    /// Which group.
    pub name: GroupName,
    /// The session to leave alone: the one in which this is done.
    pub keep: Option<SessionId>,
}

impl Command for RemoveGroup {
    const ACTION: Action = Action::ManagePeople;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let group = groups::get_locked(change.tx, &self.name).await?.ok_or_else(|| Error::not_found("group"))?;
        groups::delete(change.tx, &self.name).await?;
        change.record(EventData::GroupRemoved(group.clone()));
        end_sessions(change, group.members.into_iter().collect(), self.keep).await
    }
}

/// Those whose rights change: everyone, if the group's roles do; else who came and who went.
fn concerned(before: Option<&Group>, after: &Group) -> BTreeSet<UserName> {
    let now: BTreeSet<UserName> = after.members.iter().cloned().collect();
    let Some(before) = before else { return now };
    let old: BTreeSet<UserName> = before.members.iter().cloned().collect();
    if before.grants() == after.grants() {
        old.symmetric_difference(&now).cloned().collect()
    } else {
        old.union(&now).cloned().collect()
    }
}

async fn end_sessions(change: &mut Change<'_>, users: BTreeSet<UserName>, keep: Option<SessionId>) -> Result<()> {
    for user in users {
        end_all(change, &user, keep, SessionEnd::RightsChanged).await?;
    }
    Ok(())
}
