//! The tables of accounts.

pub(crate) mod groups;
pub(crate) mod identities;
pub(crate) mod invitations;
pub(crate) mod passkeys;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod tokens;
pub(crate) mod users;

use std::collections::BTreeMap;

use domain::{ProjectId, Result, Role};
use uuid::Uuid;

use super::word;

/// A stored role.
pub(crate) fn role(table: &'static str, name: &str) -> Result<Role> {
    word(table, "role", name, Role::from_name)
}

/// Roles for single projects, as rows.
pub(crate) fn project_roles(
    table: &'static str,
    rows: impl IntoIterator<Item = (Uuid, String)>,
) -> Result<BTreeMap<ProjectId, Role>> {
    rows.into_iter().map(|(project, name)| Ok((project.into(), role(table, &name)?))).collect()
}
