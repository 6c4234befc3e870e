//! The section `database`: which one, without ever showing its password.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::secret::Secret;
use super::values::{Value, Values};

/// The database. `Debug` and `Display` show no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite in this file.
    Sqlite(PathBuf),
    /// PostgreSQL at this address.
    Postgres(Secret),
}

impl Database {
    /// The address as the store wants it; holds the password.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => {
                // The two characters that would mean something else in an address.
                let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F");
                format!("sqlite://{path}")
            }
            Self::Postgres(url) => url.reveal().to_owned(),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_secrets(url.reveal())),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// User, host, port and database: what tells one server from another, and nothing that opens it.
fn without_secrets(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "postgres://(unreadable)".into() };
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return "postgres://(not shown)".into();
    }
    // Drivers also take a password as a parameter.
    let rest: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name == "host" || name == "sslmode")
        .map(|(n, v)| (n.into(), v.into()))
        .collect();
    url.set_query(None);
    if !rest.is_empty() {
        url.query_pairs_mut().extend_pairs(rest);
    }
    url.into()
}

pub(super) fn read(values: &mut Values, data: &Path) -> Database {
    let here = values.here.clone();
    values.take("database.url", Database::Sqlite(data.join("tatwats.db")), |value| parse(value, &here))
}

fn parse(value: &Value, here: &Path) -> Result<Database, String> {
    const FORMS: &str = "write sqlite:///folder/tatwats.db or postgres://USER:PASSWORD@HOST/DATABASE";
    let text = value.text.trim();
    if let Some(path) = text.strip_prefix("sqlite://") {
        if path.is_empty() || path.starts_with(':') || path.contains("mode=memory") {
            return Err(format!("names no file, and a database in memory would forget everything; {FORMS}"));
        }
        if path.contains('?') {
            return Err("has parameters after “?”; SQLite's are chosen by the workshop, so give the path only".into());
        }
        return Ok(Database::Sqlite(value.source.folder(here).join(path)));
    }
    if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        // Not the value itself: what stands before a missing scheme may be a password.
        return Err(format!("must begin with sqlite:// or postgres://; {FORMS}"));
    }
    match text.parse::<sqlx::postgres::PgConnectOptions>() {
        Ok(_) => Ok(Database::Postgres(Secret::new(text.to_owned()))),
        Err(_) => {
            Err(format!("is not a valid address; {FORMS}, with special characters of the password percent-encoded"))
        }
    }
}
