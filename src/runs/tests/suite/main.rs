//! Runs as the server has them: real commands in real sandboxes, and what becomes of them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod hall;
mod interrupted;
mod looking_on;
mod turns;
mod verdicts;
