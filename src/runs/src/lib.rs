//! Runs: commands in the sandboxes of projects. [`Runs`] takes them into a queue, gives them their turn in a sandbox each,
//! keeps what they write, and lets people look on from any byte, type and stop.
//!
//! A run's row says how it stands; what it writes lies in a file beside the database. Nothing is run twice: a run whose
//! server ended meanwhile is told so, and stays as it is.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod job;
mod live;
mod new;
mod profile;
mod queue;
mod runs;
mod shelf;
mod watch;

pub use new::{Files, Keep, NewRun, Tar, Work};
pub use runs::{MOST_EACH, Runs, Settings};
pub use shelf::KEPT;
pub use watch::{Seen, Watch};

pub use sandbox::Size;
