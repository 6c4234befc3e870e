//! `tatwats tail`: follows what happens.

use clap::Args;
use domain::projection::Activity;
use domain::stream::{Cursor, Notice, ServerFrame, Topic};
use domain::{Error, Event};

use super::Connection;
use super::fault::Fault;
use super::follow::Follow;
use super::http::Client;
use super::out::{Out, harmless, moment};

/// Follow what happens, as it happens. A lost connection is made again, and nothing is missed.
#[derive(Debug, Args)]
pub struct Tail {
    #[command(flatten)]
    pub(super) connection: Connection,
    /// What to follow: workshop, conversation:ID, helper:NAME, project:ID, log:NAME.
    #[arg(long, value_delimiter = ',', default_value = "workshop", value_parser = topic)]
    topics: Vec<Topic>,
    /// Begin after this cursor (EPOCH:SEQ) instead of now.
    #[arg(long, value_name = "CURSOR", value_parser = cursor)]
    after: Option<Cursor>,
    /// End after so many lines.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Show what passes too: answers in the making, and what processes use.
    #[arg(long)]
    passing: bool,
}

fn topic(text: &str) -> Result<Topic, Error> {
    text.parse()
}

fn cursor(text: &str) -> Result<Cursor, Error> {
    text.parse()
}

impl Tail {
    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut follow = Follow::begin(client, &self.topics, self.after).await?;
        while left > 0 {
            let heard = follow.next().await?;
            let line = match &heard.frame {
                ServerFrame::Hello { .. } | ServerFrame::Caught { .. } | ServerFrame::Ping { .. } => continue,
                ServerFrame::Notice(Notice::Draft(_) | Notice::Measured(_)) if !self.passing => continue,
                _ if out.is_json() => heard.text,
                ServerFrame::Event(event) => said(event),
                ServerFrame::Gap { oldest, .. } => {
                    format!("— some events are gone: the log was restored or cut; the oldest is {oldest} —")
                }
                ServerFrame::Notice(notice) => passing(notice),
            };
            out.line(&line)?;
            out.flush()?;
            left -= u64::from(matches!(heard.frame, ServerFrame::Event(_) | ServerFrame::Notice(_)));
        }
        Ok(())
    }
}

fn said(event: &Event) -> String {
    let what = Activity::of(event).map_or_else(|| event.what.subject(), |line| line.text);
    let (at, by) = (moment(event.at), event.actor.by.name());
    format!("{:>7}  {at}  {:<24} {by}  {}", event.seq, event.what.kind(), harmless(&what).replace('\n', " "))
}

fn passing(notice: &Notice) -> String {
    match notice {
        Notice::Draft(draft) => format!("{} writes: {}", draft.helper, harmless(&draft.text)),
        Notice::Measured(measured) => {
            let (cpu, memory) = (f64::from(measured.cpu_permille) / 10.0, measured.memory_bytes / 1024 / 1024);
            format!("{} uses {cpu:.1} % of a core and {memory} MiB", measured.helper)
        }
        Notice::Log(line) => format!("{} {}: {}", moment(line.at), line.helper, harmless(&line.text)),
    }
}
