//! Helpers: the supervisor that keeps them running, the client side of the Agent Client Protocol, and the built-in ones.
//!
//! A helper is a program that speaks the [Agent Client Protocol](https://agentclientprotocol.com) over its standard
//! input and output. [`Helpers`] starts one process per helper in a sandbox of its own, hands it deliveries as prompts,
//! and keeps what it answers. The built-in helpers are programs like any other: the crate `agents` is their side of the
//! protocol.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod acp;
mod lines;
mod log;
mod manifest;
mod pace;
mod services;
mod suggest;
mod supervisor;
mod work;

pub use log::{MAX_LINE, MAX_LINES};
pub use pace::Pace;
pub use services::model::ModelSettings;
pub use supervisor::{Helpers, Settings};
