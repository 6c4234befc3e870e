//! `tatwats helper`: lists, starts, stops, pauses helpers, and reads their logs.

use clap::{Args, Subcommand};
use domain::process::ProcessStatus;
use domain::projection::HelperEntry;
use domain::stream::{LogLine, Notice, ServerFrame, Topic};
use domain::{Error, HelperName};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::Connection;
use super::fault::Fault;
use super::follow::Follow;
use super::http::Client;
use super::out::{Out, harmless, moment, table};

/// What to do with helpers.
#[derive(Debug, Subcommand)]
pub enum Helper {
    /// List helpers and how they run.
    List(List),
    /// Start a helper.
    Start(Named),
    /// Stop a helper; its deliveries wait.
    Stop(Named),
    /// Stop a helper and start it again.
    Restart(Named),
    /// Hold a helper's deliveries back.
    Pause(Named),
    /// Let a helper's deliveries go on.
    Resume(Named),
    /// Print a helper's process log.
    Logs(Logs),
}

/// No more than the connection.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    connection: Connection,
}

/// A helper's name.
#[derive(Debug, Args)]
pub struct Named {
    #[command(flatten)]
    connection: Connection,
    /// The helper.
    #[arg(value_parser = name)]
    name: HelperName,
}

/// Which log, and how much of it.
#[derive(Debug, Args)]
pub struct Logs {
    #[command(flatten)]
    connection: Connection,
    /// The helper.
    #[arg(value_parser = name)]
    name: HelperName,
    /// How many of the last lines.
    #[arg(short = 'n', long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    lines: u32,
    /// Go on with the lines to come.
    #[arg(short, long)]
    follow: bool,
}

fn name(text: &str) -> Result<HelperName, Error> {
    text.parse()
}

#[derive(Serialize, Deserialize)]
struct Listed<T> {
    items: Vec<T>,
}

impl Helper {
    pub(super) fn connection(&self) -> &Connection {
        match self {
            Self::List(args) => &args.connection,
            Self::Start(args) | Self::Stop(args) | Self::Restart(args) | Self::Pause(args) | Self::Resume(args) => {
                &args.connection
            }
            Self::Logs(args) => &args.connection,
        }
    }

    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        match self {
            Self::List(_) => {
                let list: Listed<HelperEntry> = client.get(&["helpers"], &[]).await?;
                out.show(&list, |list| helpers(&list.items))
            }
            Self::Start(args) => order(client, out, &args.name, "start", "is being started").await,
            Self::Stop(args) => order(client, out, &args.name, "stop", "is being stopped").await,
            Self::Restart(args) => order(client, out, &args.name, "restart", "is being restarted").await,
            Self::Pause(args) => order(client, out, &args.name, "pause", "gets no deliveries until “resume”").await,
            Self::Resume(args) => order(client, out, &args.name, "resume", "gets its deliveries again").await,
            Self::Logs(args) => args.run(client, out).await,
        }
    }
}

async fn order(client: &Client, out: &mut Out, name: &HelperName, word: &str, done: &str) -> Result<(), Fault> {
    let entry: HelperEntry = client.change(Method::POST, &["helpers", name.as_str(), word], None::<&()>).await?;
    out.show(&entry, |entry| format!("{} {done}.", entry.helper.name))
}

impl Logs {
    async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        // Following begins first, so that no line falls between what is there and what is to come.
        let mut follow = match self.follow {
            true => Some(Follow::begin(client, &[Topic::Log(self.name.clone())], None).await?),
            false => None,
        };
        let lines = self.lines.to_string();
        let tail: Listed<LogLine> = client.get(&["helpers", self.name.as_str(), "log"], &[("lines", &lines)]).await?;
        let mut newest = 0;
        for line in &tail.items {
            newest = newest.max(line.number);
            out.show(line, written)?;
        }
        out.flush()?;
        while let Some(follow) = &mut follow {
            if let ServerFrame::Notice(Notice::Log(line)) = follow.next().await?.frame
                && line.number > newest
            {
                out.show(&line, written)?;
                out.flush()?;
            }
        }
        Ok(())
    }
}

fn written(line: &LogLine) -> String {
    format!("{}  {}", moment(line.at), harmless(&line.text))
}

fn helpers(entries: &[HelperEntry]) -> String {
    let rows: Vec<[String; 6]> = entries
        .iter()
        .map(|HelperEntry { helper, process }| {
            let status = process.as_ref().map_or("never started", |process| process.status.name());
            let alive = process.as_ref().filter(|process| process.status == ProcessStatus::Running);
            [
                helper.name.to_string(),
                if helper.paused { format!("{status}, paused") } else { status.to_owned() },
                helper.waiting.to_string(),
                process.as_ref().map_or(0, |process| process.restarts).to_string(),
                alive.map_or("–".into(), |process| moment(process.started_at)),
                helper.description.clone(),
            ]
        })
        .collect();
    table(["name", "status", "waiting", "restarts", "running since", "what for"], &rows)
}
