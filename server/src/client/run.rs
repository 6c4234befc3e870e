//! `tatwats run`: runs a command in a project's sandbox, attaches to one, lists them.

mod follow;
mod keyboard;

use std::io::Write;

use clap::Args;
use domain::sandbox::{Preset, Verdict};
use domain::{Error, Run as Row, RunId, Slug};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Connection;
use super::fault::Fault;
use super::http::Client;
use super::out::{Out, moment, table};

/// What to run, or which run to look at.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub(super) connection: Connection,
    /// The project, by its short name.
    #[arg(required_unless_present_any = ["attach", "list"], conflicts_with_all = ["attach", "list"], value_parser = slug)]
    project: Option<Slug>,
    /// One line for the shell.
    #[arg(required_unless_present_any = ["attach", "list"])]
    command: Option<String>,
    /// The limits it runs under: build or run [default: run]
    #[arg(long, value_parser = preset, conflicts_with_all = ["attach", "list"])]
    preset: Option<Preset>,
    /// How long it may take, in seconds [default: as long as the preset says]
    #[arg(long, value_name = "N", conflicts_with_all = ["attach", "list"], value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
    /// With a terminal: what you type goes in, and what it writes comes out as it is.
    #[arg(long, conflicts_with = "list")]
    tty: bool,
    /// Do not wait for it.
    #[arg(long, conflicts_with_all = ["attach", "list", "tty"])]
    detach: bool,
    /// Show what a run wrote and writes, up to its end.
    #[arg(long, value_name = "ID", conflicts_with = "list", value_parser = run_id)]
    attach: Option<RunId>,
    /// Begin after so many bytes of its output.
    #[arg(long, value_name = "N", requires = "attach", default_value_t = 0)]
    after: u64,
    /// List the runs of a project, newest first.
    #[arg(long, value_name = "PROJECT", value_parser = slug)]
    list: Option<Slug>,
}

fn slug(text: &str) -> Result<Slug, Error> {
    text.parse()
}

fn run_id(text: &str) -> Result<RunId, Error> {
    text.parse()
}

pub(super) fn preset(text: &str) -> Result<Preset, String> {
    Preset::from_name(text).ok_or_else(|| {
        let names = Preset::ALL.map(Preset::name).join(", ");
        format!("there is no preset “{text}”; there are {names}")
    })
}

#[derive(Serialize, Deserialize)]
struct Listed {
    items: Vec<Row>,
}

/// A run that is over, as programs get it.
#[derive(Serialize)]
struct Over<'a> {
    run: &'a Row,
    /// Without what is not UTF-8.
    output: &'a str,
}

impl Run {
    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        if let Some(project) = &self.list {
            let list: Listed = client.get(&["projects", project.as_str(), "runs"], &[]).await?;
            return out.show(&list, |list| runs(&list.items));
        }
        let run = match self.attach {
            Some(id) => client.get(&["runs", &id.to_string()], &[]).await?,
            None => self.begin(client).await?,
        };
        if self.detach {
            return out.show(&run, |run| format!("It waits for its turn: tatwats run --attach {}", run.id));
        }
        let (run, output) = follow::to_its_end(client, run, self.after, self.tty, out).await?;
        if out.is_json() {
            let output = String::from_utf8_lossy(&output);
            out.show(&Over { run: &run, output: &output }, |_| String::new())?;
        }
        out.flush()?;
        ended(&run)
    }

    async fn begin(&self, client: &Client) -> Result<Row, Fault> {
        let project = self.project.as_ref().map(Slug::as_str).unwrap_or_default();
        let size = self.tty.then(keyboard::size);
        let body = json!({
            "command": self.command,
            "preset": self.preset,
            "seconds": self.seconds,
            "terminal": size.map(|(columns, rows)| json!({ "columns": columns, "rows": rows })),
        });
        client.change(Method::POST, &["projects", project, "runs"], Some(&body)).await
    }
}

/// With which code a run's end is passed on, and in which words besides.
fn ended(run: &Row) -> Result<(), Fault> {
    let reason = || run.reason.clone().unwrap_or_else(|| "The sandbox failed it.".into());
    let (code, words) = match run.verdict {
        Some(Verdict::Ok) => return Ok(()),
        Some(Verdict::Exit(status)) => (u8::try_from(status).unwrap_or(u8::MAX).max(1), String::new()),
        Some(Verdict::Timeout) => (124, "Its time was up.".into()),
        Some(Verdict::Memory) => (137, "It wanted more memory than it may have.".into()),
        Some(Verdict::Output) => (122, "It wrote more than it may.".into()),
        Some(Verdict::Cancelled) => (130, run.reason.clone().unwrap_or_else(|| "It was stopped.".into())),
        Some(Verdict::Refused | Verdict::Infrastructure) | None => (125, reason()),
    };
    Err(Fault::Ended(code, words))
}

/// Tells the person who watches; whether it can be written changes nothing.
fn tell(words: &str) {
    let _ = writeln!(std::io::stderr(), "tatwats: {}", super::out::harmless(words));
}

fn runs(rows: &[Row]) -> String {
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|run| {
            [
                run.id.to_string(),
                run.verdict.map_or_else(|| run.state.name().to_owned(), |verdict| verdict.to_string()),
                run.owner.by.name().to_owned(),
                moment(run.created_at),
                run.command.clone(),
            ]
        })
        .collect();
    table(["id", "how", "by", "asked for", "command"], &cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_code() {
        let code = |verdict, reason: Option<&str>| {
            let mut run: Row = serde_json::from_value(json!({
                "id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "project": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072",
                "command": "x", "preset": "run", "terminal": false, "state": "ended", "owner": { "by": "user:ada" },
                "output_bytes": 0, "cut": false, "created_at": "2026-03-01T14:00:52Z",
            }))
            .unwrap();
            (run.verdict, run.reason) = (Some(verdict), reason.map(str::to_owned));
            match ended(&run) {
                Ok(()) => (0, String::new()),
                Err(fault) => (fault.code(), fault.to_string()),
            }
        };
        assert_eq!(code(Verdict::Ok, None).0, 0);
        assert_eq!(code(Verdict::Exit(3), None), (3, String::new()));
        assert_eq!(code(Verdict::Exit(143), None).0, 143);
        assert_eq!(code(Verdict::Exit(-1), None).0, 255);
        assert_eq!(code(Verdict::Timeout, None).0, 124);
        assert_eq!(code(Verdict::Memory, None).0, 137);
        assert_eq!(code(Verdict::Output, None).0, 122);
        assert_eq!(code(Verdict::Cancelled, None).0, 130);
        assert_eq!(code(Verdict::Refused, Some("No room.")), (125, "No room.".into()));
        assert_eq!(code(Verdict::Infrastructure, None).0, 125);
    }
}
