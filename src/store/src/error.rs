//! What a database says, as the workshop's one error.

use domain::{Error, ErrorCode};

/// What SQLite and PostgreSQL say when there is no room left: `SQLITE_FULL` and `disk_full`.
const FULL: [&str; 2] = ["13", "53100"];

/// Turns a database failure into words for people; the failure itself goes to the log.
pub(crate) fn from_db(error: sqlx::Error) -> Error {
    if let sqlx::Error::Database(failure) = &error
        && failure.is_unique_violation()
    {
        return Error::conflict("Someone was quicker: this is there already. Look again, then try another name.")
            .because(error);
    }
    match &error {
        sqlx::Error::Database(failure) if failure.code().is_some_and(|code| FULL.contains(&&*code)) => {
            let words = "The database's disk is full; nothing was written. Free some space there, then try again.";
            Error::new(ErrorCode::Unavailable, words).because(error)
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
            Error::new(ErrorCode::Unavailable, "The database does not answer right now. Try again in a moment.")
                .because(error)
        }
        _ => Error::internal(error),
    }
}

/// A row holds what it should not: told with table and column, so that it can be found.
pub(crate) fn corrupt(table: &'static str, column: &'static str, value: impl std::fmt::Display) -> Error {
    Error::internal(format!("corrupt row: {table}.{column} holds “{value}”"))
}
