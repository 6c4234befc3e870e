//! When a legacy message was said: its ISO timestamp, else its id as milliseconds since 1970.

use domain::Timestamp;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use super::refusal::Reason;

/// The last millisecond of the year 9999.
const LATEST_MILLIS: i64 = 253_402_300_799_999;

/// Reads an ISO 8601 moment. Without an offset it is taken as UTC, without a time as midnight.
pub(super) fn iso(text: &str) -> Result<Timestamp, Reason> {
    let trimmed = text.trim();
    let joined = match trimmed.split_once(' ') {
        Some((date, rest)) => format!("{date}T{}", rest.replace(' ', "")),
        None => trimmed.to_owned(),
    };
    OffsetDateTime::parse(&joined, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&joined, &Iso8601::PARSING))
        .or_else(|_| PrimitiveDateTime::parse(&joined, &Iso8601::PARSING).map(PrimitiveDateTime::assume_utc))
        .or_else(|_| Date::parse(&joined, &Iso8601::PARSING).map(|date| date.midnight().assume_utc()))
        .map(Timestamp::from)
        .map_err(|_| Reason::BadTime(text.chars().take(64).collect()))
}

/// The moment that an id stands for.
pub(super) fn from_id(id: &str) -> Result<Timestamp, Reason> {
    match id.parse::<i64>() {
        Ok(millis @ 0..=LATEST_MILLIS) => Ok(Timestamp::from_millis(millis)),
        _ => Err(Reason::NoTime(id.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ways_people_write_iso_moments() {
        for (text, utc) in [
            ("2025-06-01T12:00:00Z", "2025-06-01T12:00:00Z"),
            ("2025-06-01T14:00:00.5+02:00", "2025-06-01T12:00:00.5Z"),
            ("2025-06-01T12:00:00.123456", "2025-06-01T12:00:00.123456Z"),
            ("2025-06-01 12:00:00", "2025-06-01T12:00:00Z"),
            ("2025-06-01 12:00:00 +00:00", "2025-06-01T12:00:00Z"),
            ("20250601T120000Z", "2025-06-01T12:00:00Z"),
            ("2025-06-01", "2025-06-01T00:00:00Z"),
        ] {
            assert_eq!(iso(text).map(|at| at.to_string()), Ok(utc.to_owned()), "{text}");
        }
        for text in ["", "yesterday", "2025-13-01T00:00:00Z", "12:00", "1700000000000"] {
            assert!(iso(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_is_a_moment_only_within_the_calendar() {
        assert_eq!(from_id("1700000000000").map(|at| at.to_string()), Ok("2023-11-14T22:13:20Z".to_owned()));
        for id in ["-1", "abc", "99999999999999999", "1.5"] {
            assert!(from_id(id).is_err(), "{id}");
        }
    }
}
