//! TATWATS, with one account, one token and one conversation.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::{Messages, postgres, words};
use crate::http::{ask, request};
use crate::options::{Options, Postgres};
use crate::server::{self, Server};
use crate::{Result, say};

/// A running workshop.
#[derive(Debug)]
pub(crate) struct Workshop {
    /// The server.
    pub(crate) server: Server,
    /// Its folder.
    pub(crate) folder: TempDir,
    /// A token of its admin.
    pub(crate) token: String,
    /// A conversation.
    pub(crate) conversation: String,
}

/// The name of its admin.
pub(crate) const OWNER: &str = "owner";
/// And how they sign in.
pub(crate) const PASSWORD: &str = "moss lantern orbit quill";

/// What differs from the defaults, as environment variables. The results list it.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    // One account at one address stands for hundreds of people.
    ("TATWATS_LIMITS_REQUESTS_PER_SECOND", "1000000"),
    ("TATWATS_LIMITS_REQUESTS_AT_ONCE", "1000000"),
    ("TATWATS_STREAM_MAX_SOCKETS", "20000"),
    ("TATWATS_STREAM_MAX_PER_USER", "20000"),
    ("TATWATS_STREAM_MAX_PER_ADDRESS", "20000"),
    // Helpers and sandboxes are processes of their own, and nobody talks to them here.
    ("TATWATS_HELPERS_START", "false"),
    ("TATWATS_SANDBOX_WARM", "0"),
];

/// A command of the server's binary, on the servers' processor.
fn command(options: &Options, folder: &Path, database: Option<&str>) -> Command {
    let mut command = server::command(&options.server);
    command.env_clear().envs(std::env::vars().filter(|(name, _)| name == "PATH" || name == "HOME"));
    command.current_dir(folder).env("TATWATS_DATA_DIR", folder.join("data")).env("LEPTOS_SITE_ROOT", &options.site);
    command.envs(SETTINGS.iter().copied());
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    command
}

/// Starts a new workshop on SQLite, or on a new database of `on`.
pub(crate) async fn start(options: &Options, on: Option<&Postgres>) -> Result<Workshop> {
    let folder = tempfile::tempdir()?;
    let database = match on {
        Some(postgres) => Some(postgres::fresh(postgres, "tatwats").await?),
        None => None,
    };
    let database = database.as_deref();
    let password = folder.path().join("password");
    std::fs::write(&password, format!("{PASSWORD}\n"))?;
    let mut create = command(options, folder.path(), database);
    create.args(["user", "create", OWNER, "--admin", "--password-file"]).arg(&password);
    said(create).await?;
    let mut token = command(options, folder.path(), database);
    token.args(["token", "create", "--user", OWNER, "--name", "bench"]);
    let token = said(token).await?.lines().last().unwrap_or_default().trim().to_owned();
    let mut server = open(options, folder.path(), database).await?;
    if let Some(postgres) = on {
        server = server.beside(postgres.postmaster);
    }
    let body = json!({ "title": "Bench" });
    let opened =
        ask(server.address, &request(server.address, "POST", "/api/v1/conversations", Some(&token), Some(&body)))
            .await?;
    let conversation = opened["id"].as_str().ok_or("a conversation without id")?.to_owned();
    Ok(Workshop { server, folder, token, conversation })
}

/// Starts the server on a folder that is there.
pub(crate) async fn open(options: &Options, folder: &Path, database: Option<&str>) -> Result<Server> {
    let address = server::free_port()?;
    let mut serve = command(options, folder, database);
    serve.args(["serve", "--listen", &address.to_string()]);
    Server::start(serve, address, &folder.join("log")).await
}

/// Makes the log of a stopped workshop on SQLite so many events long.
pub(crate) async fn fill(options: &Options, folder: &Path, events: usize) -> Result<()> {
    let began = Instant::now();
    let mut fill = Command::new("python3");
    fill.arg(options.peers.join("fill.py")).arg(folder.join("data/tatwats.db")).arg(events.to_string());
    said(fill).await?;
    say(&format!("  filled with {events} events in {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}

impl Workshop {
    /// The request that says `text` in the conversation.
    pub(crate) fn post(&self, text: &str) -> Vec<u8> {
        let path = format!("/api/v1/conversations/{}/messages", self.conversation);
        request(self.server.address, "POST", &path, Some(&self.token), Some(&json!({ "body": text })))
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        ask(self.server.address, &request(self.server.address, "GET", path, Some(&self.token), None)).await
    }

    /// To be loaded with messages.
    pub(crate) fn messages(self) -> Messages {
        let post = self.post(&words());
        Messages { server: self.server, post, folder: Some(self.folder) }
    }
}

/// Runs a command to its end, and gives what it wrote.
pub(crate) async fn said(mut command: Command) -> Result<String> {
    let output = command.output().await?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
