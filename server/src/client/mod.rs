//! The commands that talk to a running server over HTTP, as any other program can.

mod bearer;
mod credentials;
mod export;
mod fault;
mod follow;
mod helper;
mod http;
mod login;
pub(crate) mod out;
mod project;
mod run;
mod sandbox;
mod search;
mod send;
mod sse;
mod tail;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use bearer::Bearer;
pub use fault::Fault;
use http::Client;
use out::Out;
pub use sandbox::Policy;

/// Where a server answers unless told otherwise.
const HERE: &str = "http://127.0.0.1:3000";

/// What every such command takes.
#[derive(Debug, Clone, Args)]
pub struct Connection {
    /// Where the server answers.
    #[arg(long, env = "TATWATS_SERVER", default_value = HERE, value_name = "URL")]
    server: String,
}

/// The commands that talk to a running server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in: keep a token for the server's address, read from the input.
    ///
    /// Make the token on your account page, or beside a stopped server with `tatwats token create`. TATWATS_TOKEN, or
    /// a file named by TATWATS_TOKEN_FILE, serve instead of a kept one, and win over it.
    Login(login::Login),
    /// Sign out: forget the token kept for the server's address.
    Logout(login::Logout),
    /// Say something in a conversation.
    Send(send::Send),
    /// Follow what happens, as it happens.
    Tail(tail::Tail),
    /// List, start, stop, pause helpers, and read their logs.
    #[command(subcommand)]
    Helper(helper::Helper),
    /// List projects, and make one.
    #[command(subcommand)]
    Project(project::Project),
    /// Run a command in a project's sandbox.
    ///
    /// It finds the files of the project's newest commit; what it changes there is gone with the sandbox. Ctrl-C stops it.
    ///
    /// The exit code is the command's own; or 124: its time was up, 137: it wanted more memory than it may have, 122: it
    /// wrote more than it may, 130: someone stopped it, 125: it was not begun, or the sandbox failed it.
    Run(run::Run),
    /// Show and set a policy. The command line has it below `sandbox`.
    #[command(skip)]
    Policy(Policy),
    /// Save a conversation as Markdown or JSON.
    Export(export::Export),
    /// Find messages by their words.
    Search(search::Search),
}

impl Command {
    fn connection(&self) -> &Connection {
        match self {
            Self::Login(args) => &args.connection,
            Self::Logout(args) => &args.connection,
            Self::Send(args) => &args.connection,
            Self::Tail(args) => &args.connection,
            Self::Helper(args) => args.connection(),
            Self::Project(args) => args.connection(),
            Self::Run(args) => &args.connection,
            Self::Policy(args) => args.connection(),
            Self::Export(args) => &args.connection,
            Self::Search(args) => &args.connection,
        }
    }

    /// Does it, with JSON for output when that is wanted, and tells how it ended: 0 done, 1 the server refused or the thing failed, 2 the command makes no sense,
    /// 3 the server cannot be reached, 4 waited long enough; `run` passes on how the command ended. A reader that stops reading our output ends us quietly.
    pub async fn run(self, json: bool) -> ExitCode {
        let mut out = Out::new(json);
        let done = match self.client() {
            Ok(client) => self.perform(&client, &mut out).await,
            Err(fault) => Err(fault),
        };
        match done.and_then(|()| out.flush()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => fault.report(json),
        }
    }

    fn client(&self) -> Result<Client, Fault> {
        let client = Client::new(&self.connection().server)?;
        let bearer = match self {
            Self::Login(_) | Self::Logout(_) => None,
            _ => Bearer::find(&client.server(), credentials::environment)?,
        };
        Ok(client.with(bearer))
    }

    async fn perform(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        match self {
            Self::Login(args) => args.run(client, out).await,
            Self::Logout(args) => args.run(client, out),
            Self::Send(args) => args.run(client, out).await,
            Self::Tail(args) => args.run(client, out).await,
            Self::Helper(args) => args.run(client, out).await,
            Self::Project(args) => args.run(client, out).await,
            Self::Run(args) => args.run(client, out).await,
            Self::Policy(args) => args.run(client, out).await,
            Self::Export(args) => args.run(client, out).await,
            Self::Search(args) => args.run(client, out).await,
        }
    }
}
