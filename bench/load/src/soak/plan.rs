//! What a soak is made of: who takes part, how long it goes on, and when the server is killed.

use std::time::Duration;

/// People with an account and a token.
pub(crate) const USERS: usize = 200;
/// Helpers, the three built-in ones among them.
pub(crate) const HELPERS: usize = 12;
/// The built-in ones.
pub(crate) const BUILT_IN: usize = 3;
/// Conversations that everything is said in.
pub(crate) const CONVERSATIONS: usize = 24;
/// Who follows everything that happens; the other people follow two conversations each.
pub(crate) const ONLOOKERS: usize = 40;
/// Who opens page after page.
pub(crate) const READERS: usize = 10;
/// Between two messages of one person, on average.
pub(crate) const PAUSE: Duration = Duration::from_secs(4);
/// Between two pages of one reader, on average.
pub(crate) const LOOK: Duration = Duration::from_millis(400);
/// Between two projects.
pub(crate) const PROJECTS: Duration = Duration::from_secs(5);
/// Between two commands in sandboxes.
pub(crate) const RUNS: Duration = Duration::from_secs(4);
/// Between two samples of what the server holds.
pub(crate) const SAMPLES: Duration = Duration::from_secs(2);
/// How long a request may take. The server gives up after 30 seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(35);

const MINUTE: Duration = Duration::from_mins(1);

/// How long a soak goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Under load, all in all.
    pub(crate) long: Duration,
    /// The last part of it, in which the server is left alone.
    pub(crate) stretch: Duration,
}

impl Plan {
    /// A plan for so many minutes, of which so many are without a kill; none given: a fifth, at most six.
    pub(crate) fn of(minutes: u32, alone: Option<u32>) -> Self {
        Self { long: MINUTE * minutes, stretch: MINUTE * alone.unwrap_or_else(|| (minutes / 5).clamp(1, 6)) }
    }

    /// When the server is killed, from the beginning on: every minute, until it is left alone.
    pub(crate) fn kills(&self) -> Vec<Duration> {
        (1..).map(|minute| MINUTE * minute).take_while(|at| *at + self.stretch <= self.long).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_killed_every_minute_and_left_alone_at_the_end() {
        let long = Plan::of(30, None);
        assert_eq!((long.kills().len(), long.stretch), (24, MINUTE * 6));
        let quick = Plan::of(3, None);
        assert_eq!((quick.kills(), quick.stretch), (vec![MINUTE, MINUTE * 2], MINUTE));
        assert_eq!(Plan::of(10, Some(8)).kills(), [MINUTE, MINUTE * 2]);
    }
}
