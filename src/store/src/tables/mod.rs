//! The tables, one module each: how a row reads and how it is written. No rules here.

use domain::access::Sight;
use domain::{Error, Result, Timestamp};
use sqlx::types::Json;

use crate::db::{Tx, execute};

pub(crate) mod accounts;
pub(crate) mod conversations;
pub(crate) mod deliveries;
pub(crate) mod events;
pub(crate) mod helpers;
pub(crate) mod leases;
pub(crate) mod messages;
pub(crate) mod messages_text;
pub(crate) mod permissions;
pub(crate) mod policies;
pub(crate) mod processes;
pub(crate) mod projects;
pub(crate) mod runs;
pub(crate) mod tasks;

/// Waits until no other transaction holds `name`, and holds it to the end of this one: for what is no single row. On
/// SQLite there is no other transaction that writes.
pub(crate) async fn hold(tx: &mut Tx, name: &str) -> Result<()> {
    if let Tx::Postgres(_) = tx {
        execute!(tx, "SELECT pg_advisory_xact_lock(hashtext($1))", name)?;
    }
    Ok(())
}

/// A stored moment.
pub(crate) fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// A stored small number.
pub(crate) fn small(table: &'static str, column: &'static str, value: i64) -> Result<i32> {
    i32::try_from(value).map_err(|_| crate::error::corrupt(table, column, value))
}

/// A stored word that must be one of a known set, or parse.
pub(crate) fn word<T>(
    table: &'static str,
    column: &'static str,
    text: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T> {
    read(text).ok_or_else(|| crate::error::corrupt(table, column, text))
}

/// A stored text that parses as `T`.
pub(crate) fn parsed<T: std::str::FromStr<Err = Error>>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T> {
    text.parse().map_err(|_| crate::error::corrupt(table, column, text))
}

/// What a reader may read, as an argument of the condition that [`seen!`] makes.
pub(crate) fn seen_by(sight: &Sight) -> Option<Json<Vec<String>>> {
    match sight {
        Sight::Everything => None,
        Sight::Projects(projects) => Some(Json(projects.iter().map(|id| id.0.simple().to_string()).collect())),
    }
}

/// The condition that the project in `$column` lies in what [`seen_by`] put into the argument `$n`, for the engine.
macro_rules! seen {
    (sqlite, $column:literal, $n:literal) => {
        concat!("($", $n, " IS NULL OR ", $column, " IN (SELECT unhex(value) FROM json_each($", $n, ")))")
    };
    (postgres, $column:literal, $n:literal) => {
        concat!(
            "($",
            $n,
            "::jsonb IS NULL OR ",
            $column,
            " IN (SELECT value::uuid FROM jsonb_array_elements_text($",
            $n,
            "::jsonb)))"
        )
    };
}
pub(crate) use seen;

/// Turns rows into what they stand for.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>>
where
    T: TryFrom<R, Error = Error>,
{
    rows.into_iter().map(T::try_from).collect()
}
