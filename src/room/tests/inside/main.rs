//! The program as it runs: in a sandbox that bubblewrap makes, spoken to in frames.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod files;
mod harness;
mod measures;
mod streams;
mod walls;
