//! Sandboxes: where helpers and commands run, so that nothing they do reaches the host, other projects or other people.
//!
//! A [`room::Room`] is where sandboxes are made: containers of an engine, or Linux namespaces. Whichever it is, the same
//! program (`room`) runs inside and speaks the same words, so everything above a room is the same for both.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod fault;
pub mod rooms;
mod settings;
mod version;

pub use fault::Fault;
pub use settings::{Choice, Settings};
