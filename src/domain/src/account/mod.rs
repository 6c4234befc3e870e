//! Accounts: the people of the workshop, their groups, and the ways in. Secrets are never part of these types.

mod device;
mod entry;
mod password;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Grants;
use crate::error::{Error, Result};
use crate::id::ProjectId;
use crate::name::{GroupName, UserName};
use crate::role::Role;
use crate::timestamp::Timestamp;

pub use device::device_of;
pub use entry::{ApiToken, Invitation, Passkey, Session, SessionEnd, check_label};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, check_password};

/// Longest display name, in characters.
pub const MAX_DISPLAY_NAME: usize = 80;
/// Longest name of a time zone, in bytes.
const MAX_TIME_ZONE: usize = 64;
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

/// Checks that `text` has the shape of an IANA time zone: words of letters, digits, `_`, `+` and `-`, between `/`.
///
/// # Errors
/// `Invalid`, naming `time_zone`.
pub fn check_time_zone(text: &str) -> Result<()> {
    let fits = |part: &str| {
        part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
    };
    if text.len() <= MAX_TIME_ZONE && text.split('/').count() <= 3 && text.split('/').all(fits) {
        return Ok(());
    }
    Err(Error::invalid("time_zone", "A time zone is written like Europe/Berlin, America/Sao_Paulo or UTC."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_has_the_shape_of_one() {
        for good in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert!(check_time_zone(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "Europe/", "../etc/passwd", "Europe Berlin", "<b>", &"a".repeat(65)] {
            assert_eq!(check_time_zone(bad).unwrap_err().field.as_deref(), Some("time_zone"), "{bad}");
        }
    }

    #[test]
    fn a_display_name_says_something_on_one_line() {
        assert_eq!(check_display_name("  Ada   Lovelace ").unwrap(), "Ada Lovelace");
        for bad in [" ", "Ada\u{7}", &"a".repeat(81)] {
            assert_eq!(check_display_name(bad).unwrap_err().field.as_deref(), Some("display_name"), "{bad:?}");
        }
    }
}
