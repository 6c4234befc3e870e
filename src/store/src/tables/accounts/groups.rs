//! `user_groups`, `group_members` and `group_roles`.

use std::collections::HashMap;

use domain::{Group, GroupName, Result, Role, UserName};
use uuid::Uuid;

use super::{project_roles, role};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::tables::parsed;

type Row = (String, Option<String>);

fn group(row: Row, members: Vec<String>, roles: Vec<(Uuid, String)>) -> Result<Group> {
    let (name, held) = row;
    Ok(Group {
        name: parsed("user_groups", "name", &name)?,
        members: members.iter().map(|name| parsed("group_members", "user_name", name)).collect::<Result<_>>()?,
        role: held.as_deref().map(|name| role("user_groups", name)).transpose()?,
        project_roles: project_roles("group_roles", roles)?,
    })
}

pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<Group>> {
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    let sql = "SELECT group_name, user_name FROM group_members ORDER BY user_name";
    for (group, user) in fetch_all!(tx, (String, String), sql)? {
        members.entry(group).or_default().push(user);
    }
    let mut roles: HashMap<String, Vec<(Uuid, String)>> = HashMap::new();
    for (group, project, role) in
        fetch_all!(tx, (String, Uuid, String), "SELECT group_name, project, role FROM group_roles")?
    {
        roles.entry(group).or_default().push((project, role));
    }
    fetch_all!(tx, Row, "SELECT name, role FROM user_groups ORDER BY name")?
        .into_iter()
        .map(|row| {
            let (members, roles) = (members.remove(&row.0), roles.remove(&row.0));
            group(row, members.unwrap_or_default(), roles.unwrap_or_default())
        })
        .collect()
}

/// One group, held to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, name: &GroupName) -> Result<Option<Group>> {
    let sql = tx.dialect(
        "SELECT name, role FROM user_groups WHERE name = $1",
        "SELECT name, role FROM user_groups WHERE name = $1 FOR UPDATE",
    );
    let Some(row) = fetch_optional!(tx, Row, sql, name.as_str())? else { return Ok(None) };
    let sql = "SELECT user_name FROM group_members WHERE group_name = $1 ORDER BY user_name";
    let members = fetch_all!(tx, (String,), sql, name.as_str())?;
    let sql = "SELECT project, role FROM group_roles WHERE group_name = $1";
    let roles = fetch_all!(tx, (Uuid, String), sql, name.as_str())?;
    group(row, members.into_iter().map(|(name,)| name).collect(), roles).map(Some)
}

/// The groups that a user is in.
pub(crate) async fn of_user(tx: &mut Tx, user: &UserName) -> Result<Vec<GroupName>> {
    let sql = "SELECT group_name FROM group_members WHERE user_name = $1 ORDER BY group_name";
    let rows = fetch_all!(tx, (String,), sql, user.as_str())?;
    rows.iter().map(|(name,)| parsed("group_members", "group_name", name)).collect()
}

/// Writes a whole group, in place of what it was.
pub(crate) async fn put(tx: &mut Tx, group: &Group) -> Result<()> {
    let name = group.name.as_str();
    execute!(
        tx,
        "INSERT INTO user_groups (name, role) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET role = excluded.role",
        name,
        group.role.map(Role::name)
    )?;
    execute!(tx, "DELETE FROM group_members WHERE group_name = $1", name)?;
    execute!(tx, "DELETE FROM group_roles WHERE group_name = $1", name)?;
    for user in &group.members {
        execute!(tx, "INSERT INTO group_members (group_name, user_name) VALUES ($1, $2)", name, user.as_str())?;
    }
    for (project, role) in &group.project_roles {
        let sql = "INSERT INTO group_roles (group_name, project, role) VALUES ($1, $2, $3)";
        execute!(tx, sql, name, project.0, role.name())?;
    }
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, name: &GroupName) -> Result<()> {
    execute!(tx, "DELETE FROM user_groups WHERE name = $1", name.as_str())?;
    Ok(())
}
