//! Sandboxes: where helpers and commands run, so that nothing they do reaches the host, other projects or other people.
//!
//! A [`rooms::Room`] is where sandboxes are made: containers of an engine, or Linux namespaces. Whichever it is, the same
//! program (`room`) runs inside and speaks the same words, so everything above a room is the same for both.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod archive;
mod bring;
mod command;
mod execute;
mod fault;
mod link;
mod pool;
mod preflight;
pub mod program;
pub mod proxy;
pub mod rooms;
mod sandbox;
mod sandboxes;
mod settings;
mod stream;
mod version;

pub use command::{Command, Control, Input, Output, Outputs};
pub use execute::{Limit, Outcome, cut_mark, execute, follow};
pub use fault::Fault;
pub use pool::{Opener, Pool, Wanted};
pub use preflight::{EngineFacts, Fact, Missing, NamespaceFacts, Preflight};
pub use sandbox::Sandbox;
pub use sandboxes::{Options, Sandboxes, Status};
pub use settings::{Choice, Settings};

/// The words that a sandbox is spoken to in.
pub use room::{Exit, Give, Size, Source, Spawn, Usage};
