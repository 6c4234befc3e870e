//! The server of TATWATS: settings, doctor, router, live stream, previews, importer, command line.

// The pages are one deep type.
#![recursion_limit = "256"]

pub mod api;
pub mod assets;
mod beside;
pub mod cli;
pub mod client;
pub mod config;
pub mod doctor;
mod door;
pub mod error;
pub mod import;
pub mod log;
mod patient;
pub mod people;
mod preview;
mod prompt;
pub mod rooms;
pub mod secrets;
pub mod serve;
pub mod state;
pub mod stream;
