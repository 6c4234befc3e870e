//! Files that others wrote: `tatwats.toml`, and the messages that the importer brings in.

use std::path::Path;

use domain::message;
use server::config::{Config, Inputs};
use server::import;

thread_local! {
    static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
}

/// A settings file: settings, or at least one fault, each in words.
pub fn settings(bytes: &[u8]) {
    FOLDER.with(|folder| {
        let file = folder.path().join("tatwats.toml");
        std::fs::write(&file, bytes).unwrap_or_else(|error| panic!("{error}"));
        let inputs = Inputs { folder: folder.path().to_owned(), file: Some(file), ..Inputs::default() };
        match Config::load(&inputs) {
            Ok(config) => assert!(!format!("{config:?}").is_empty()),
            Err(error) => {
                assert!(!error.0.is_empty());
                assert!(error.0.iter().all(|fault| !fault.message.is_empty()));
            }
        }
    });
}

/// A message of the common room: one that could be kept as it is, or a refusal that names its file.
pub fn legacy(bytes: &[u8]) {
    match import::parse(bytes, Path::new("the_author/inbox/1.json")) {
        Ok(found) => {
            assert!(message::check_body(&found.body).is_ok());
            assert!((1..=64).contains(&found.id.len()));
        }
        Err(refusal) => assert!(refusal.path.ends_with("1.json")),
    }
}
