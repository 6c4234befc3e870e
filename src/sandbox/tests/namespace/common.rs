//! What the tests share: rooms, sandboxes, commands, and looking at what is left of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use domain::sandbox::{Preset, Profile};
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::rooms::{Image, Order, Room};
use sandbox::{Limit, Outcome, Sandbox, Source, Spawn, execute};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Tests that look at the clock have the machine to themselves: the others share this.
static MACHINE: LazyLock<Arc<RwLock<()>>> = LazyLock::new(Arc::default);

/// A room of a node that no other test has.
pub(crate) struct Place {
    pub(crate) room: Arc<dyn Room>,
    pub(crate) node: String,
    /// Whether the kernel limits memory.
    pub(crate) grouped: bool,
    _folder: Arc<tempfile::TempDir>,
    _machine: Arc<Machine>,
}

/// The rooms that can be had here: with control groups, and without. None without bubblewrap.
pub(crate) async fn places() -> Vec<Place> {
    let shared = MACHINE.clone().read_owned().await;
    all_places(Machine::Shared(shared))
}

/// The same, for a test that looks at the clock.
pub(crate) async fn quiet_places() -> Vec<Place> {
    let alone = MACHINE.clone().write_owned().await;
    all_places(Machine::Alone(alone))
}

/// Holds the machine, as long as it lives.
pub(crate) enum Machine {
    Shared(#[expect(dead_code, reason = "held")] OwnedRwLockReadGuard<()>),
    Alone(#[expect(dead_code, reason = "held")] OwnedRwLockWriteGuard<()>),
}

/// The whole machine, for a test that is not asynchronous.
pub(crate) fn machine() -> impl Drop {
    MACHINE.blocking_write()
}

fn all_places(machine: Machine) -> Vec<Place> {
    let machine = Arc::new(machine);
    let Some(bubblewrap) = bubblewrap() else {
        assert!(std::env::var_os("CI").is_none(), "CI needs bubblewrap");
        println!("skipped: bubblewrap is not installed");
        return Vec::new();
    };
    let mut places = vec![place(&bubblewrap, Groups::none(), machine.clone())];
    let groups = Groups::find();
    if groups.limit_memory() && groups.limit_pids() {
        places.push(place(&bubblewrap, groups, machine));
    } else {
        println!("skipped: no control groups that this user may make");
    }
    places
}

fn place(bubblewrap: &Path, groups: Groups, machine: Arc<Machine>) -> Place {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let grouped = groups.limit_memory();
    let room = Arc::new(NamespaceRoom::new(folder.path(), bubblewrap.to_owned(), groups).unwrap());
    Place {
        room,
        node: format!("test-{}-{}", std::process::id(), number()),
        grouped,
        _folder: folder,
        _machine: machine,
    }
}

pub(crate) fn bubblewrap() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("bwrap")).find(|path| path.is_file())
}

/// A number that nothing else has in this run of the tests.
pub(crate) fn number() -> u32 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

impl Place {
    /// The same room, for another node.
    pub(crate) fn of_node(&self, node: String) -> Self {
        Self {
            room: self.room.clone(),
            node,
            grouped: self.grouped,
            _folder: self._folder.clone(),
            _machine: self._machine.clone(),
        }
    }

    pub(crate) fn order(&self, profile: Profile) -> Order {
        let id = Uuid::from_u64_pair(std::process::id().into(), number().into());
        let (node, purpose) = (self.node.clone(), "test".to_owned());
        Order { id, node, purpose, profile, image: Image::Helper, proxy: None, tools: Vec::new() }
    }

    /// A sandbox as for a run.
    pub(crate) async fn open(&self) -> Sandbox {
        self.open_with(Preset::Run.profile()).await
    }

    pub(crate) async fn open_with(&self, profile: Profile) -> Sandbox {
        Sandbox::open(self.room.clone(), self.order(profile)).await.unwrap()
    }

    /// What is left of this node's sandboxes on the host: processes and control groups.
    pub(crate) fn left(&self) -> Vec<String> {
        let mark = format!("tatwats-sandbox:{}:", self.node);
        let marked = processes(|line| line.starts_with(&mark));
        let mut left: Vec<String> = marked.into_iter().map(|pid| format!("process {pid}")).collect();
        let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
        let name = format!("tatwats-{}-", self.node);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(&name) {
                    left.push(entry.path().display().to_string());
                } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                }
            }
        }
        left
    }

    /// Waits until nothing is left of this node's sandboxes.
    pub(crate) async fn nothing_left(&self) {
        until("nothing is left", || self.left().is_empty()).await;
    }
}

/// The processes whose arguments, joined by spaces, are like that.
pub(crate) fn processes(like: impl Fn(&str) -> bool) -> Vec<i32> {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        like(&String::from_utf8_lossy(&line).replace('\0', " "))
    })
    .collect()
}

/// Waits until it is so.
pub(crate) async fn until(what: &str, so: impl Fn() -> bool) {
    let by = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < by, "waited in vain until {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn command(words: &[&str]) -> Spawn {
    Spawn {
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), "/home/guest".into())],
        folder: "/work".into(),
        terminal: None,
    }
}

pub(crate) fn sh(script: &str) -> Spawn {
    command(&["sh", "-c", script])
}

pub(crate) const LIMIT: Limit = Limit { seconds: 10, output_bytes: 1 << 20 };

/// Runs it and gives everything it wrote, as text.
pub(crate) async fn run(sandbox: &Sandbox, spawn: Spawn, limit: &Limit) -> (Outcome, String) {
    let mut all = Vec::new();
    let sink = |_: Source, bytes: &[u8]| all.extend_from_slice(bytes);
    let outcome = execute(sandbox, spawn, limit, &CancellationToken::new(), sink).await;
    (outcome, String::from_utf8_lossy(&all).into_owned())
}
