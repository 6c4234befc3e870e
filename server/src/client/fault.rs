//! How a command can fail, what it says then, and with which exit code it ends.

use std::io::{self, Write};
use std::process::ExitCode;

use domain::error::Problem;

/// How a command can fail.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The server said no, and why.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// What was asked for failed.
    #[error("{0}")]
    Failed(String),
    /// The command makes no sense as given.
    #[error("{0}")]
    Usage(String),
    /// Nobody answers there.
    #[error(
        "No TATWATS server answers at {server}: {why}. Start it with “tatwats serve”, or say where it is with --server."
    )]
    Unreachable {
        /// Where.
        server: String,
        /// Why not.
        why: String,
    },
    /// It takes longer than we were told to wait.
    #[error("{0}")]
    TooLong(String),
    /// A command that was run ended like that: with this exit code, and with these words besides what it wrote.
    #[error("{1}")]
    Ended(u8, String),
    /// Our output cannot be written.
    #[error("The output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl From<domain::Error> for Fault {
    fn from(error: domain::Error) -> Self {
        Self::Refused(Box::new(Problem::from(&error)))
    }
}

impl Fault {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Refused(_) | Self::Failed(_) | Self::Output(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable { .. } => 3,
            Self::TooLong(_) => 4,
            Self::Ended(code, _) => *code,
        }
    }

    /// Says it on the error output, as JSON when that is wanted, and gives the exit code.
    pub fn report(&self, json: bool) -> ExitCode {
        let code = self.code();
        // How a command ended stands in the JSON already.
        let quiet = matches!(self, Self::Ended(_, words) if json || words.is_empty());
        if code > 0 && !quiet {
            let text = match self {
                Self::Refused(problem) if json => serde_json::to_string(problem).unwrap_or_default(),
                other if json => serde_json::json!({ "detail": other.to_string() }).to_string(),
                other => format!("tatwats: {other}"),
            };
            // When even this cannot be written there is nobody left to tell.
            let _ = writeln!(io::stderr(), "{text}");
        }
        ExitCode::from(code)
    }
}
