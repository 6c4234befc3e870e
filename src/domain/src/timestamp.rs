//! A moment, in whole microseconds since 1970 UTC: what both databases keep without loss.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::Error;

/// A moment in microseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime, example = "2026-03-01T14:00:52.25Z"))]
pub struct Timestamp(i64);

/// The last microsecond of the year 9999, the most that RFC 3339 can write.
const LATEST: i64 = 253_402_300_799_999_999;
/// The first microsecond of the year 0.
const EARLIEST: i64 = -62_167_219_200_000_000;

impl Timestamp {
    /// Writes it, as serde would without the quotes.
    pub(crate) fn write(self, to: &mut String) {
        to.push_str(Written::of(self).text());
    }

    /// From microseconds since 1970, held within the years 0 to 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(EARLIEST, LATEST))
    }

    /// From milliseconds since 1970.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self::from_micros(millis.saturating_mul(1_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The minute this moment lies in, counted from 1970.
    #[must_use]
    pub const fn minute(self) -> i64 {
        self.0.div_euclid(60_000_000)
    }

    /// This moment and `seconds` more.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Microseconds from `earlier` to this moment, never below zero.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        let span = self.0.saturating_sub(earlier.0);
        if span < 0 { 0 } else { span }
    }

    /// The calendar view of this moment, in UTC.
    #[must_use]
    pub fn to_utc(self) -> OffsetDateTime {
        let (seconds, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000) as u32);
        OffsetDateTime::from_unix_timestamp(seconds)
            .and_then(|second| second.replace_microsecond(micros))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        let micros = moment.unix_timestamp_nanos().div_euclid(1_000);
        Self::from_micros(i64::try_from(micros).unwrap_or(LATEST))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Written::of(*self).text())
    }
}

/// A moment as RFC 3339 writes it, without the zeros that a fraction ends with. Every message carries four of them, so
/// it is written two digits at a time: a formatter for any form of a moment takes many times as long.
struct Written {
    bytes: [u8; 27],
    length: usize,
}

impl Written {
    fn of(moment: Timestamp) -> Self {
        let utc = moment.to_utc();
        let (year, month, day) = utc.to_calendar_date();
        let (year, micros) = (year.unsigned_abs(), utc.microsecond());
        let mut bytes = *b"0000-00-00T00:00:00.000000Z";
        let pairs: [(usize, u32); 10] = [
            (0, year / 100),
            (2, year % 100),
            (5, u8::from(month).into()),
            (8, day.into()),
            (11, utc.hour().into()),
            (14, utc.minute().into()),
            (17, utc.second().into()),
            (20, micros / 10_000),
            (22, micros / 100 % 100),
            (24, micros % 100),
        ];
        for (at, pair) in pairs {
            bytes[at] += (pair / 10) as u8;
            bytes[at + 1] += (pair % 10) as u8;
        }
        let fraction = bytes[20..26].iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 2);
        let length = 20 + fraction;
        bytes[length - 1] = b'Z';
        Self { bytes, length }
    }

    fn text(&self) -> &str {
        // Digits and signs only.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self::from)
            .map_err(|_| Error::invalid("time", format!("“{text}” is not a time; write it like 2026-03-01T14:00:52Z")))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Written::of(*self).text())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_utc_whatever_the_offset_it_was_read_with() -> Result<(), Error> {
        let moment: Timestamp = "2026-03-01T15:00:52.250001+01:00".parse()?;
        assert_eq!(moment.to_string(), "2026-03-01T14:00:52.250001Z");
        Ok(())
    }

    #[test]
    fn refuses_what_is_not_a_time_and_says_how_to_write_one() {
        let message = "tomorrow".parse::<Timestamp>().unwrap_err().to_string();
        assert!(message.contains("2026-03-01T14:00:52Z"), "{message}");
    }

    proptest! {
        #[test]
        fn every_moment_survives_being_written_and_read(micros in EARLIEST..=LATEST) {
            let moment = Timestamp::from_micros(micros);
            prop_assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
        }

        #[test]
        fn it_is_written_as_the_standard_says(micros in EARLIEST..=LATEST, zeros in 0_u32..=6) {
            let moment = Timestamp::from_micros(micros - micros.rem_euclid(10_i64.pow(zeros)));
            prop_assert_eq!(moment.to_string(), moment.to_utc().format(&Rfc3339).unwrap());
        }
    }
}
