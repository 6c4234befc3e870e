//! `users`, `user_roles` and `passwords`.

use std::collections::{BTreeMap, HashMap};

use domain::{ProjectId, Result, Role, Timestamp, User, UserName};
use uuid::Uuid;

use super::{project_roles, role};
use crate::db::{Tx, execute, fetch_all, fetch_optional, fetch_value};
use crate::error::corrupt;
use crate::tables::{moment, parsed};

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    display_name: String,
    role: Option<String>,
    time_zone: String,
    disabled: bool,
    created_at: i64,
    has_password: bool,
    passkeys: i64,
}

impl Row {
    fn with(self, project_roles: BTreeMap<ProjectId, Role>) -> Result<User> {
        Ok(User {
            name: parsed("users", "name", &self.name)?,
            display_name: self.display_name,
            role: self.role.as_deref().map(|name| role("users", name)).transpose()?,
            project_roles,
            time_zone: self.time_zone,
            disabled: self.disabled,
            created_at: moment(self.created_at),
            has_password: self.has_password,
            passkeys: u32::try_from(self.passkeys).map_err(|_| corrupt("passkeys", "user_name", &self.name))?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.name, u.display_name, u.role, u.time_zone, u.disabled, u.created_at, \
             EXISTS (SELECT 1 FROM passwords p WHERE p.user_name = u.name) AS has_password, \
             (SELECT count(*) FROM passkeys k WHERE k.user_name = u.name) AS passkeys FROM users u ",
            $rest
        )
    };
}

pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<User>> {
    let mut roles: HashMap<String, Vec<(Uuid, String)>> = HashMap::new();
    for (user, project, role) in
        fetch_all!(tx, (String, Uuid, String), "SELECT user_name, project, role FROM user_roles")?
    {
        roles.entry(user).or_default().push((project, role));
    }
    fetch_all!(tx, Row, select!("ORDER BY u.name"))?
        .into_iter()
        .map(|row| {
            let own = roles.remove(&row.name).unwrap_or_default();
            row.with(project_roles("user_roles", own)?)
        })
        .collect()
}

pub(crate) async fn get(tx: &mut Tx, name: &UserName) -> Result<Option<User>> {
    let row = fetch_optional!(tx, Row, select!("WHERE u.name = $1"), name.as_str())?;
    with_roles(tx, row).await
}

/// Like [`get`], holding the row to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, name: &UserName) -> Result<Option<User>> {
    let sql = tx.dialect(select!("WHERE u.name = $1"), select!("WHERE u.name = $1 FOR UPDATE OF u"));
    let row = fetch_optional!(tx, Row, sql, name.as_str())?;
    with_roles(tx, row).await
}

async fn with_roles(tx: &mut Tx, row: Option<Row>) -> Result<Option<User>> {
    let Some(row) = row else { return Ok(None) };
    let sql = "SELECT project, role FROM user_roles WHERE user_name = $1";
    let roles = fetch_all!(tx, (Uuid, String), sql, &row.name)?;
    row.with(project_roles("user_roles", roles)?).map(Some)
}

/// Whether there is, or ever was, a user of that name.
pub(crate) async fn ever_was(tx: &mut Tx, name: &UserName) -> Result<bool> {
    let sql = "SELECT name FROM users WHERE name = $1 \
               UNION ALL SELECT subject FROM events WHERE kind = 'user.removed' AND subject = $2";
    Ok(!fetch_all!(tx, (String,), sql, name.as_str(), format!("user:{name}"))?.is_empty())
}

/// Waits until no other server decides about admins, and holds that to the end of the transaction; then tells which
/// users are admins by themselves and not disabled.
pub(crate) async fn admins_locked(tx: &mut Tx) -> Result<Vec<String>> {
    // On SQLite there is one writer anyway. The number means nothing: it is only the same everywhere.
    let lock = tx.dialect("SELECT 1", "SELECT pg_advisory_xact_lock(7461677761747301)");
    execute!(tx, lock)?;
    let rows = fetch_all!(tx, (String, bool), "SELECT name, disabled FROM users WHERE role = 'admin' ORDER BY name")?;
    Ok(rows.into_iter().filter(|(_, disabled)| !disabled).map(|(name, _)| name).collect())
}

pub(crate) async fn insert(tx: &mut Tx, user: &User) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO users (name, display_name, role, time_zone, disabled, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        user.name.as_str(),
        &user.display_name,
        user.role.map(Role::name),
        &user.time_zone,
        user.disabled,
        user.created_at.micros(),
    )?;
    for (project, role) in &user.project_roles {
        set_project_role(tx, &user.name, *project, Some(*role)).await?;
    }
    Ok(())
}

/// Writes what a person is called, where they live, their role for the whole workshop and whether they are shut out.
pub(crate) async fn update(tx: &mut Tx, user: &User) -> Result<()> {
    execute!(
        tx,
        "UPDATE users SET display_name = $2, role = $3, time_zone = $4, disabled = $5 WHERE name = $1",
        user.name.as_str(),
        &user.display_name,
        user.role.map(Role::name),
        &user.time_zone,
        user.disabled,
    )?;
    Ok(())
}

pub(crate) async fn set_project_role(
    tx: &mut Tx,
    user: &UserName,
    project: ProjectId,
    role: Option<Role>,
) -> Result<()> {
    match role {
        Some(role) => execute!(
            tx,
            "INSERT INTO user_roles (user_name, project, role) VALUES ($1, $2, $3) \
             ON CONFLICT (user_name, project) DO UPDATE SET role = excluded.role",
            user.as_str(),
            project.0,
            role.name()
        )?,
        None => execute!(tx, "DELETE FROM user_roles WHERE user_name = $1 AND project = $2", user.as_str(), project.0)?,
    };
    Ok(())
}

/// Removes a user with everything that is theirs: roles, password, sessions, tokens, passkeys, identities.
pub(crate) async fn delete(tx: &mut Tx, user: &UserName) -> Result<()> {
    execute!(tx, "DELETE FROM users WHERE name = $1", user.as_str())?;
    Ok(())
}

/// What the hash function made of a user's password.
pub(crate) async fn password(tx: &mut Tx, user: &UserName) -> Result<Option<String>> {
    let row = fetch_optional!(tx, (String,), "SELECT phc FROM passwords WHERE user_name = $1", user.as_str())?;
    Ok(row.map(|(phc,)| phc))
}

pub(crate) async fn set_password(tx: &mut Tx, user: &UserName, phc: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO passwords (user_name, phc, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (user_name) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
        user.as_str(),
        phc,
        now.micros()
    )?;
    Ok(())
}

/// With how many identities elsewhere a user can sign in.
pub(crate) async fn identities(tx: &mut Tx, user: &UserName) -> Result<i64> {
    fetch_value!(tx, i64, "SELECT count(*) FROM oidc_identities WHERE user_name = $1", user.as_str())
}
