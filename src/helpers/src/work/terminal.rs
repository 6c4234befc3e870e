//! A command that a helper runs in the project's sandbox: what it writes is kept, up to a limit the newest of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::sandbox::Verdict;
use sandbox::{Command, Limit, Outcome, Sandbox, follow};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A command that a helper wants to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    /// The program; without arguments it may be a whole line for the shell.
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// The folder to be in; none: the project's.
    pub(crate) folder: Option<PathBuf>,
    /// How much of what it writes is kept, in bytes.
    pub(crate) keep: Option<u64>,
}

impl Order {
    /// What the shell would be told, for rules and for people.
    pub(crate) fn line(&self) -> String {
        if self.args.is_empty() {
            return self.command.trim().to_owned();
        }
        [&self.command].into_iter().chain(&self.args).map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// What is started.
    pub(crate) fn words(&self) -> Vec<String> {
        if self.args.is_empty() {
            return vec!["sh".into(), "-c".into(), self.command.clone()];
        }
        [&self.command].into_iter().chain(&self.args).cloned().collect()
    }
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its status, when it ended by itself.
    pub(crate) code: Option<u32>,
    /// The signal that ended it.
    pub(crate) signal: Option<String>,
    pub(crate) verdict: Verdict,
}

impl Ended {
    fn of(outcome: &Outcome) -> Self {
        let (code, signal) = match outcome.verdict {
            Verdict::Ok => (Some(0), None),
            Verdict::Exit(status @ 129..=192) => (None, Some(crate::supervisor::signal(status - 128))),
            Verdict::Exit(status) => (u32::try_from(status).ok(), None),
            _ => (None, Some("SIGKILL".into())),
        };
        Self { code, signal, verdict: outcome.verdict }
    }
}

/// A command that runs, or ran, in the project's sandbox.
pub(crate) struct Terminal {
    pub(crate) line: String,
    tail: Mutex<Tail>,
    ended: watch::Sender<Option<Ended>>,
    kill: CancellationToken,
}

impl Terminal {
    /// Follows a command to its end, and keeps the newest `keep` bytes of what it writes.
    pub(crate) fn follow(
        sandbox: Arc<Sandbox>,
        command: Command,
        line: String,
        keep: u64,
        seconds: u32,
        kill: CancellationToken,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send + 'static) {
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        let tail = Mutex::new(Tail { keep, ..Tail::default() });
        let terminal = Arc::new(Self { line, tail, ended: watch::Sender::new(None), kill });
        let own = terminal.clone();
        let following = async move {
            let limit = Limit { seconds, output_bytes: u64::MAX };
            let sink = |_, bytes: &[u8]| own.tail().push(bytes);
            let outcome = follow(&sandbox, command, Instant::now(), &limit, &own.kill, sink).await;
            if let Some(words) = in_words(&outcome, seconds) {
                own.tail().push(format!("\n[{words}]\n").as_bytes());
            }
            own.ended.send_replace(Some(Ended::of(&outcome)));
        };
        (terminal, following)
    }

    /// What it wrote, as far as it is kept; whether there was more; how it ended, if it has.
    pub(crate) fn output(&self) -> (String, bool, Option<Ended>) {
        // In this order, so that the end comes with everything before it.
        let ended = self.ended();
        let (text, cut) = self.tail().text();
        (text, cut, ended)
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        self.ended.borrow().clone()
    }

    /// Waits for its end.
    pub(crate) async fn wait(&self) -> Option<Ended> {
        let mut ended = self.ended.subscribe();
        ended.wait_for(Option::is_some).await.ok().and_then(|ended| ended.clone())
    }

    pub(crate) fn kill(&self) {
        self.kill.cancel();
    }

    /// Nobody asks for its output any more.
    pub(crate) fn forget(&self) {
        *self.tail() = Tail::default();
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be said of an end that the command did not choose.
fn in_words(outcome: &Outcome, seconds: u32) -> Option<String> {
    match outcome.verdict {
        Verdict::Timeout => Some(format!("stopped: its time of {seconds} s was up")),
        Verdict::Memory => Some("stopped: it wanted more memory than it may have".into()),
        Verdict::Infrastructure => Some(outcome.why.clone().unwrap_or_else(|| "the sandbox ended".into())),
        _ => None,
    }
}

/// The newest bytes of a stream.
#[derive(Debug, Default)]
struct Tail {
    keep: usize,
    bytes: Vec<u8>,
    cut: bool,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        // Not at every push: what is thrown away is moved for.
        if self.bytes.len() > self.keep.saturating_mul(2).max(64 * 1024) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        let over = self.bytes.len().saturating_sub(self.keep);
        self.cut |= over > 0;
        self.bytes.drain(..over);
    }

    /// As text that begins with a whole character.
    fn text(&mut self) -> (String, bool) {
        self.trim();
        let broken = |byte: &&u8| (0x80..0xc0).contains(*byte);
        let from = if self.cut { self.bytes.iter().take(3).take_while(broken).count() } else { 0 };
        let text: String = String::from_utf8_lossy(&self.bytes[from..]).into_owned();
        let fits = text.ceil_char_boundary(text.len().saturating_sub(self.keep));
        (text[fits..].to_owned(), self.cut || fits > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_kept_and_begins_with_a_whole_character() {
        let mut tail = Tail { keep: 5, ..Tail::default() };
        tail.push(b"abc");
        assert_eq!(tail.text(), ("abc".into(), false));
        tail.push("äöü".as_bytes());
        assert_eq!(tail.text(), ("öü".into(), true));
        for _ in 0..100_000 {
            tail.push(b"xyz");
        }
        assert!(tail.bytes.len() <= 64 * 1024);
        assert_eq!(tail.text(), ("yzxyz".into(), true));
        // What is no text grows when it becomes some; the limit holds all the same.
        tail.push(b"\xff\xff\xff\xff\xff");
        assert_eq!(tail.text(), ("\u{fffd}".into(), true));
    }

    #[test]
    fn a_command_with_arguments_is_a_line_that_reads_back_the_same() {
        let order = |command: &str, args: &[&str]| Order {
            command: command.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            ..Order::default()
        };
        assert_eq!(order("npm test && ls", &[]).line(), "npm test && ls");
        assert_eq!(order("npm test && ls", &[]).words(), ["sh", "-c", "npm test && ls"]);
        assert_eq!(order("git", &["commit", "-m", "It's; done", ""]).line(), r"git commit -m 'It'\''s; done' ''");
        assert_eq!(order("git", &["log"]).words(), ["git", "log"]);
    }
}
