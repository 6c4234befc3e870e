//! What the tests share: a store with a project, sandboxes, and runs in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::{Preset, RoomKind};
use domain::{Actor, Project, ProjectId, Role, Run, RunId};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use runs::{Files, NewRun, Runs, Seen, Settings, Tar, Work};
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::rooms::{Keep, Opened, Order, Room};
use sandbox::{Fault, Options, Sandboxes, archive};
use store::Store;
use store::commands::{BeginProject, CreateUser, FinishProject};
use store::testing::{TestStore, owner};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Longer than anything here should take, on a busy machine too.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The runs of a server.
pub(crate) struct Hall {
    pub(crate) store: Store,
    pub(crate) runs: Runs,
    pub(crate) sandboxes: Sandboxes,
    pub(crate) project: ProjectId,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    database: Option<TestStore>,
    /// Everything that is not in the database: kept as long as this is.
    _folder: Arc<tempfile::TempDir>,
}

impl Hall {
    /// With sandboxes by namespaces; none where there is no bubblewrap.
    pub(crate) async fn open(at_once: usize) -> Option<Self> {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let sandboxes = namespaces(folder.path())?;
        Some(Self::with(sandboxes, at_once, folder).await)
    }

    /// With these sandboxes.
    pub(crate) async fn with(sandboxes: Sandboxes, at_once: usize, folder: Arc<tempfile::TempDir>) -> Self {
        let database = TestStore::sqlite().await;
        let project = project(&database.store).await;
        let mut hall = Self::over(database.store.clone(), project, sandboxes, at_once, folder).await;
        hall.database = Some(database);
        hall
    }

    /// Over a store that belongs to the test.
    pub(crate) async fn over(
        store: Store,
        project: ProjectId,
        sandboxes: Sandboxes,
        at_once: usize,
        folder: Arc<tempfile::TempDir>,
    ) -> Self {
        let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
        let settings = Settings { folder: folder.path().join("runs"), at_once };
        let runs = Runs::start(store.clone(), sandboxes.clone(), settings, shutdown.clone(), tracker.clone());
        let runs = runs.await.unwrap();
        Self { store, runs, sandboxes, project, shutdown, tracker, database: None, _folder: folder }
    }

    /// A short command.
    pub(crate) fn new_run(&self, command: &str) -> NewRun {
        NewRun {
            project: self.project,
            command: command.into(),
            preset: Preset::Run,
            terminal: None,
            seconds: Some(60),
            task: None,
            conversation: None,
        }
    }

    pub(crate) async fn begin(&self, command: &str) -> Run {
        self.runs.begin(&owner(), self.new_run(command), Work::on(files())).await.unwrap()
    }

    pub(crate) async fn finished(&self, run: RunId) -> Run {
        timeout(LONG, self.runs.finished(run)).await.expect("it does not end").unwrap()
    }

    /// A command from its beginning to its end, with what it wrote.
    pub(crate) async fn done(&self, new: NewRun) -> (Run, String) {
        let run = self.runs.begin(&owner(), new, Work::on(files())).await.unwrap();
        let run = self.finished(run.id).await;
        let bytes = self.runs.output(run.id, 0).await.unwrap();
        (run, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Waits until a run has written this.
    pub(crate) async fn wrote(&self, run: RunId, words: &str) {
        let mut watch = self.runs.watch(run, 0).await.unwrap();
        let mut all = String::new();
        while !all.contains(words) {
            let seen = timeout(LONG, watch.next()).await.expect("it writes nothing").unwrap();
            match seen.unwrap_or_else(|| panic!("it ended with {all:?}")) {
                Seen::Output(bytes) => all.push_str(&String::from_utf8_lossy(&bytes)),
                Seen::Run(_) | Seen::Position(_) => {}
            }
        }
    }

    /// A user with a role.
    pub(crate) async fn person(&self, name: &str, role: Option<Role>) -> Actor {
        let name: domain::UserName = name.parse().unwrap();
        let create = CreateUser { name: name.clone(), display_name: "Someone".into(), role, password: None };
        self.store.run(&owner(), create).await.unwrap();
        Actor::user(name)
    }

    /// As the server ends.
    pub(crate) async fn shut_down(&self) {
        self.shutdown.cancel();
        self.tracker.close();
        timeout(LONG, self.tracker.wait()).await.expect("the runs do not end");
    }

    pub(crate) async fn close(self) {
        self.shut_down().await;
        self.sandboxes.close().await;
        if let Some(database) = self.database {
            database.finish().await;
        }
    }
}

/// Sandboxes by namespaces, of the node that the tests' stores have.
pub(crate) fn namespaces(folder: &Path) -> Option<Sandboxes> {
    let Some(bubblewrap) = bubblewrap() else {
        assert!(std::env::var_os("CI").is_none(), "CI needs bubblewrap");
        println!("skipped: bubblewrap is not installed");
        return None;
    };
    let room = NamespaceRoom::new(folder, bubblewrap, Groups::find()).unwrap();
    Some(in_room(Arc::new(room), folder))
}

/// Sandboxes in this room, of a node that no other test has.
pub(crate) fn in_room(room: Arc<dyn Room>, folder: &Path) -> Sandboxes {
    let node = folder.file_name().unwrap().to_string_lossy().into_owned();
    let options = Options { node, folder: folder.join("sandboxes"), ..Options::default() };
    #[allow(clippy::disallowed_methods, reason = "whose sandbox it is in a test is nobody's time")]
    Sandboxes::new(room, "a test wants it.", options, Uuid::now_v7)
}

fn bubblewrap() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("bwrap")).find(|path| path.is_file())
}

/// A whole project.
pub(crate) async fn project(store: &Store) -> ProjectId {
    let begin = BeginProject {
        slug: "pod-tracker".parse().unwrap(),
        title: "Pod Tracker".into(),
        brief: String::new(),
        template: "pwa".into(),
        template_version: "1".into(),
        steps: Vec::new(),
        conversation: None,
        message: None,
    };
    let begun = store.run(&owner(), begin).await.unwrap();
    let Project { id, .. } = begun.project;
    let finish = FinishProject { project: id, task: begun.task.id, commit: "0".repeat(40), files: 1 };
    store.run(&owner(), finish).await.unwrap();
    id
}

/// The files that commands find: one, which says hello.
pub(crate) fn files() -> Files {
    Arc::new(|| {
        async {
            let bytes = archive::files([("hello.txt", b"hello\n".as_slice())])?;
            Ok(Box::new(std::io::Cursor::new(bytes)) as Tar)
        }
        .boxed()
    })
}

/// A room in which nothing ever gets ready.
#[derive(Debug)]
pub(crate) struct Never;

impl Room for Never {
    fn kind(&self) -> RoomKind {
        RoomKind::Namespace
    }

    fn open<'a>(&'a self, _: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>> {
        std::future::pending().boxed()
    }

    fn clear<'a>(&'a self, _: &'a str, _: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>> {
        std::future::ready(Ok(0)).boxed()
    }
}

/// A room in which nothing can be made, for this reason.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) fn() -> Fault);

impl Room for Broken {
    fn kind(&self) -> RoomKind {
        RoomKind::Docker
    }

    fn open<'a>(&'a self, _: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>> {
        std::future::ready(Err((self.0)())).boxed()
    }

    fn clear<'a>(&'a self, _: &'a str, _: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>> {
        std::future::ready(Ok(0)).boxed()
    }
}
