//! One attack: what it is, how it ran, and what it said.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use domain::sandbox::{Limits, Profile, Verdict};
use sandbox::{Limit, Outcome, Sandbox, Size, Source, Spawn, execute, follow};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{Case, GRACE, SMALL, host, skipped, traces};

/// The attacks as a tar stream, compiled once; none where they cannot be, which is told.
pub(crate) fn program() -> Option<&'static Vec<u8>> {
    static PROGRAM: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    PROGRAM.get_or_init(compile).as_ref()
}

fn compile() -> Option<Vec<u8>> {
    if super::on_path("cc").is_none() {
        skipped("a compiler for the attacks (Debian: gcc and libc6-dev)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("attack");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks/inside");
    let mut sources: Vec<_> = std::fs::read_dir(sources).unwrap().map(|entry| entry.unwrap().path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    let compiled =
        Command::new("cc").args(["-static", "-O1", "-s", "-pthread", "-o"]).arg(&program).args(sources).output();
    let compiled = compiled.unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name(program, "attack").unwrap();
    Some(archive.into_inner().unwrap())
}

/// The attacks as a file of this machine, for what must be seen to work where nothing holds it.
pub(crate) fn on_the_host(folder: &Path) -> Option<std::path::PathBuf> {
    tar::Archive::new(program()?.as_slice()).unpack(folder).unwrap();
    Some(folder.join("attack"))
}

/// How often an attack is run that comes late. The machine may hold up one for reasons of its own; what is late each time
/// is late by itself. All else must hold every time.
const ATTEMPTS: usize = 3;

/// An attack that is to be run.
#[must_use]
#[derive(Clone)]
pub(crate) struct Attack<'a> {
    case: &'a Case,
    words: Vec<String>,
    profile: Profile,
    terminal: Option<Size>,
    input: Vec<u8>,
    cancel_after: Option<Duration>,
}

/// How an attack went.
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) output: Vec<u8>,
    /// How long it took as the host sees it.
    pub(crate) took: Duration,
    /// By how much it did not keep its time, in words.
    pub(crate) late: Option<String>,
}

impl<'a> Attack<'a> {
    pub(super) fn new(case: &'a Case, words: &str) -> Self {
        let words = ["/work/attack"].into_iter().chain(words.split_whitespace()).map(str::to_owned).collect();
        Self { case, words, profile: SMALL, terminal: None, input: Vec::new(), cancel_after: None }
    }

    /// With other limits than most.
    pub(crate) fn limits(mut self, limits: &Limits) -> Self {
        self.profile = self.profile.with(limits);
        self
    }

    /// With so much time.
    pub(crate) fn seconds(self, seconds: u32) -> Self {
        self.limits(&Limits { seconds: Some(seconds), ..Limits::default() })
    }

    /// With a terminal.
    pub(crate) fn terminal(mut self) -> Self {
        self.terminal = Some(Size { columns: 80, rows: 24 });
        self
    }

    /// With this for its standard input.
    pub(crate) fn input(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    /// Someone stops it then.
    pub(crate) fn cancel_after(mut self, time: Duration) -> Self {
        self.cancel_after = Some(time);
        self
    }

    /// What it is told, with nothing but this in its environment.
    pub(crate) fn spawn(&self, sandbox: &Sandbox) -> Spawn {
        Spawn {
            command: self.words.clone(),
            environment: vec![(traces::MARK.into(), sandbox.id().to_string())],
            folder: "/work".into(),
            terminal: self.terminal,
        }
    }

    /// Runs it in a sandbox of its own. Asserts all that must hold after every attack.
    pub(crate) async fn run(self) -> Seen {
        in_time(async || {
            let before = host::memory_available();
            let sandbox = self.case.open(self.profile).await;
            let seen = self.clone().measure_in(&sandbox).await;
            self.case.close(sandbox).await;
            let after = host::memory_available();
            assert!(after > before / 2, "the host had {before} bytes to give before and {after} after");
            match seen.late.clone() {
                Some(late) => Err(late),
                None => Ok(seen),
            }
        })
        .await
    }

    /// Runs it in this sandbox. Asserts that it kept its time.
    pub(crate) async fn run_in(self, sandbox: &Sandbox) -> Seen {
        let seen = self.measure_in(sandbox).await;
        assert_eq!(seen.late, None);
        seen
    }

    /// Runs it in this sandbox, and tells whether it kept its time.
    pub(crate) async fn measure_in(self, sandbox: &Sandbox) -> Seen {
        let limit = Limit { seconds: self.profile.seconds, output_bytes: self.profile.output_bytes };
        let mut output = Vec::new();
        let sink = |_: Source, bytes: &[u8]| output.extend_from_slice(bytes);
        let spawn = self.spawn(sandbox);
        let cancel = CancellationToken::new();
        let begun = Instant::now();
        let run = async {
            if self.input.is_empty() {
                return execute(sandbox, spawn, &limit, &cancel, sink).await;
            }
            let mut command = sandbox.spawn(spawn).await.unwrap();
            let mut stdin = command.take_stdin().unwrap();
            let feeding = async {
                // Whoever does not read it ends without it.
                stdin.write_all(&self.input).await.ok();
                drop(stdin);
                std::future::pending().await
            };
            tokio::select! {
                outcome = follow(sandbox, command, begun, &limit, &cancel, sink) => outcome,
                never = feeding => never,
            }
        };
        let cancelling = async {
            match self.cancel_after {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
            cancel.cancel();
            std::future::pending::<()>().await;
        };
        let most = self.cancel_after.unwrap_or(Duration::from_secs(self.profile.seconds.into())) + GRACE;
        let outcome = tokio::select! {
            outcome = timeout(most * 4, run) => outcome.expect("an end"),
            () = cancelling => unreachable!(),
        };
        let took = begun.elapsed();
        let late = (took > most).then(|| format!("{} after {took:?}, of at most {most:?}", outcome.verdict));
        Seen { outcome, output, took, late }
    }
}

/// Tries it until it is in time once, which is all that can be told of a machine that others share.
pub(crate) async fn in_time<T>(mut attempt: impl AsyncFnMut() -> Result<T, String>) -> T {
    let mut late = Vec::new();
    while late.len() < ATTEMPTS {
        match attempt().await {
            Ok(done) => return done,
            Err(why) => late.push(why),
        }
    }
    panic!("late each time: {late:#?}");
}

impl Seen {
    /// It ended so.
    #[track_caller]
    pub(crate) fn ended(&self, verdict: Verdict) -> &Self {
        assert_eq!(self.outcome.verdict, verdict, "{:?}\n{}", self.outcome, self.text());
        self
    }

    /// Everything it tried was refused.
    #[track_caller]
    pub(crate) fn held(&self) -> &Self {
        let text = self.text();
        let broken: Vec<_> = text.lines().filter(|line| line.starts_with("BROKE")).collect();
        assert!(broken.is_empty(), "{broken:#?}\n{:?}", self.outcome);
        let line = text.lines().rev().find_map(|line| line.strip_prefix("held ")?.split_once(" of "));
        let (held, tried) = line.unwrap_or_else(|| panic!("it did not come to its end: {:?}\n{text}", self.outcome));
        assert!(held == tried && tried != "0", "held {held} of {tried}");
        if self.outcome.verdict != Verdict::Ok {
            assert!(matches!(self.outcome.verdict, Verdict::Exit(status) if status != 66), "{:?}", self.outcome);
        }
        self
    }

    /// What it said, as far as it is text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// A number that it told.
    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> u64 {
        let text = self.text();
        let number = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
        number.unwrap_or_else(|| panic!("no {name}: {:?}\n{text}", self.outcome))
    }
}
