//! The command line: what can be said, and who does it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use store::clock::SystemClock;

use crate::api::document::cli::Docs;
use crate::config::{Config, Inputs, Log};
use crate::doctor::{self, Occasion};
use crate::import::cli::Import;
use crate::people::{Groups, People, Tokens};
use crate::rooms::Sandbox;
use crate::secrets::Secrets;
use crate::{client, log, serve};

/// A workshop in which people and helpers turn a brief into a running web app.
#[derive(Debug, Parser)]
#[command(name = "tatwats", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// What to do. The development loop of cargo-leptos starts the program without a word and means that it is to serve.
    fn command(self) -> (Common, Command) {
        match self.command {
            Some(command) => (self.common, command),
            None if std::env::var_os("LEPTOS_WATCH").is_some() => (self.common, Command::Serve),
            None => {
                let missing = clap::error::ErrorKind::MissingSubcommand;
                Self::command_line().error(missing, "say what to do: tatwats serve, or tatwats --help").exit()
            }
        }
    }

    fn command_line() -> clap::Command {
        <Self as CommandFactory>::command()
    }
}

/// What every command understands.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// The settings file [default: tatwats.toml here, or in the data folder]
    #[arg(long, global = true, value_name = "FILE", env = "TATWATS_CONFIG")]
    config: Option<PathBuf>,
    /// The data folder [default: data] [env: TATWATS_DATA_DIR]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Where the server answers [default: 127.0.0.1:3000] [env: TATWATS_LISTEN]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Which lines the log has, like `info` or `warn,server=debug` [env: TATWATS_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// The settings, with these flags over them.
    ///
    /// # Errors
    /// In words.
    pub fn settings(&self) -> Result<Config, String> {
        let mut inputs = Inputs::of_process().map_err(|error| format!("The current folder cannot be told: {error}"))?;
        inputs.file = self.config.clone();
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let flags = [
            ("data.folder", "--data", self.data.as_ref().map(path)),
            ("server.listen", "--listen", self.listen.clone()),
            ("log.filter", "--log", self.log.clone()),
        ];
        inputs.flags = flags.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect();
        Config::load(&inputs).map_err(|error| error.to_string())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the workshop
    Serve,
    /// Check everything the workshop needs, and say how to mend what is wrong
    Doctor,
    #[command(flatten)]
    Client(client::Command),
    /// Bring in messages from elsewhere
    #[command(subcommand)]
    Import(Import),
    /// Manage accounts in the database, beside a stopped server
    #[command(subcommand)]
    User(People),
    /// Manage groups in the database, beside a stopped server
    #[command(subcommand)]
    Group(Groups),
    /// Make tokens in the database, beside a stopped server
    #[command(subcommand)]
    Token(Tokens),
    /// Look after sandboxes
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Manage the key that seals stored secrets
    #[command(subcommand)]
    Secrets(Secrets),
    Docs(Docs),
    /// Write a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let (common, command) = Cli::parse().command();
    match command {
        Command::Completions { shell } => completions(shell),
        Command::Serve => with_settings(&common, |config| {
            log::start(&config.log);
            in_runtime(serve::run(config))
        }),
        Command::Import(import) => beside(&common, |config| in_runtime(import.run(config, common.json))),
        Command::User(people) => beside(&common, |config| in_runtime(people.run(config, common.json))),
        Command::Group(groups) => beside(&common, |config| in_runtime(groups.run(config, common.json))),
        Command::Token(tokens) => beside(&common, |config| in_runtime(tokens.run(config, common.json))),
        Command::Sandbox(Sandbox::Policy(policy)) => in_runtime(client::Command::Policy(policy).run(common.json)),
        Command::Sandbox(sandbox) => {
            with_settings(&common, |config| in_runtime(async move { sandbox.run(&config, common.json).await }))
        }
        Command::Secrets(secrets) => beside(&common, |config| in_runtime(secrets.run(config, common.json))),
        Command::Client(command) => in_runtime(command.run(common.json)),
        Command::Docs(docs) => docs.run(common.json),
        Command::Doctor => with_settings(&common, |config| in_runtime(report(config, common.json))),
    }
}

fn with_settings(common: &Common, act: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match common.settings() {
        Ok(config) => act(config),
        Err(words) => fail(&words),
    }
}

/// For commands that work on the database themselves: their log has only what is wrong.
fn beside(common: &Common, act: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    with_settings(common, |config| {
        log::start(&Log { filter: "warn".into(), ..config.log.clone() });
        act(config)
    })
}

fn in_runtime(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => fail(&format!("The runtime cannot be started: {error}")),
    }
}

async fn report(config: Config, json: bool) -> ExitCode {
    let report = doctor::examine(&config, &SystemClock, Occasion::Asked).await;
    let text = if json { serde_json::to_string_pretty(&report).unwrap_or_default() } else { report.to_string() };
    say(&text);
    if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn completions(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command_line(), "tatwats", &mut script);
    say(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}

/// Prints to a reader that may have gone away, which is no fault of ours.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn fail(words: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{words}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command_line().debug_assert();
    }
}
