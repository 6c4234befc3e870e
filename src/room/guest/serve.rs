//! The loop at the heart: what the host says is done, who ended is reaped, and nothing here ever waits for one stream.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room::{Channel, Guest, Host, PROXY_PORT, Setup, Spawn, frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::confine::limits::Limits;
use crate::files::{Giving, Taking};
use crate::process::Process;
use crate::proxy::{self, Passed};
use crate::reap::reap;
use crate::stream::Out;
use crate::watch::Watch;
use crate::{measure, processes};

/// How long processes may take to be gone that were killed.
const DYING: Duration = Duration::from_secs(1);

/// What goes on in a channel.
enum Entry {
    Process(Process),
    Taking(Taking),
    Giving(Giving),
}

/// All that goes on.
struct Room {
    limits: Limits,
    entries: HashMap<Channel, Entry>,
    passed: Arc<Passed>,
    watch: Option<Watch>,
    /// When some were killed last.
    killed: Option<Instant>,
    out: Out,
    over: mpsc::UnboundedSender<Channel>,
}

/// Serves until the host lets go. Then nothing is left but this process, which ends too.
pub(crate) async fn serve(
    mut input: impl AsyncRead + Unpin + Send + 'static,
    mut output: impl AsyncWrite + Unpin + Send + 'static,
    setup: Setup,
    limits: Limits,
) -> Result<(), String> {
    let (out, mut says) = mpsc::channel::<Guest>(64);
    let (over, mut overs) = mpsc::unbounded_channel();
    let (hear, mut heard) = mpsc::channel(1);
    // Reading a frame cannot be given up halfway, so it has a task of its own.
    tokio::spawn(async move {
        loop {
            let frame = frame::read::<Host>(&mut input).await;
            let last = !matches!(frame, Ok(Some(_)));
            if hear.send(frame).await.is_err() || last {
                return;
            }
        }
    });
    let mut writing = tokio::spawn(async move {
        while let Some(frame) = says.recv().await {
            frame::write(&mut output, &frame).await?;
        }
        Ok::<(), std::io::Error>(())
    });
    let mut children = signal(SignalKind::child()).map_err(|error| format!("signals: {error}"))?;
    let passed = Arc::new(Passed::default());
    if setup.proxy {
        proxy::listen(passed.clone()).map_err(|error| format!("port {PROXY_PORT}: {error}"))?;
    }
    let watch = setup.watched_memory_bytes.map(Watch::new);
    let mut room = Room { limits, entries: HashMap::new(), passed, watch, killed: None, out, over };
    let ended = loop {
        tokio::select! {
            frame = heard.recv() => match frame {
                Some(Ok(Some(frame))) => room.hear(frame).await,
                Some(Ok(None)) | None => break Ok(()),
                Some(Err(error)) => break Err(format!("input: {error}")),
            },
            _ = children.recv() => reap(|pid, status| room.ended(pid, status)),
            () = due(&mut room.watch) => room.look(),
            Some(channel) = overs.recv() => drop(room.entries.remove(&channel)),
            written = &mut writing => break written.map_err(|error| error.to_string()).and_then(|written| {
                written.map_err(|error| format!("output: {error}"))
            }),
        }
    };
    end_everything();
    ended
}

/// Waits until the watch is to look; for ever where there is none.
async fn due(watch: &mut Option<Watch>) {
    match watch {
        Some(watch) => watch.due().await,
        None => std::future::pending().await,
    }
}

/// Ends everything but this process itself, at once.
fn end_everything() {
    // There may be nothing.
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
}

impl Room {
    async fn hear(&mut self, frame: Host) {
        match frame {
            Host::Setup(_) => self.fail(0, "It is set up already.".into()),
            Host::Spawn(channel, spawn) => {
                let started = self.start(channel, &spawn).await;
                if let Some(watch) = &mut self.watch {
                    watch.wake();
                }
                self.began(channel, started.map(Entry::Process), "The command cannot be started");
            }
            Host::Take(channel, folder) => {
                let began = Taking::start(channel, folder, self.out.clone(), self.over.clone());
                self.began(channel, began.map(Entry::Taking), "The files cannot be taken");
            }
            Host::Give(channel, give) => {
                let began = Giving::start(channel, give, self.out.clone(), self.over.clone());
                self.began(channel, began.map(Entry::Giving), "The files cannot be given");
            }
            // Of a channel that is over, what the host said meanwhile means nothing any more: here and below.
            Host::Input(channel, bytes) => match self.entries.get(&channel) {
                Some(Entry::Process(process)) => drop(process.input.send(bytes)),
                Some(Entry::Taking(taking)) => drop(taking.input.send(bytes)),
                Some(Entry::Giving(_)) | None => {}
            },
            Host::Taken(channel, source, bytes) => match self.entries.get(&channel) {
                Some(Entry::Process(process)) => process.taken(source, bytes),
                Some(Entry::Giving(giving)) => giving.window.taken(bytes),
                Some(Entry::Taking(_)) | None => {}
            },
            Host::Signal(channel, number) => self.signal(channel, number),
            Host::Resize(channel, size) => {
                if let Some(Entry::Process(process)) = self.entries.get(&channel) {
                    process.resize(size);
                }
            }
            Host::Measure(channel) => self.say(Guest::Usage(channel, measure::usage(self.passed.bytes()))),
        }
    }

    /// Starts a command. Those that were killed keep their places until they are reaped; where there is no other, that is waited for.
    async fn start(&mut self, channel: Channel, spawn: &Spawn) -> io::Result<Process> {
        loop {
            reap(|pid, status| self.ended(pid, status));
            let dying = self.killed.is_some_and(|killed| killed.elapsed() < DYING);
            match Process::start(channel, spawn, &self.limits, self.out.clone(), self.over.clone()) {
                Err(full) if full.kind() == ErrorKind::WouldBlock && dying => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                started => return started,
            }
        }
    }

    fn signal(&mut self, channel: Channel, number: i32) {
        let kills = number == Signal::SIGKILL as i32;
        if kills {
            self.killed = Some(Instant::now());
        }
        if kills && self.is_alone(channel) {
            // Nobody can escape what hits all at once.
            return end_everything();
        }
        match self.entries.get(&channel) {
            Some(Entry::Process(process)) => process.signal(number),
            Some(Entry::Taking(_) | Entry::Giving(_)) => drop(self.entries.remove(&channel)),
            // It may have left something behind.
            None if kills => processes::end_all(channel),
            None => {}
        }
    }

    /// Whether there is nothing that another channel started.
    fn is_alone(&self, channel: Channel) -> bool {
        let others = || self.entries.iter().filter(|(other, _)| **other != channel);
        !matches!(self.entries.get(&channel), Some(Entry::Taking(_) | Entry::Giving(_)))
            && !others().any(|(_, entry)| matches!(entry, Entry::Process(_)))
    }

    fn began(&mut self, channel: Channel, entry: std::io::Result<Entry>, what: &str) {
        match entry {
            Ok(entry) => drop(self.entries.insert(channel, entry)),
            Err(error) => self.fail(channel, format!("{what}: {error}.")),
        }
    }

    fn fail(&self, channel: Channel, why: String) {
        self.say(Guest::Failed(channel, why));
    }

    /// Says something without waiting: the host may be busy saying something itself.
    fn say(&self, frame: Guest) {
        let out = self.out.clone();
        tokio::spawn(async move { out.send(frame).await });
    }

    fn ended(&mut self, pid: Pid, status: i32) {
        for entry in self.entries.values_mut() {
            if let Entry::Process(process) = entry {
                process.ended(pid, status);
            }
        }
    }

    /// Looks whether there is too much in memory.
    fn look(&mut self) {
        if self.watch.as_mut().is_some_and(Watch::look) {
            self.memory_ran_out();
        }
    }

    /// Ends everything because there is too much in memory.
    fn memory_ran_out(&mut self) {
        for entry in self.entries.values_mut() {
            if let Entry::Process(process) = entry {
                process.memory_ran_out();
            }
        }
        self.killed = Some(Instant::now());
        end_everything();
    }
}
