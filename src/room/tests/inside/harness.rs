//! A sandbox with the program in it, and the host's half of the conversation.

use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use room::frame::Frame as _;
use room::{Channel, Exit, Guest, Host, Mount, Ready, Setup, Size, Source, Spawn, VERSION, frame};
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;

/// Bubblewrap's arguments, as a room would give them.
const WALLS: &str = "--unshare-all --unshare-user --disable-userns --as-pid-1 --die-with-parent --new-session
    --uid 65532 --gid 65532 --cap-add CAP_SYS_ADMIN --cap-add CAP_SETPCAP --clearenv
    --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64
    --ro-bind /etc/alternatives /etc/alternatives --proc /proc --dev /dev --dir /work --dir /home/guest --dir /tmp
    --perms 0111 --ro-bind-data 9 /room --remount-ro /dev";

/// An open sandbox. Dropping it closes the streams, which ends it.
pub(crate) struct Inside {
    child: std::process::Child,
    input: pipe::Sender,
    output: pipe::Receiver,
    /// What was said of other channels than the one that was asked for.
    waiting: HashMap<Channel, Vec<Guest>>,
    /// Channels of which standard error is known to have ended.
    no_errors: HashSet<Channel>,
    /// What came after the line that was waited for.
    unread: HashMap<Channel, String>,
    next: Channel,
}

/// What a command wrote and how it ended.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) output: String,
    pub(crate) error: String,
    pub(crate) exit: Option<Exit>,
}

impl Ran {
    pub(crate) fn status(&self) -> i32 {
        self.exit.expect("an exit").status
    }
}

/// Whether there is bubblewrap. Where tests must be complete, there must be.
pub(crate) fn able() -> bool {
    let there = Command::new("bwrap").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "bubblewrap is missing");
    if !there {
        println!("skipped: bubblewrap is missing");
    }
    there
}

pub(crate) fn setup() -> Setup {
    let mount = |path: &str, programs| Mount { path: path.into(), bytes: 64 << 20, inodes: 4096, programs };
    Setup {
        version: VERSION,
        mounts: vec![mount("/work", true), mount("/tmp", false), mount("/home/guest", false)],
        open_files: 256,
        file_bytes: 32 << 20,
        pids: 64,
        watched_memory_bytes: None,
        processors: None,
        proxy: false,
    }
}

pub(crate) fn sh(script: &str) -> Spawn {
    Spawn {
        command: ["sh", "-c", script].map(String::from).to_vec(),
        environment: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("WHO".into(), "guest".into())],
        folder: "/work".into(),
        terminal: None,
    }
}

pub(crate) fn on_terminal(script: &str, columns: u16, rows: u16) -> Spawn {
    Spawn { terminal: Some(Size { columns, rows }), ..sh(script) }
}

/// A frame as it is written.
pub(crate) fn bytes(said: &Host) -> Vec<u8> {
    let (kind, channel, body) = said.parts().unwrap();
    let length = u32::try_from(body.len()).unwrap();
    [&[kind], &channel.to_le_bytes()[..], &length.to_le_bytes(), &body].concat()
}

impl Inside {
    /// A sandbox that is set up; none where there is no bubblewrap.
    pub(crate) async fn open() -> Option<Self> {
        Self::open_with(setup(), "").await.map(|(inside, _)| inside)
    }

    /// A sandbox with this setup and more of bubblewrap's arguments.
    pub(crate) async fn open_with(setup: Setup, more: &str) -> Option<(Self, Ready)> {
        let mut inside = Self::wall(more)?;
        inside.say(Host::Setup(setup)).await;
        match inside.hear_any().await {
            Guest::Ready(ready) => Some((inside, ready)),
            other => panic!("{other:?}"),
        }
    }

    /// A sandbox that waits for its setup.
    pub(crate) fn wall(more: &str) -> Option<Self> {
        if !able() {
            return None;
        }
        let program = env!("CARGO_BIN_EXE_room");
        // Root outside must be nobody inside.
        let drop =
            if nix::unistd::getuid().is_root() { "setpriv --reuid 62001 --regid 62001 --clear-groups" } else { "" };
        let script = format!(
            "exec 9<{program}; exec {drop} bwrap {} {more} --remount-ro / -- /room init",
            WALLS.replace('\n', " ")
        );
        let mut child =
            Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = OwnedFd::from(child.stdin.take().unwrap());
        let output = OwnedFd::from(child.stdout.take().unwrap());
        Some(Self {
            child,
            input: pipe::Sender::from_owned_fd(input).unwrap(),
            output: pipe::Receiver::from_owned_fd(output).unwrap(),
            waiting: HashMap::new(),
            no_errors: HashSet::new(),
            unread: HashMap::new(),
            next: 1,
        })
    }

    pub(crate) fn channel(&mut self) -> Channel {
        self.next += 1;
        self.next
    }

    pub(crate) async fn say(&mut self, said: Host) {
        frame::write(&mut self.input, &said).await.unwrap();
    }

    pub(crate) async fn say_bytes(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).await.unwrap();
    }

    /// The next thing that is said, of whichever channel.
    pub(crate) async fn hear_any(&mut self) -> Guest {
        self.hear_end().await.expect("the sandbox ended")
    }

    /// The next thing that is said; none at the end.
    pub(crate) async fn hear_end(&mut self) -> Option<Guest> {
        let soon = std::time::Duration::from_secs(60);
        tokio::time::timeout(soon, frame::read(&mut self.output)).await.expect("something within a minute").unwrap()
    }

    /// The next thing that is said of this channel; output is not taken.
    pub(crate) async fn hear(&mut self, channel: Channel) -> Guest {
        loop {
            if let Some(waiting) = self.waiting.get_mut(&channel)
                && !waiting.is_empty()
            {
                return waiting.remove(0);
            }
            let said = self.hear_any().await;
            let about = match &said {
                Guest::Ready(_) => 0,
                Guest::Started(channel)
                | Guest::Output(channel, ..)
                | Guest::Exit(channel, _)
                | Guest::Done(channel)
                | Guest::Failed(channel, _)
                | Guest::Usage(channel, _)
                | Guest::Taken(channel, _) => *channel,
            };
            self.waiting.entry(about).or_default().push(said);
        }
    }

    /// Has what was said of a channel said once more, before anything new.
    pub(crate) fn hear_again(&mut self, channel: Channel, said: Vec<Guest>) {
        self.waiting.entry(channel).or_default().splice(0..0, said);
    }

    pub(crate) async fn start(&mut self, spawn: Spawn) -> Channel {
        let channel = self.channel();
        self.say(Host::Spawn(channel, spawn)).await;
        assert_eq!(self.hear(channel).await, Guest::Started(channel));
        channel
    }

    /// Follows a command to its end, taking all it writes.
    pub(crate) async fn end(&mut self, channel: Channel) -> Ran {
        let mut ran = Ran { output: self.unread.remove(&channel).unwrap_or_default(), ..Ran::default() };
        let mut open = if self.no_errors.contains(&channel) { 2 } else { 3 };
        while open > 0 {
            match self.hear(channel).await {
                Guest::Output(_, _, bytes) if bytes.is_empty() => open -= 1,
                Guest::Output(_, source, bytes) => {
                    let text = String::from_utf8_lossy(&bytes);
                    match source {
                        Source::Output => ran.output.push_str(&text),
                        Source::Error => ran.error.push_str(&text),
                    }
                    let count = u32::try_from(bytes.len()).unwrap();
                    self.say(Host::Taken(channel, source, count)).await;
                }
                Guest::Exit(_, exit) => {
                    ran.exit = Some(exit);
                    open -= 1;
                }
                Guest::Taken(..) => {}
                other => panic!("{other:?}"),
            }
        }
        ran
    }

    /// Runs a script to its end, with no input.
    pub(crate) async fn run(&mut self, script: &str) -> Ran {
        let channel = self.start(sh(script)).await;
        self.say(Host::Input(channel, vec![])).await;
        self.end(channel).await
    }

    /// Whether a tool is there; says so when it is not, and where tests must be complete, it must be.
    pub(crate) async fn has(&mut self, tool: &str) -> bool {
        let there = self.run(&format!("command -v {tool}")).await.status() == 0;
        assert!(there || std::env::var_os("CI").is_none(), "{tool} is missing");
        if !there {
            println!("skipped: {tool} is missing");
        }
        there
    }

    /// Runs a program in Python to its end; none where there is no Python.
    pub(crate) async fn python(&mut self, program: &str) -> Option<Ran> {
        if !self.has("python3").await {
            return None;
        }
        let command = ["python3", "-c", program].map(String::from).to_vec();
        let channel = self.start(Spawn { command, ..sh("") }).await;
        Some(self.end(channel).await)
    }

    /// Waits for a whole line of output that begins like this; what comes after it is kept.
    pub(crate) async fn line(&mut self, channel: Channel, begin: &str) -> String {
        loop {
            let text = self.unread.entry(channel).or_default();
            while let Some((line, rest)) = text.split_once('\n') {
                let (line, rest) = (line.trim_end().to_owned(), rest.to_owned());
                *text = rest;
                if line.starts_with(begin) {
                    return line;
                }
            }
            match self.hear(channel).await {
                Guest::Output(_, Source::Error, _) => drop(self.no_errors.insert(channel)),
                Guest::Output(_, source, bytes) if !bytes.is_empty() => {
                    let text = String::from_utf8_lossy(&bytes);
                    self.unread.entry(channel).or_default().push_str(&text);
                    self.say(Host::Taken(channel, source, u32::try_from(bytes.len()).unwrap())).await;
                }
                Guest::Taken(..) => {}
                other => panic!("{other:?} before {begin:?}"),
            }
        }
    }

    /// The number of the sandbox's first process, on the host.
    pub(crate) fn first_process(&self) -> u32 {
        let outer = self.child.id();
        let path = format!("/proc/{outer}/task/{outer}/children");
        std::fs::read_to_string(path).unwrap().split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Lets go: closes the stream and waits until everything has ended.
    pub(crate) fn let_go(self) -> std::process::ExitStatus {
        let Self { mut child, input, output, .. } = self;
        drop((input, output));
        child.wait().unwrap()
    }
}
