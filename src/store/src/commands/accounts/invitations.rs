//! Invitations: a link that makes one user.

use domain::access::{Action, Subject};
use domain::{
    Error, ErrorCode, EventData, Invitation, InvitationId, ProjectId, Result, Role, Timestamp, User, UserName,
};
use secrecy::SecretString;

use super::CreateUser;
use super::known_project;
use super::users::create;
use crate::Hash;
use crate::change::{Change, Command};
use crate::tables::accounts::invitations;

/// Longest time an invitation holds, in seconds: 30 days.
const MAX_SECONDS: i64 = 30 * 24 * 3_600;

/// Invites someone.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The hash of the link's secret.
    pub hash: Hash,
    /// The role that they get.
    pub role: Role,
    /// For which project; none: for the whole workshop.
    pub project: Option<ProjectId>,
    /// Until when it holds, at most 30 days.
    pub expires_at: Timestamp,
}

impl Command for Invite {
    const ACTION: Action = Action::ManagePeople;
    type Output = Invitation;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::of(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Invitation> {
        if self.expires_at <= change.now || self.expires_at > change.now.plus_seconds(MAX_SECONDS) {
            return Err(Error::invalid("expires_at", "An invitation holds for at least a moment and at most 30 days."));
        }
        if let Some(project) = self.project {
            known_project(change, project).await?;
        }
        let invitation = Invitation {
            id: change.new_id(),
            role: self.role,
            project: self.project,
            created_by: change.actor.person().cloned(),
            created_at: change.now,
            expires_at: self.expires_at,
            used_by: None,
            revoked: false,
        };
        invitations::insert(change.tx, &invitation, &self.hash).await?;
        change.record(EventData::InvitationChanged(invitation.clone()));
        Ok(invitation)
    }
}

/// Takes an invitation back. One that was used stays used.
#[derive(Debug, Clone)]
pub struct RevokeInvitation {
    /// Which one.
    pub invitation: InvitationId,
}

impl Command for RevokeInvitation {
    const ACTION: Action = Action::ManagePeople;
    type Output = Invitation;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Invitation> {
        let found = invitations::get_locked(change.tx, self.invitation).await?;
        let project = found.as_ref().and_then(|invitation| invitation.project);
        change.require(Action::ManagePeople, project, "invitation")?;
        let mut invitation = found.ok_or_else(|| Error::not_found("invitation"))?;
        if let Some(user) = &invitation.used_by {
            return Err(Error::conflict(format!("{user} came by this invitation; it cannot be taken back any more.")));
        }
        if !invitation.revoked {
            invitation.revoked = true;
            invitations::revoke(change.tx, invitation.id).await?;
            change.record(EventData::InvitationChanged(invitation.clone()));
        }
        Ok(invitation)
    }
}

/// Uses an invitation up, and makes the user who came by it. Run by the workshop, for whoever holds the link.
#[derive(Debug, Clone)]
pub struct AcceptInvitation {
    /// The hash of the link's secret.
    pub hash: Hash,
    /// The name they take.
    pub name: UserName,
    /// Their name for people.
    pub display_name: String,
    /// What the hash function made of their password (a PHC string), if they chose one.
    pub password: Option<SecretString>,
}

impl Command for AcceptInvitation {
    const ACTION: Action = Action::ManagePeople;
    type Output = User;

    async fn apply(&self, change: &mut Change<'_>) -> Result<User> {
        let taken = invitations::take(change.tx, &self.hash, &self.name, change.now).await?;
        let invitation = taken.ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                "This invitation does not hold any more. Ask whoever sent it for a new one.",
            )
        })?;
        let new = CreateUser {
            name: self.name.clone(),
            display_name: self.display_name.clone(),
            role: invitation.project.is_none().then_some(invitation.role),
            password: self.password.clone(),
        };
        let local = invitation.project.map(|project| (project, invitation.role));
        let user = create(change, &new, local).await?;
        change.record(EventData::InvitationChanged(invitation));
        Ok(user)
    }
}
