//! Helpers as real processes, from the store to the operating system and back.

#![allow(clippy::unwrap_used)]

mod built_in;
mod common;
mod crash;
mod foreign;
mod misbehaving;
mod model;
mod sandboxed;
mod supervision;
mod working;
