//! The ways in: sessions, tokens, invitations and passkeys, without their secrets.

use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::error::{Error, Result};
use crate::id::{InvitationId, PasskeyId, ProjectId, SessionId, TokenId};
use crate::name::UserName;
use crate::role::Role;
use crate::timestamp::Timestamp;

/// Longest name of a token or passkey, in characters.
const MAX_LABEL: usize = 60;

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Its id, which is no secret.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserName,
    /// The device in short, like `Firefox on Linux`.
    pub device: String,
    /// The network address it was last used from.
    pub place: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its user signed out of it.
    SignedOut,
    /// Its user, or an admin, ended it from elsewhere.
    Revoked,
    /// It was too old, or not used for too long.
    Expired,
    /// The password changed.
    PasswordChanged,
    /// What its user may do changed.
    RightsChanged,
    /// The account was disabled or removed.
    AccountClosed,
}

/// A token for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// Its id, which is no secret.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserName,
    /// What it is for, in a few words.
    pub name: String,
    /// How far it goes.
    pub scope: Scope,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl ApiToken {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at
    }
}

/// An invitation to become a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Its id, which is no secret.
    pub id: InvitationId,
    /// The role that it gives.
    pub role: Role,
    /// For which project; none: for the whole workshop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Who invites; none: the workshop itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who came by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<UserName>,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Invitation {
    /// Whether someone can still come by it at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.revoked && self.used_by.is_none() && now < self.expires_at
    }
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Passkey {
    /// Its id, which is no secret.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserName,
    /// What people call it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When someone last signed in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

/// Checks the name of a token or passkey, and gives it back with single spaces between its words.
///
/// # Errors
/// `Invalid`, naming `name`.
pub fn check_label(text: &str) -> Result<String> {
    check_words("name", "A name", text, MAX_LABEL)
}

pub(super) fn check_words(field: &'static str, what: &str, text: &str, longest: usize) -> Result<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    if length == 0 {
        return Err(Error::invalid(field, format!("{what} must have at least one character.")));
    }
    if length > longest {
        return Err(Error::invalid(field, format!("{what} has at most {longest} characters; this one has {length}.")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("{what} may not contain control characters.")));
    }
    Ok(text)
}
