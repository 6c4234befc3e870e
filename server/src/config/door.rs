//! The sections `accounts` and `limits`: how long people stay signed in, how often anyone may ask, and how slowly.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use accounts::Lasting;
use identity::limit::{Patience, Rate};

use super::read::number;
use super::values::Values;

/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

/// How long people stay signed in, how often anyone may ask, and how slowly.
#[derive(Debug, Clone)]
pub struct Door {
    /// How long sessions last.
    pub lasting: Lasting,
    /// How many wrong guesses at a password are taken.
    pub patience: Patience,
    /// How many requests of programs and pages are answered, by account and by address.
    pub rate: Rate,
    /// How long a connection may take to say what it wants, and stay open without asking.
    pub header_patience: Duration,
    /// How long the body of a request may pause.
    pub body_patience: Duration,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            lasting: Lasting::default(),
            patience: Patience::default(),
            rate: Rate::default(),
            header_patience: Duration::from_secs(30),
            body_patience: Duration::from_secs(15),
        }
    }
}

pub(super) fn read(values: &mut Values) -> Door {
    let default = Door::default();
    let mut days = |key, default: i64| values.take(key, default, |value| Ok(number(value, 1, 366)? * DAY));
    let lasting = Lasting {
        session_seconds: days("accounts.session_days", default.lasting.session_seconds),
        idle_seconds: days("accounts.idle_days", default.lasting.idle_seconds),
    };
    let guesses = values.take("limits.sign_ins", default.patience.guesses, |value| {
        Ok(u16::try_from(number(value, 1, 1_000)?).ok().and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN))
    });
    let mut rate = |key, default: NonZeroU32| {
        values.take(key, default, |value| {
            Ok(u32::try_from(number(value, 1, 1_000_000)?).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN))
        })
    };
    let rate = Rate {
        per_second: rate("limits.requests_per_second", default.rate.per_second),
        burst: rate("limits.requests_at_once", default.rate.burst),
    };
    let mut seconds = |key, default: Duration| {
        values.take(key, default, |value| {
            number(value, 1, 600).map(|seconds| Duration::from_secs(seconds.unsigned_abs()))
        })
    };
    let header_patience = seconds("limits.header_seconds", default.header_patience);
    let body_patience = seconds("limits.body_seconds", default.body_patience);
    Door { lasting, patience: Patience { guesses, ..default.patience }, rate, header_patience, body_patience }
}
