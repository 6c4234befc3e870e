//! What helpers ask people to allow: asked once, answered by a person, taken back, or withdrawn.

use domain::access::{Action, Subject};
use domain::{
    Decision, DeliveryId, DeliveryStatus, Error, ErrorCode, EventData, Party, Permission, PermissionId,
    PermissionState, Policy, PolicySubject, ProjectId, Result, Rule, policy, shell,
};

use super::policies::put;
use crate::change::{Change, Command};
use crate::tables;

/// Most permissions that wait for an answer.
pub const MAX_ASKED: i64 = 100;
/// The longest words for people, in characters.
const MAX_WHAT: usize = 500;

/// A helper asks people to allow something while it works on a delivery. Asking the same again while nobody answered
/// gives the same permission.
#[derive(Debug, Clone)]
pub struct AskPermission {
    /// The delivery it works on.
    pub delivery: DeliveryId,
    /// The project it is about; none: that of the conversation, if it has one.
    pub project: Option<ProjectId>,
    /// What it wants to do, in words for people; the first 500 characters are kept.
    pub what: String,
    /// The command that it wants to run, when it is one.
    pub command: Option<String>,
}

impl Command for AskPermission {
    const ACTION: Action = Action::Answer;
    type Output = Permission;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Permission> {
        let found = tables::deliveries::get_locked(change.tx, self.delivery).await?;
        let Some((delivery, _)) = found else {
            change.require(Self::ACTION, None, "delivery")?;
            return Err(Error::not_found("delivery"));
        };
        change.checked = true;
        if change.actor.by != Party::Helper(delivery.helper.clone()) {
            return Err(Error::new(ErrorCode::Forbidden, "Only the helper that has the delivery may ask about it."));
        }
        let project = self.project.or(delivery.project);
        if let Some(id) = project
            && tables::projects::get(change.tx, id).await?.is_none()
        {
            return Err(Error::not_found("project"));
        }
        change.rights_of(&delivery.actor()).allow(Self::ACTION, Subject::of(project))?;
        if delivery.status != DeliveryStatus::Delivered {
            let status = delivery.status.name();
            return Err(Error::conflict(format!("This delivery is {status}: nobody works on it who could ask.")));
        }
        let what: String = self.what.trim().chars().take(MAX_WHAT).collect();
        if what.is_empty() {
            return Err(Error::invalid("what", "Say in words what is to be allowed."));
        }
        let asked = tables::permissions::asked_by_locked(change.tx, delivery.id).await?;
        if let Some(same) = asked.into_iter().find(|other| other.what == what && other.command == self.command) {
            return Ok(same);
        }
        tables::hold(change.tx, "permissions").await?;
        if tables::permissions::count_asked(change.tx).await? >= MAX_ASKED {
            let message = format!("{MAX_ASKED} permissions wait for people already. Ask again when some are answered.");
            return Err(Error::new(ErrorCode::TooMany, message));
        }
        let permission = Permission {
            id: change.new_id(),
            helper: delivery.helper,
            on_behalf_of: delivery.on_behalf_of,
            project,
            conversation: delivery.conversation,
            delivery: delivery.id,
            message: delivery.message,
            what,
            command: self.command.clone(),
            state: PermissionState::Asked,
            always: false,
            rule: None,
            asked_at: change.now,
            decided_at: None,
            decided_by: None,
        };
        moved(change, &permission).await?;
        Ok(permission)
    }
}

/// A person answers what a helper asks.
#[derive(Debug, Clone)]
pub struct DecidePermission {
    /// Which permission.
    pub permission: PermissionId,
    /// Whether it is given.
    pub allow: bool,
    /// Whether it is given for every time: the project's policy gets a rule for this command. Without `allow` it says
    /// nothing.
    pub always: bool,
}

impl Command for DecidePermission {
    const ACTION: Action = Action::Decide;
    type Output = Permission;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Permission> {
        let mut permission = allowed(change, self.permission).await?;
        let state = if self.allow { PermissionState::Allowed } else { PermissionState::Denied };
        let always = self.allow && self.always;
        if permission.state != PermissionState::Asked {
            let same = permission.state == state && permission.always == always;
            return if same { Ok(permission) } else { Err(over(&permission)) };
        }
        if always {
            permission.rule = Some(allow_always(change, &permission).await?);
        }
        permission.always = always;
        decided(change, permission, state).await
    }
}

/// Takes back a permission that was given, and the rule that it put into the project's policy.
#[derive(Debug, Clone)]
pub struct RevokePermission {
    /// Which permission.
    pub permission: PermissionId,
}

impl Command for RevokePermission {
    const ACTION: Action = Action::Decide;
    type Output = Permission;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Permission> {
        let permission = allowed(change, self.permission).await?;
        match permission.state {
            PermissionState::Revoked => return Ok(permission),
            PermissionState::Allowed => {}
            _ => return Err(over(&permission)),
        }
        if let (Some(pattern), Some(project)) = (&permission.rule, permission.project) {
            let mut policy = tables::policies::get_locked(change.tx, &PolicySubject::Project(project)).await?;
            let rule = allowing(pattern);
            if policy.rules.contains(&rule) {
                policy.rules.retain(|other| *other != rule);
                put(change, policy).await?;
            }
        }
        decided(change, permission, PermissionState::Revoked).await
    }
}

/// Withdraws what is still asked for a delivery: whoever asked is gone.
#[derive(Debug, Clone)]
pub struct WithdrawPermissions {
    /// Which delivery.
    pub delivery: DeliveryId,
}

impl Command for WithdrawPermissions {
    const ACTION: Action = Action::Observe;
    type Output = Vec<Permission>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Vec<Permission>> {
        withdraw(change, self.delivery).await
    }
}

/// Withdraws what is still asked for a delivery.
pub(super) async fn withdraw(change: &mut Change<'_>, delivery: DeliveryId) -> Result<Vec<Permission>> {
    let mut withdrawn = Vec::new();
    for mut permission in tables::permissions::asked_by_locked(change.tx, delivery).await? {
        permission.state = PermissionState::Withdrawn;
        permission.decided_at = Some(change.now);
        moved(change, &permission).await?;
        withdrawn.push(permission);
    }
    Ok(withdrawn)
}

/// The permission, held to the end of the transaction, if the actor may answer it.
async fn allowed(change: &mut Change<'_>, id: PermissionId) -> Result<Permission> {
    let found = tables::permissions::get_locked(change.tx, id).await?;
    change.require(Action::Decide, found.as_ref().and_then(|permission| permission.project), "permission")?;
    found.ok_or_else(|| Error::not_found("permission"))
}

/// Puts a rule for the permission's command into the project's policy; gives its pattern.
async fn allow_always(change: &mut Change<'_>, permission: &Permission) -> Result<String> {
    let only_once = |why: &str| Error::conflict(format!("This can be allowed only once: {why}"));
    let project =
        permission.project.ok_or_else(|| only_once("it belongs to no project, whose policy could hold it."))?;
    let command = permission.command.as_deref().ok_or_else(|| only_once("it is no command."))?;
    let pattern = shell::pattern_of(command)
        .ok_or_else(|| only_once("a rule is for one command whose words can be read for sure."))?;
    let mut own = tables::policies::get_locked(change.tx, &PolicySubject::Project(project)).await?;
    let rule = allowing(&pattern);
    if own.rules.contains(&rule) {
        return Ok(pattern);
    }
    own.rules.push(rule);
    if own.rules.len() > policy::MAX_RULES {
        return Err(only_once("the project's policy is full. Remove rules that are not needed any more."));
    }
    let mut holding = tables::policies::holding(change.tx, None, Some(&permission.helper)).await?;
    holding.push(own.clone());
    let rules = policy::rules(&holding.iter().collect::<Vec<&Policy>>());
    if shell::decide(command, &rules) != Decision::Allow {
        return Err(only_once("another rule asks about this command each time, or denies it."));
    }
    put(change, own).await?;
    Ok(pattern)
}

fn allowing(pattern: &str) -> Rule {
    Rule { pattern: pattern.to_owned(), decision: Decision::Allow }
}

async fn decided(change: &mut Change<'_>, mut permission: Permission, state: PermissionState) -> Result<Permission> {
    permission.state = state;
    permission.decided_at = Some(change.now);
    permission.decided_by = change.actor.by.user().cloned();
    moved(change, &permission).await?;
    Ok(permission)
}

fn over(permission: &Permission) -> Error {
    let by = permission.decided_by.as_ref().map(|user| format!(" by {user}")).unwrap_or_default();
    match permission.state {
        PermissionState::Asked => Error::conflict("This was not answered yet: there is nothing to take back."),
        state => Error::conflict(format!("This was {}{by} already.", state.name())),
    }
}

async fn moved(change: &mut Change<'_>, permission: &Permission) -> Result<()> {
    tables::permissions::put(change.tx, permission).await?;
    change.record(EventData::PermissionChanged(permission.clone()));
    Ok(())
}
