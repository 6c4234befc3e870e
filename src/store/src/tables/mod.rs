//! The tables, one module each: how a row reads and how it is written. No rules here.

use domain::{Error, Result, Timestamp};

pub(crate) mod conversations;
pub(crate) mod deliveries;
pub(crate) mod events;
pub(crate) mod helpers;
pub(crate) mod leases;
pub(crate) mod messages;
pub(crate) mod processes;
pub(crate) mod projects;
pub(crate) mod tasks;

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

/// Turns rows into what they stand for.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>>
where
    T: TryFrom<R, Error = Error>,
{
    rows.into_iter().map(T::try_from).collect()
}
