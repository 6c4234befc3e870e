//! How the live stream stands, in words.

use domain::Timestamp;

use crate::components::Tone;
use crate::format;

/// How the live stream stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Not yet connected since the page was opened.
    Connecting,
    /// Connected; what the page shows is what is.
    Live,
    /// Lost; the next try follows.
    Waiting {
        /// Since when.
        since: Timestamp,
        /// When the next try begins.
        until: Timestamp,
    },
    /// Lost, and the device has no network; it is tried all the same, since the workshop may run on this very device.
    Offline {
        /// Since when.
        since: Timestamp,
    },
    /// The server does not understand this page: it must be reloaded.
    Outdated,
}

impl Connection {
    /// The word (or few) for the badge. `clock` writes a moment as the viewer's time of day.
    #[must_use]
    pub fn words(&self, now: Timestamp, clock: impl Fn(Timestamp) -> String) -> String {
        match self {
            Self::Connecting => "connecting".into(),
            Self::Live => "live".into(),
            Self::Waiting { since, .. } if now.micros_since(*since) > 60_000_000 => {
                format!("offline since {}", clock(*since))
            }
            Self::Waiting { until, .. } => match until.micros_since(now) {
                ..1_000_000 => "reconnecting".into(),
                span => format!("reconnecting in {}", format::coarse(span + 500_000)),
            },
            Self::Offline { since } => format!("offline since {}", clock(*since)),
            Self::Outdated => "reload to go on".into(),
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        match self {
            Self::Connecting => "The live stream is being opened.",
            Self::Live => "What you see is what is: changes arrive as they happen.",
            Self::Waiting { .. } => {
                "The workshop does not answer. The page keeps what it has and catches up by itself. Press to try now."
            }
            Self::Offline { .. } => "This device has no network. The page keeps what it has and catches up by itself.",
            Self::Outdated => {
                "The workshop was updated and no longer understands this page. Reload it; drafts are kept."
            }
        }
    }

    /// How it feels.
    #[must_use]
    pub const fn tone(&self) -> Tone {
        match self {
            Self::Connecting => Tone::Neutral,
            Self::Live => Tone::Good,
            Self::Waiting { .. } => Tone::Warn,
            Self::Offline { .. } | Self::Outdated => Tone::Bad,
        }
    }

    /// Since when the stream is away, if it is.
    #[must_use]
    pub const fn away_since(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting { since, .. } | Self::Offline { since } => Some(*since),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_counts_down_and_then_says_since_when() {
        let start = Timestamp::from_millis(1_000_000);
        let waiting = Connection::Waiting { since: start, until: start.plus_seconds(3) };
        let clock = |_| "14:02".to_owned();
        assert_eq!(waiting.words(start, clock), "reconnecting in 3 s");
        assert_eq!(waiting.words(start.plus_seconds(3), clock), "reconnecting");
        assert_eq!(waiting.words(start.plus_seconds(90), clock), "offline since 14:02");
        assert_eq!(waiting.away_since(), Some(start));
    }
}
