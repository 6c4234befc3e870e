//! The built-in helpers as programs of their own: ACP agents on standard input and output, like any other helper.
//!
//! They know nothing of the workshop but what the protocol tells them, since they run where nothing else can be had:
//! inside a sandbox, as `room helper NAME`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod archivist;
mod author;
mod free_text;
mod mediator;
mod serve;
mod turn;

use std::io::Write as _;
use std::process::ExitCode;

use self::turn::{Refusal, Turn};

/// The one who makes projects.
pub const THE_AUTHOR: &str = "the_author";
/// The one who finds, sums up and records.
pub const THE_ARCHIVIST: &str = "the_archivist";
/// The one who knows who can do what.
pub const THE_MEDIATOR: &str = "the_mediator";

/// Something a built-in helper can do when asked by `/name`.
#[derive(Debug, Clone, Copy)]
struct Can {
    name: &'static str,
    hint: &'static str,
    description: &'static str,
}

/// A built-in helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agent {
    Author,
    Archivist,
    Mediator,
}

impl Agent {
    fn of_name(name: &str) -> Option<Self> {
        [Self::Author, Self::Archivist, Self::Mediator].into_iter().find(|agent| agent.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Author => THE_AUTHOR,
            Self::Archivist => THE_ARCHIVIST,
            Self::Mediator => THE_MEDIATOR,
        }
    }

    const fn commands(self) -> &'static [Can] {
        match self {
            Self::Author => &author::COMMANDS,
            Self::Archivist => &archivist::COMMANDS,
            Self::Mediator => &mediator::COMMANDS,
        }
    }

    /// Does what a command asks; `rest` is what follows its name on the line.
    async fn obey(self, turn: &Turn, command: &str, rest: &str) -> Result<(), Refusal> {
        match self {
            Self::Author => author::obey(turn, command, rest).await,
            Self::Archivist => archivist::obey(turn, command, rest).await,
            Self::Mediator => mediator::obey(turn, command, rest).await,
        }
    }
}

/// Is the built-in helper `name` until standard input ends.
pub async fn run(name: &str) -> ExitCode {
    let Some(agent) = Agent::of_name(name) else {
        let _ = writeln!(std::io::stderr(), "there is no built-in helper called “{name}”");
        return ExitCode::from(2);
    };
    match serve::serve(agent).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
