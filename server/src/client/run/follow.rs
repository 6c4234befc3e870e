//! Follows a run to its end: shows what it writes, passes on what is typed, stops it on Ctrl-C. A lost connection is made
//! again, and nothing is missed.

use std::time::Duration;

use domain::{Run, RunId};
use futures_util::TryStreamExt;
use reqwest::Method;
use tokio::time::sleep;

use super::super::fault::Fault;
use super::super::http::Client;
use super::super::out::{Out, harmless};
use super::keyboard::{Keyboard, Pressed};
use super::tell;

/// The longest pause between two tries to come back, in seconds.
const LONGEST_PAUSE: u64 = 30;

/// Follows it, and gives it as it ended, with its output where programs want that.
///
/// # Errors
/// When the server refuses; `Ended` when Ctrl-C was pressed twice.
pub(super) async fn to_its_end(
    client: &Client,
    run: Run,
    after: u64,
    typed: bool,
    out: &mut Out,
) -> Result<(Run, Vec<u8>), Fault> {
    let id = run.id;
    let mut keyboard = Keyboard::new(typed && run.terminal && !run.is_over())?;
    let mut show = Show { raw: typed || !out.is_terminal(), kept: Vec::new(), rest: Vec::new() };
    let following = async move {
        let run = follow(client, id, after, &mut show, out).await?;
        Ok((run, show.kept))
    };
    let mut following = std::pin::pin!(following);
    let mut stopping = false;
    loop {
        let pressed = tokio::select! {
            ended = &mut following => {
                // The terminal is as it was before anything more is said.
                drop(keyboard);
                return ended;
            }
            pressed = keyboard.next() => pressed,
        };
        match pressed {
            Pressed::Stop if stopping => return Err(Fault::Ended(130, "It is being stopped.".into())),
            Pressed::Stop => {
                stopping = true;
                tell("stopping it; once more to leave it alone");
                passed(client.send(client.request(Method::POST, at(client, id, "cancel"))).await)?;
            }
            Pressed::Keys(bytes) => {
                let request = client.request(Method::POST, at(client, id, "input"));
                let request = request.header("content-type", "application/octet-stream").body(bytes);
                passed(client.send(request).await)?;
            }
            Pressed::Size(columns, rows) => {
                let body = serde_json::json!({ "columns": columns, "rows": rows });
                let request = client.request(Method::POST, at(client, id, "resize")).json(&body);
                passed(client.send(request).await)?;
            }
        }
    }
}

/// Whether it could be done; that a run was over by then, or nobody answered, its end will tell.
fn passed<T>(done: Result<T, Fault>) -> Result<(), Fault> {
    match done {
        Ok(_) | Err(Fault::Unreachable { .. }) => Ok(()),
        Err(Fault::Refused(problem)) if problem.status == 409 => Ok(()),
        Err(fault) => Err(fault),
    }
}

fn at(client: &Client, id: RunId, what: &str) -> reqwest::Url {
    client.at(&["runs", &id.to_string(), what])
}

/// Shows what it writes until it is over.
async fn follow(client: &Client, id: RunId, after: u64, show: &mut Show, out: &mut Out) -> Result<Run, Fault> {
    let (mut at, mut failures) = (after, 0_u32);
    loop {
        let why = match once(client, id, &mut at, show, out).await {
            Ok(Some(run)) => return Ok(run),
            // It was cut off, and there may be more.
            Ok(None) => "the connection was lost".to_owned(),
            Err(fault @ Fault::Unreachable { .. }) => fault.to_string(),
            Err(Fault::Refused(problem)) if problem.status >= 500 || problem.status == 429 => problem.detail,
            Err(fault) => return Err(fault),
        };
        failures += 1;
        let seconds = 2_u64.saturating_pow(failures - 1).min(LONGEST_PAUSE);
        tell(&format!("{why}; trying again in {seconds} s"));
        sleep(Duration::from_secs(seconds)).await;
    }
}

/// Shows it for as long as one connection lasts; the run, when it is over and all was shown.
async fn once(client: &Client, id: RunId, at: &mut u64, show: &mut Show, out: &mut Out) -> Result<Option<Run>, Fault> {
    let mut url = self::at(client, id, "output");
    url.query_pairs_mut().append_pair("after", &at.to_string()).append_pair("follow", "true");
    let mut pieces = client.send(client.request(Method::GET, url)).await?.bytes_stream();
    loop {
        match pieces.try_next().await {
            Ok(Some(bytes)) => {
                *at += bytes.len() as u64;
                show.piece(&bytes, out)?;
            }
            Ok(None) => break,
            Err(error) => return Err(client.unreachable(&error)),
        }
    }
    let run: Run = client.get(&["runs", &id.to_string()], &[]).await?;
    if !run.is_over() {
        return Ok(None);
    }
    // Should it have ended after the connection did.
    let mut url = self::at(client, id, "output");
    url.query_pairs_mut().append_pair("after", &at.to_string());
    let rest = client.send(client.request(Method::GET, url)).await?.bytes().await;
    let rest = rest.map_err(|error| client.unreachable(&error))?;
    *at += rest.len() as u64;
    show.piece(&rest, out)?;
    show.end(out)?;
    Ok(Some(run))
}

/// Shows output: as it is, or so that a terminal can come to no harm.
struct Show {
    raw: bool,
    /// All of it, for programs.
    kept: Vec<u8>,
    /// The beginning of a character.
    rest: Vec<u8>,
}

impl Show {
    fn piece(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), Fault> {
        if out.is_json() {
            self.kept.extend_from_slice(bytes);
            return Ok(());
        }
        if self.raw {
            out.raw(bytes)?;
        } else {
            self.rest.extend_from_slice(bytes);
            let whole = whole(&self.rest);
            let text: Vec<u8> = self.rest.drain(..whole).collect();
            out.raw(plain(&text).as_bytes())?;
        }
        out.flush()
    }

    fn end(&mut self, out: &mut Out) -> Result<(), Fault> {
        let rest = std::mem::take(&mut self.rest);
        out.raw(plain(&rest).as_bytes())
    }
}

fn plain(bytes: &[u8]) -> String {
    harmless(&String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n"))
}

/// How many bytes there are without a character at the end whose rest is still to come.
fn whole(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last();
    let unfinished = last.map_or(0, |chunk| {
        let invalid = chunk.invalid();
        // What could still become a character is not more than three bytes, of which the first says that it is longer.
        let long = match invalid.first() {
            Some(0xc2..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            Some(0xf0..=0xf4) => 4,
            _ => 0,
        };
        if invalid.len() < long { invalid.len() } else { 0 }
    });
    let carriage = usize::from(unfinished == 0 && bytes.last() == Some(&b'\r'));
    bytes.len() - unfinished - carriage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_cut_and_terminals_not_harmed() {
        for (bytes, length) in [
            (&b"abc"[..], 3),
            ("ä".as_bytes(), 2),
            (&"ä".as_bytes()[..1], 0),
            (&"a€".as_bytes()[..3], 1),
            (b"a\xff", 2),
            (b"a\r", 1),
            (b"a\r\n", 3),
        ] {
            assert_eq!(whole(bytes), length, "{bytes:?}");
        }
        assert_eq!(plain(b"a\r\nb\x1b[2J\xff\rc"), "a\nb\u{fffd}[2J\u{fffd}\nc");
    }
}
