//! The server of TATWATS: settings, doctor, router, live stream, previews, command line.

pub mod cli;
pub mod config;
pub mod doctor;
pub mod error;
