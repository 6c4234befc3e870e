//! One command to its verdict: within its time, within its output, until someone cancels it.

use std::time::Duration;

use domain::sandbox::Verdict;
use room::{Exit, Source, Spawn, Usage};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::command::{Command, Outputs};
use crate::{Fault, Sandbox};

/// How long the program inside has to end a command; then the sandbox is ended. Less than the 100 ms that are promised.
const KILL_WITHIN: Duration = Duration::from_millis(20);
/// How long what a command left in its pipes may take to arrive after everything that could write there was killed.
const DRAIN_WITHIN: Duration = Duration::from_secs(2);
/// How long to wait for the room's own word when the exchange broke off.
const WORD_WITHIN: Duration = Duration::from_secs(5);
/// How long measuring may take before it is left out.
const MEASURE_WITHIN: Duration = Duration::from_secs(1);
/// How long anything may take after the time is up: less than the 100 ms that are promised, and more than killing takes.
const LATE: Duration = Duration::from_millis(80);

const KILL: i32 = 9;

/// What a command may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How long it may take, in seconds of the clock on the wall; 0: as long as it likes.
    pub seconds: u32,
    /// How much it may write, in bytes.
    pub output_bytes: u64,
}

/// How a command went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// In one word.
    pub verdict: Verdict,
    /// How it ended, if it did by itself or was seen to be killed.
    pub exit: Option<Exit>,
    /// What it wrote, in bytes, as far as it was handed on; without the mark of a cut.
    pub output_bytes: u64,
    /// Whether more was written than was handed on.
    pub cut: bool,
    /// What the sandbox used up to its end, where it could still tell.
    pub usage: Option<Usage>,
    /// The most memory that the sandbox had so far, in bytes, where the kernel tells.
    pub peak_memory_bytes: Option<u64>,
    /// How long it took.
    pub took: Duration,
    /// What went wrong, in words for people, when it was refused or the sandbox failed.
    pub why: Option<String>,
}

/// The line that stands where output was cut.
#[must_use]
pub fn cut_mark(output_bytes: u64) -> String {
    format!("\n[cut: more than {output_bytes} bytes of output]\n")
}

/// Why a command is over.
enum End {
    Exit(Exit),
    Timeout,
    Cancelled,
    Output,
    /// The sandbox ended under it.
    Gone(Fault),
}

/// Runs one command to its verdict, with nothing on its standard input. `sink` gets its output as it arrives, at most
/// [`Limit::output_bytes`] and then the [`cut_mark`].
///
/// When this returns, the command and everything it started is dead: at most 100 ms after its time was up or it was
/// cancelled. Where that cannot be had otherwise, the whole sandbox is ended.
pub async fn execute(
    sandbox: &Sandbox,
    spawn: Spawn,
    limit: &Limit,
    cancel: &CancellationToken,
    sink: impl FnMut(Source, &[u8]) + Send,
) -> Outcome {
    let begun = Instant::now();
    let deadline = deadline(begun, limit);
    let nothing = |verdict, why: Option<String>| Outcome {
        verdict,
        exit: None,
        output_bytes: 0,
        cut: false,
        usage: None,
        peak_memory_bytes: None,
        took: begun.elapsed(),
        why,
    };
    let spawned = tokio::select! {
        biased;
        () = cancel.cancelled() => return nothing(Verdict::Cancelled, None),
        () = until(deadline) => return nothing(Verdict::Timeout, None),
        spawned = sandbox.spawn(spawn) => spawned,
    };
    match spawned {
        Ok(mut command) => {
            drop(command.take_stdin());
            follow(sandbox, command, begun, limit, cancel, sink).await
        }
        Err(fault @ Fault::Refused(_)) => nothing(Verdict::Refused, Some(fault.to_string())),
        Err(fault) => {
            let memory = timeout(WORD_WITHIN, sandbox.over()).await.is_ok_and(|over| over.memory);
            let verdict = if memory { Verdict::Memory } else { Verdict::Infrastructure };
            nothing(verdict, Some(fault.to_string()))
        }
    }
}

/// Follows a command that was begun at that time to its verdict, as [`execute`] does; who calls keeps its input.
pub async fn follow(
    sandbox: &Sandbox,
    mut command: Command,
    begun: Instant,
    limit: &Limit,
    cancel: &CancellationToken,
    sink: impl FnMut(Source, &[u8]) + Send,
) -> Outcome {
    let deadline = deadline(begun, limit);
    let mut outputs = command.take_output();
    let mut tally = Tally { sink, most: limit.output_bytes, written: 0, cut: false };
    let end = tokio::select! {
        biased;
        () = cancel.cancelled() => End::Cancelled,
        () = until(deadline) => End::Timeout,
        end = to_its_end(&command, &mut outputs, &mut tally) => end,
    };
    let took = begun.elapsed();
    // Whose time is up waits for neither a measure nor a word.
    let measured_by = match &end {
        End::Exit(_) | End::Gone(_) => soon(MEASURE_WITHIN, deadline),
        End::Timeout | End::Cancelled | End::Output => Instant::now() + LATE,
    };
    let told_by = soon(WORD_WITHIN, deadline);
    let exit = match &end {
        End::Exit(exit) => Some(*exit),
        End::Gone(_) => None,
        End::Timeout | End::Cancelled | End::Output => kill(sandbox, &command, &mut outputs, &mut tally).await,
    };
    let usage = timeout_at(measured_by, sandbox.usage()).await.ok().and_then(Result::ok);
    let peak_memory_bytes = timeout_at(measured_by, sandbox.peak_memory_bytes()).await.ok().flatten();
    let (verdict, why) = match end {
        End::Timeout => (Verdict::Timeout, None),
        End::Cancelled => (Verdict::Cancelled, None),
        End::Output => (Verdict::Output, None),
        End::Exit(exit) if exit.memory || sandbox.memory_ran_out_since().await => (Verdict::Memory, None),
        End::Exit(Exit { status: 0, .. }) => (Verdict::Ok, None),
        End::Exit(exit) => (Verdict::Exit(exit.status), None),
        End::Gone(fault) => match timeout_at(told_by, sandbox.over()).await {
            Ok(over) if over.memory => (Verdict::Memory, None),
            Ok(over) => (Verdict::Infrastructure, Some(over.complaint.unwrap_or_else(|| fault.to_string()))),
            Err(_) => (Verdict::Infrastructure, Some(fault.to_string())),
        },
    };
    Outcome { verdict, exit, output_bytes: tally.written, cut: tally.cut, usage, peak_memory_bytes, took, why }
}

/// Reads until the command has ended, and everything it left behind with it.
async fn to_its_end(
    command: &Command,
    outputs: &mut Option<Outputs>,
    tally: &mut Tally<impl FnMut(Source, &[u8])>,
) -> End {
    let ended = {
        let mut reading = std::pin::pin!(read(outputs, tally));
        let mut all_read = false;
        loop {
            tokio::select! {
                ended = command.exit() => break ended,
                within = &mut reading, if !all_read => {
                    if !within {
                        return End::Output;
                    }
                    all_read = true;
                }
            }
        }
    };
    // What it left behind may hold its pipes open for ever.
    command.signal(KILL);
    let within = timeout(DRAIN_WITHIN, read(outputs, tally)).await;
    match ended {
        Err(fault) => End::Gone(fault),
        Ok(_) if within == Ok(false) => End::Output,
        Ok(exit) => End::Exit(exit),
    }
}

/// Reads all output; false when it was too much.
async fn read(outputs: &mut Option<Outputs>, tally: &mut Tally<impl FnMut(Source, &[u8])>) -> bool {
    let Some(outputs) = outputs else { return true };
    // Whoever waits for the command's end learns of the sandbox's.
    while let Ok(Some((source, bytes))) = outputs.next().await {
        if !tally.add(source, &bytes) {
            return false;
        }
    }
    true
}

/// Kills a command and everything it started, if need be with the whole sandbox. What it had written still counts.
async fn kill(
    sandbox: &Sandbox,
    command: &Command,
    outputs: &mut Option<Outputs>,
    tally: &mut Tally<impl FnMut(Source, &[u8])>,
) -> Option<Exit> {
    let by = Instant::now() + KILL_WITHIN;
    sandbox.hurry(true);
    command.signal(KILL);
    let Ok(Ok(exit)) = timeout_at(by, command.exit()).await else {
        if let Err(fault) = sandbox.kill().await {
            tracing::warn!(
                error = &fault as &dyn std::error::Error,
                "a sandbox whose command had to end was not killed"
            );
        }
        return None;
    };
    sandbox.hurry(false);
    timeout_at(by, read(outputs, tally)).await.ok();
    Some(exit)
}

/// Hands output on as long as there is not too much of it.
struct Tally<S> {
    sink: S,
    most: u64,
    written: u64,
    cut: bool,
}

impl<S: FnMut(Source, &[u8])> Tally<S> {
    /// False when it is too much.
    fn add(&mut self, source: Source, bytes: &[u8]) -> bool {
        if self.cut {
            return false;
        }
        let left = usize::try_from(self.most - self.written).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(left)];
        if !kept.is_empty() {
            (self.sink)(source, kept);
            self.written += kept.len() as u64;
        }
        if kept.len() < bytes.len() {
            (self.sink)(source, cut_mark(self.most).as_bytes());
            self.cut = true;
        }
        !self.cut
    }
}

fn deadline(begun: Instant, limit: &Limit) -> Option<Instant> {
    (limit.seconds > 0).then(|| begun + Duration::from_secs(limit.seconds.into()))
}

/// That much later, but not long after the time is up.
fn soon(wait: Duration, deadline: Option<Instant>) -> Instant {
    let by = Instant::now() + wait;
    deadline.map_or(by, |deadline| by.min(deadline + LATE))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_cut_at_the_very_byte_and_marked_once() {
        let mut all = Vec::new();
        let mut tally = Tally { sink: |_, bytes: &[u8]| all.extend_from_slice(bytes), most: 5, written: 0, cut: false };
        assert!(tally.add(Source::Output, b"abc"));
        assert!(tally.add(Source::Error, b"de"));
        assert!(!tally.add(Source::Output, b"f"));
        assert!(!tally.add(Source::Output, b"g"));
        assert_eq!((tally.written, tally.cut), (5, true));
        assert_eq!(String::from_utf8(all).unwrap(), format!("abcde{}", cut_mark(5)));
    }
}
