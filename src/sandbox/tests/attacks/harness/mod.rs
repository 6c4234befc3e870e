//! What all cases are made with: a case in a room, an attack in a sandbox, and what must hold after each.

pub(crate) mod attack;
pub(crate) mod engine;
pub(crate) mod host;
pub(crate) mod rooms;
mod traces;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::{Network, Profile, RoomKind, Verdict};
use sandbox::Sandbox;
use sandbox::rooms::{Image, Order, Room};
use tempfile::TempDir;
use tokio::sync::RwLock;
use tokio::time::Instant;

pub(crate) use attack::{Attack, Seen, in_time};
pub(crate) use traces::Traces;

/// How long after its time was up a run may still be there.
pub(crate) const GRACE: Duration = Duration::from_millis(100);
/// How long the host may take to make a sandbox and run something trivial in it, on a machine that is busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What the sandboxes of most cases have: little, so that floods are short.
pub(crate) const SMALL: Profile = Profile {
    memory_bytes: 64 << 20,
    cpu_millis: 1000,
    pids: 32,
    open_files: 128,
    file_bytes: 16 << 20,
    work_bytes: 16 << 20,
    tmp_bytes: 4 << 20,
    inodes: 500,
    output_bytes: 256 << 10,
    seconds: 3,
    network: Network::None,
};

/// One case in one room.
pub(crate) struct Case {
    pub(crate) room: Arc<dyn Room>,
    pub(crate) kind: RoomKind,
    /// The server that its sandboxes belong to: there is no other case with that name.
    pub(crate) node: String,
    /// A folder of the host.
    pub(crate) state: TempDir,
}

impl Case {
    /// None where there is no such room, which is told.
    pub(crate) async fn begin(kind: RoomKind) -> Option<Self> {
        Self::of_node(kind, format!("attacked-{}", host::random().simple())).await
    }

    /// The same, as the server of that name.
    pub(crate) async fn of_node(kind: RoomKind, node: String) -> Option<Self> {
        attack::program()?;
        let state = tempfile::tempdir().unwrap();
        let room = rooms::room(kind).await?;
        Some(Self { room, kind, node, state })
    }

    /// In a room of its own.
    pub(crate) fn in_room(room: Arc<dyn Room>) -> Self {
        let node = format!("attacked-{}", host::random().simple());
        Self { kind: room.kind(), room, node, state: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn order(&self, profile: Profile) -> Order {
        Order {
            id: host::random(),
            node: self.node.clone(),
            purpose: "an attack".into(),
            profile,
            image: Image::Helper,
            proxy: None,
            tools: Vec::new(),
        }
    }

    /// A sandbox with the attacks in it.
    pub(crate) async fn open(&self, profile: Profile) -> Sandbox {
        self.open_order(self.order(profile)).await
    }

    /// The same, made as ordered.
    pub(crate) async fn open_order(&self, order: Order) -> Sandbox {
        let sandbox = Sandbox::open(self.room.clone(), order).await.unwrap();
        sandbox.put("/work", attack::program().unwrap().as_slice()).await.unwrap();
        sandbox
    }

    /// `attack NAME WORD…`, in a sandbox of its own.
    pub(crate) fn attack(&self, words: &str) -> Attack<'_> {
        Attack::new(self, words)
    }

    /// Something that tries one thing after the other, each of which must be refused.
    pub(crate) async fn probe(&self, words: &str) -> Seen {
        let seen = self.attack(words).run().await;
        seen.held();
        seen
    }

    /// After an attack: the host answers, the sandbox can be ended, and nothing of it is left.
    pub(crate) async fn close(&self, sandbox: Sandbox) {
        self.still_answers().await;
        let traces = Traces::of(&sandbox);
        sandbox.end().await.unwrap();
        traces.gone().await;
    }

    /// The host makes another sandbox, in which something trivial runs.
    pub(crate) async fn still_answers(&self) {
        let begun = Instant::now();
        let sandbox = self.open(SMALL).await;
        let seen = self.attack("trivial").run_in(&sandbox).await;
        assert_eq!((seen.outcome.verdict, seen.text().as_str()), (Verdict::Ok, "here\n"), "{:?}", seen.outcome);
        let traces = Traces::of(&sandbox);
        sandbox.end().await.unwrap();
        traces.gone().await;
        assert!(begun.elapsed() < ANSWERS_WITHIN, "the host answered after {:?}", begun.elapsed());
    }

    /// At the end: nothing of this server is left to be cleared away.
    pub(crate) async fn finish(self) {
        assert_eq!(self.room.clear(&self.node, &|_| false).await.unwrap(), 0, "sandboxes that were left behind");
        rooms::kept_nothing(self.kind);
    }
}

/// Tells that a case cannot run, or fails where everything must.
pub(crate) fn skipped(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "missing, and CI is set: {what}");
    println!("skipped: {what}");
}

/// The program of that name on this machine's `PATH`, or where administrators' programs are.
pub(crate) fn on_path(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut folders = path.split(':').chain(["/usr/sbin", "/sbin"]).map(|folder| Path::new(folder).join(program));
    folders.find(|path| path.is_file())
}

/// Cases run beside each other, but for those that take all processors and are measured by the clock.
pub(crate) static TURNS: RwLock<()> = RwLock::const_new(());

/// Makes a test in each room out of one body.
macro_rules! in_both {
    ($($(#[$meta:meta])* async fn $name:ident($case:ident: Case) $body:block)+) => {
        $($crate::harness::in_both! { read $(#[$meta])* async fn $name($case: Case) $body })+
    };
    ($turn:ident $(#[$meta:meta])* async fn $name:ident($case:ident: Case) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every case needs what its neighbours do")]
            use super::*;
            use domain::sandbox::RoomKind;

            async fn body($case: &crate::harness::Case) $body

            async fn in_room(kind: RoomKind) {
                if let Some(case) = crate::harness::Case::begin(kind).await {
                    let _turn = crate::harness::TURNS.$turn().await;
                    body(&case).await;
                    case.finish().await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn namespace() {
                in_room(RoomKind::Namespace).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn docker() {
                in_room(RoomKind::Docker).await;
            }
        }
    };
}
pub(crate) use in_both;

/// The same for cases that have the machine to themselves.
macro_rules! in_both_alone {
    ($($(#[$meta:meta])* async fn $name:ident($case:ident: Case) $body:block)+) => {
        $($crate::harness::in_both! { write $(#[$meta])* async fn $name($case: Case) $body })+
    };
}
pub(crate) use in_both_alone;

/// For cases that only try things: a test in each room for each of them.
macro_rules! probes {
    ($($(#[$meta:meta])* $name:ident: $words:expr;)+) => {
        $crate::harness::in_both! {$(
            $(#[$meta])*
            async fn $name(case: Case) {
                case.probe($words).await;
            }
        )+}
    };
}
pub(crate) use probes;
