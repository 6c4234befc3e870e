//! `tatwats docs`: writes the documents, or tells whether they have drifted.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::files;

/// Write the OpenAPI and AsyncAPI documents, or check that they are as the code says.
#[derive(Debug, Args)]
pub struct Docs {
    /// The folder of openapi.json and asyncapi.json
    folder: PathBuf,
    /// Change nothing; fail when a document is not as the code says
    #[arg(long)]
    check: bool,
}

impl Docs {
    /// Does it: 0 when the documents are as the code says.
    #[must_use]
    pub fn run(self, json: bool) -> ExitCode {
        let folder = self.folder.display().to_string();
        if !self.check
            && let Err(error) = files::write(&self.folder)
        {
            let _ = writeln!(std::io::stderr(), "tatwats: the documents cannot be written into {folder}: {error}");
            return ExitCode::FAILURE;
        }
        let drifted = files::drifted(&self.folder);
        let text = match drifted.as_slice() {
            _ if json => json!({ "folder": folder, "drifted": drifted }).to_string(),
            [] => format!("The documents in {folder} are as the code says."),
            names => format!("Not as the code says: {} in {folder}. Run: tatwats docs {folder}", names.join(", ")),
        };
        // A reader that has gone away is no fault of ours.
        let _ = writeln!(std::io::stdout(), "{text}");
        if drifted.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
