//! Sandboxes: where helpers and commands run, so that nothing they do reaches the host, other projects or other people.
//!
//! A [`room::Room`] is where sandboxes are made: containers of an engine, or Linux namespaces. Whichever it is, the same
//! program (`room`) runs inside and speaks the same words, so everything above a room is the same for both.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod archive;
mod fault;
pub mod proxy;
pub mod rooms;

pub use fault::Fault;
