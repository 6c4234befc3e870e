//! Accounts: the people of the workshop, their groups, and the ways in. Secrets are never part of these types.

mod device;
mod entry;
mod password;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Grants;
use crate::error::Result;
use crate::id::ProjectId;
use crate::name::{GroupName, UserName};
use crate::role::Role;
use crate::timestamp::Timestamp;

pub use device::device_of;
pub use entry::{ApiToken, Invitation, Passkey, Session, SessionEnd, check_label};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, check_password};

/// Longest display name, in characters.
pub const MAX_DISPLAY_NAME: usize = 80;
/// The time zone of those who have not chosen one.
pub const DEFAULT_TIME_ZONE: &str = "UTC";

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Their name, for ever.
    pub name: UserName,
    /// Their name for people, at most [`MAX_DISPLAY_NAME`] characters.
    pub display_name: String,
    /// Their own role for the whole workshop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their own roles for single projects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub project_roles: BTreeMap<ProjectId, Role>,
    /// Their time zone, an IANA name like `Europe/Berlin`.
    pub time_zone: String,
    /// Whether they are shut out.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// With how many passkeys they can sign in.
    pub passkeys: u32,
}

impl User {
    /// The roles that are their own, without those of their groups.
    #[must_use]
    pub fn grants(&self) -> Grants {
        Grants { workshop: self.role, projects: self.project_roles.clone() }
    }
}

/// Users who share roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// Who is in it, by name.
    pub members: Vec<UserName>,
    /// Their role for the whole workshop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their roles for single projects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub project_roles: BTreeMap<ProjectId, Role>,
}

impl Group {
    /// The roles that its members have by it.
    #[must_use]
    pub fn grants(&self) -> Grants {
        Grants { workshop: self.role, projects: self.project_roles.clone() }
    }
}

/// Checks a display name, and gives it back with single spaces between its words.
///
/// # Errors
/// `Invalid`, naming `display_name`.
pub fn check_display_name(text: &str) -> Result<String> {
    entry::check_words("display_name", "A display name", text, MAX_DISPLAY_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_says_something_on_one_line() {
        assert_eq!(check_display_name("  Ada   Lovelace ").unwrap(), "Ada Lovelace");
        for bad in [" ", "Ada\u{7}", &"a".repeat(81)] {
            assert_eq!(check_display_name(bad).unwrap_err().field.as_deref(), Some("display_name"), "{bad:?}");
        }
    }
}
