//! Time zones by their IANA names: which there are, and how far each is from UTC at a moment.

use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::account::DEFAULT_TIME_ZONE;
use crate::error::{Error, Result};
use crate::timestamp::Timestamp;

/// How the names of places begin. The rest are old names, and zones of clocks that nobody lives by.
const REGIONS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];
/// What the tables have too, and is no zone.
const NO_ZONE: [&str; 2] = ["Etc/Unknown", "Factory"];

/// The tables that came with the program, whatever the machine has.
fn tables() -> &'static TimeZoneDatabase {
    static TABLES: OnceLock<TimeZoneDatabase> = OnceLock::new();
    TABLES.get_or_init(TimeZoneDatabase::bundled)
}

fn find(name: &str) -> Option<TimeZone> {
    tables().get(name).ok().filter(|zone| !zone.iana_name().is_some_and(|name| NO_ZONE.contains(&name)))
}

/// The name of a time zone as the tables write it: `Europe/Berlin` for `europe/berlin`.
///
/// # Errors
/// `Invalid`, naming `time_zone`, when there is none of that name.
pub fn named(text: &str) -> Result<String> {
    let zone = find(text.trim());
    let name = zone.as_ref().and_then(TimeZone::iana_name);
    name.map(str::to_owned).ok_or_else(|| {
        let rule = "There is no such time zone. A time zone is written like Europe/Berlin, America/Sao_Paulo or UTC.";
        Error::invalid("time_zone", rule)
    })
}

/// How many seconds the clocks of a time zone are ahead of UTC at a moment; none where there is no such zone.
#[must_use]
pub fn offset_seconds(name: &str, at: Timestamp) -> Option<i32> {
    // The last hours of our time are past the end of theirs.
    let end = if at.micros() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(end);
    Some(find(name)?.to_offset(at).seconds())
}

/// The names that people choose from, in order: UTC, and those of places.
#[must_use]
pub fn names() -> Vec<String> {
    let all = tables().available();
    let mut names: Vec<String> = all
        .map(|name| name.as_str().to_owned())
        .filter(|name| REGIONS.iter().any(|region| name.starts_with(region)))
        .collect();
    names.sort_unstable();
    names.insert(0, DEFAULT_TIME_ZONE.to_owned());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_that_does_not_exist_is_refused() {
        for (text, name) in [
            ("UTC", "UTC"),
            (" Europe/Berlin ", "Europe/Berlin"),
            ("asia/kolkata", "Asia/Kolkata"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("Etc/GMT+5", "Etc/GMT+5"),
        ] {
            assert_eq!(named(text).unwrap(), name);
        }
        for bad in [
            "",
            "/",
            "Europe/",
            "Europe/Nowhere",
            "Europe Berlin",
            "../etc/passwd",
            "Factory",
            "etc/unknown",
            "<b>",
            &"a".repeat(100_000),
        ] {
            let error = named(bad).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("time_zone"), "{bad}");
            assert!(error.message.contains("written like Europe/Berlin"), "{}", error.message);
        }
    }

    #[test]
    fn clocks_go_forward_and_back_and_stand_between_hours() {
        for (zone, at, hours) in [
            ("UTC", "2026-07-01T00:00:00Z", 0.0),
            ("Europe/Berlin", "2026-03-29T00:59:59Z", 1.0),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", 2.0),
            ("Europe/Berlin", "2026-10-25T00:59:59Z", 2.0),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", 1.0),
            ("America/New_York", "2026-07-01T00:00:00Z", -4.0),
            ("Asia/Kolkata", "2026-07-01T00:00:00Z", 5.5),
            ("America/St_Johns", "2026-01-01T00:00:00Z", -3.5),
            ("Australia/Lord_Howe", "2026-01-01T00:00:00Z", 11.0),
            ("Australia/Lord_Howe", "2026-07-01T00:00:00Z", 10.5),
        ] {
            let seconds = offset_seconds(zone, at.parse().unwrap()).unwrap();
            assert!((f64::from(seconds) / 3_600.0 - hours).abs() < f64::EPSILON, "{zone} {at}: {seconds}");
        }
        assert_eq!(offset_seconds("Europe/Nowhere", Timestamp::default()), None);
        for far in [i64::MIN, i64::MAX] {
            assert!(offset_seconds("Europe/Berlin", Timestamp::from_micros(far)).is_some());
        }
    }

    #[test]
    fn every_name_that_is_offered_is_taken() {
        let names = names();
        assert!(names.len() > 350 && names[0] == "UTC", "{}", names.len());
        assert!(names[1..].is_sorted());
        for name in &names {
            assert_eq!(&named(name).unwrap(), name);
        }
    }
}
