//! How often: requests per second, and wrong guesses at a password. Counted per account and per address, in memory.
//!
//! [`Rates`] is a token bucket for everything; [`Guesses`] counts failed sign-ins and makes each further one wait longer.
//! Both hold a bounded number of keys and forget those that are quiet again. Every server counts for itself.

mod guesses;
mod key;
mod rates;
mod table;

use std::fmt;
use std::time::Duration;

use domain::{Error, ErrorCode};

pub use guesses::{Attempt, Guesses, Patience};
pub use key::Key;
pub use rates::{Rate, Rates};

/// Not now: try again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(Duration);

impl Wait {
    /// From microseconds; at least one.
    fn micros(micros: i64) -> Self {
        Self(Duration::from_micros(u64::try_from(micros).unwrap_or(0).max(1)))
    }

    /// How long.
    #[must_use]
    pub const fn span(self) -> Duration {
        self.0
    }

    /// Whole seconds, rounded up: the value of a `Retry-After` header.
    #[must_use]
    pub const fn retry_after(self) -> u64 {
        self.0.as_secs() + if self.0.subsec_nanos() > 0 { 1 } else { 0 }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not for another {} s", self.retry_after())
    }
}

impl std::error::Error for Wait {}

impl From<Wait> for Error {
    fn from(wait: Wait) -> Self {
        let seconds = wait.retry_after();
        let span = match seconds {
            1 => "a second".to_owned(),
            2..120 => format!("{seconds} seconds"),
            _ => format!("{} minutes", seconds.div_ceil(60)),
        };
        Self::new(ErrorCode::TooMany, format!("That was too often. Try again in {span}.")).because(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_too_short() {
        for (micros, seconds, words) in [
            (1, 1, "in a second."),
            (1_000_000, 1, "in a second."),
            (1_000_001, 2, "in 2 seconds."),
            (120_000_000, 120, "in 2 minutes."),
            (121_000_000, 121, "in 3 minutes."),
        ] {
            let wait = Wait::micros(micros);
            assert_eq!(wait.retry_after(), seconds);
            let error = Error::from(wait);
            assert_eq!(error.code.status(), 429);
            assert!(error.message.ends_with(words), "{}", error.message);
        }
    }
}
