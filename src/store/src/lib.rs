//! Storage: SQLite and PostgreSQL behind one write path, the event log, and the queries.
//!
//! Everything that changes goes through [`Store::run`]: a [`Command`] is checked, applied and logged in one
//! transaction, many of which share one commit. After the commit the [`Log`] wakes whoever follows it.

pub mod accounts;
mod change;
pub mod clock;
pub mod commands;
mod db;
mod error;
mod feed;
mod gate;
mod gathered;
mod ids;
mod imports;
mod log;
mod migrations;
mod pages;
mod queries;
mod refusals;
mod rows;
mod search;
mod snapshot;
mod store;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod view;
mod window;
mod words;
mod writer;

pub use change::{Change, Command};
pub use log::{Frame, Log, NoticeFrame, Pulse};
pub use queries::DeliveryFilter;
pub use search::SearchHit;
pub use store::{Options, Store};
pub use view::View;
pub use window::Window;

/// The SHA-256 of a secret of at least 128 random bits. The secret itself never comes here.
pub type Hash = [u8; 32];
