//! Templates with commands: in real sandboxes, to a whole project or to none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::Verdict;
use domain::{ErrorCode, Project, ProjectStatus, Role, RunState, Task, TaskState};
use runs::{Seen, Settings};
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::{Options, Sandboxes};
use store::commands::{Begun, CancelTask, CreateUser, SetPolicy};
use store::testing::{TestStore, owner};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::*;
use crate::template::{Tool, page};
use crate::testing::{git, name};
use crate::{Origin, Projects};

/// Longer than anything here should take, on a busy machine too.
const LONG: Duration = Duration::from_secs(60);

struct Yard {
    projects: Projects,
    runs: Runs,
    database: TestStore,
    sandboxes: Sandboxes,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    _folder: tempfile::TempDir,
}

impl Yard {
    /// With sandboxes by namespaces; none where there is no bubblewrap.
    async fn open() -> Option<Self> {
        let Some(bubblewrap) = bubblewrap() else {
            assert!(std::env::var_os("CI").is_none(), "CI needs bubblewrap");
            println!("skipped: bubblewrap is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let room = NamespaceRoom::new(folder.path(), bubblewrap, Groups::find()).unwrap();
        let node = folder.path().file_name().unwrap().to_string_lossy().into_owned();
        let options = Options { node, folder: folder.path().join("sandboxes"), ..Options::default() };
        let database = TestStore::sqlite().await;
        let ids = database.store.clone();
        let sandboxes = Sandboxes::new(Arc::new(room), "a test wants it.", options, move || ids.new_id());
        Some(Self::with(sandboxes, database, folder).await)
    }

    async fn with(sandboxes: Sandboxes, database: TestStore, folder: tempfile::TempDir) -> Self {
        let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
        let settings = Settings { folder: folder.path().join("runs"), at_once: 2 };
        let store = database.store.clone();
        let runs = Runs::start(store.clone(), sandboxes.clone(), settings, shutdown.clone(), tracker.clone());
        let runs = runs.await.unwrap();
        let projects = Projects::new(store, folder.path().join("projects")).with_runs(runs.clone());
        Self { projects, runs, database, sandboxes, shutdown, tracker, _folder: folder }
    }

    async fn begin(&self, slug: &str, template: Template) -> domain::Result<Begun> {
        let template = Box::leak(Box::new(template));
        self.projects.make_from(&owner(), name(slug), template, Origin::default()).await
    }

    /// Makes a project from a template that can be used, and waits for what becomes of it.
    async fn make(&self, slug: &str, template: Template) -> (domain::Result<Project>, Task) {
        let begun = self.begin(slug, template).await.unwrap();
        let made = timeout(LONG, self.projects.finished(&begun)).await.expect("it does not end");
        (made, self.database.store.task(begun.task.id).await.unwrap().unwrap())
    }

    /// The runs of a task.
    async fn runs_of(&self, task: &Task) -> Vec<Run> {
        let runs = self.database.store.view(&owner()).runs(10).await.unwrap();
        runs.into_iter().filter(|run| run.task == Some(task.id)).collect()
    }

    fn place(&self, slug: &str) -> PathBuf {
        self.projects.root().join(slug)
    }

    /// Neither a project nor a row nor anything in staging.
    async fn nothing_is_left(&self, slug: &str) {
        assert!(!self.place(slug).exists());
        assert!(self.database.store.project(&slug.parse().unwrap()).await.unwrap().is_none());
        let staging = fs::read_dir(self.projects.root().join(".staging")).map_or(0, Iterator::count);
        assert_eq!(staging, 0, "something is left in staging");
    }

    async fn close(self) {
        self.projects.close().await;
        self.shutdown.cancel();
        self.tracker.close();
        timeout(LONG, self.tracker.wait()).await.expect("the runs do not end");
        self.sandboxes.close().await;
        self.database.finish().await;
    }
}

fn bubblewrap() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("bwrap")).find(|path| path.is_file())
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

#[tokio::test]
async fn what_commands_make_is_in_place_and_what_is_ignored_is_in_no_commit() {
    let Some(yard) = Yard::open().await else { return };
    let commands = &[
        "mkdir dist node_modules && echo fetched > node_modules/one",
        "cp index.html dist/ && ln -s nowhere dist/later && echo made > new.txt && echo built",
    ];
    let (made, task) = yard.make("pod-tracker", page(commands, &[])).await;
    let (made, place) = (made.unwrap(), yard.place("pod-tracker"));
    assert_eq!(read(&place, "dist/index.html"), "<h1>Pod Tracker</h1>\n");
    assert_eq!(read(&place, "new.txt"), "made\n");
    assert!(!place.join("node_modules").exists());
    assert_eq!(git(&place, &["ls-files"]), ".gitignore\nindex.html\nnew.txt");
    assert_eq!(git(&place, &["status", "--porcelain"]), "");
    assert_eq!((made.status, made.files), (ProjectStatus::Ready, 3));

    let titles: Vec<&str> = task.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(titles[..4], ["Check the name", "Write 2 files", "Install and build", "Create repository"]);
    assert_eq!((titles.len(), task.state), (6, TaskState::Completed));
    let [run] = &yard.runs_of(&task).await[..] else { panic!("not one run") };
    assert_eq!((run.verdict, run.project, run.preset), (Some(Verdict::Ok), made.id, Preset::Build));
    assert_eq!(run.command, commands.join(" && "));
    assert_eq!(yard.runs.output(run.id, 0).await.unwrap(), "built\n");
    yard.close().await;
}

#[tokio::test]
async fn a_command_that_fails_leaves_nothing_and_says_how_it_ended() {
    let Some(yard) = Yard::open().await else { return };
    let commands = &["mkdir dist", r"printf '\033[31mno such page\033[0m\n' >&2; exit 3"];
    let (made, task) = yard.make("pods", page(commands, &[])).await;
    let said = made.unwrap_err().message;
    assert!(said.starts_with("mkdir dist && "), "{said}");
    assert!(said.ends_with("ended with status 3. It wrote last: no such page"), "{said}");
    assert_eq!((task.state, task.error), (TaskState::Failed, Some(said)));
    assert_eq!(task.steps[2].state, domain::StepState::Failed);
    yard.nothing_is_left("pods").await;
    let (made, _) = yard.make("pods", page(&["mkdir dist"], &[])).await;
    assert_eq!(made.unwrap().status, ProjectStatus::Ready, "the name is free again");
    yard.close().await;
}

#[tokio::test]
async fn cancelling_the_task_ends_the_run() {
    let Some(yard) = Yard::open().await else { return };
    let begun = yard.begin("pods", page(&["echo begun; sleep 600"], &[])).await.unwrap();
    let run = timeout(LONG, async {
        let mut log = yard.database.store.log().watch();
        loop {
            if let Some(run) = yard.runs_of(&begun.task).await.pop() {
                break run;
            }
            log.changed().await.unwrap();
        }
    });
    let run = run.await.expect("no run is begun");
    let mut watch = yard.runs.watch(run.id, 0).await.unwrap();
    while !matches!(timeout(LONG, watch.next()).await.unwrap().unwrap(), Some(Seen::Output(_))) {}
    yard.database.store.run(&owner(), CancelTask { task: begun.task.id }).await.unwrap();
    let made = timeout(LONG, yard.projects.finished(&begun)).await.expect("it does not end");
    assert_eq!(made.unwrap_err().code, ErrorCode::Conflict);
    let run = yard.runs.finished(run.id).await.unwrap();
    assert_eq!((run.state, run.verdict), (RunState::Ended, Some(Verdict::Cancelled)));
    yard.projects.close().await;
    yard.nothing_is_left("pods").await;
    let task = yard.database.store.task(begun.task.id).await.unwrap().unwrap();
    assert_eq!(task.state, TaskState::Canceled);
    yard.close().await;
}

#[tokio::test]
async fn a_stopping_server_leaves_nothing_and_says_so() {
    let Some(yard) = Yard::open().await else { return };
    let begun = yard.begin("pods", page(&["sleep 600"], &[])).await.unwrap();
    yard.shutdown.cancel();
    let said = timeout(LONG, yard.projects.finished(&begun)).await.expect("it does not end").unwrap_err().message;
    assert!(said.contains("server"), "{said}");
    yard.projects.close().await;
    yard.nothing_is_left("pods").await;
    yard.close().await;
}

#[tokio::test]
async fn without_sandboxes_only_templates_with_commands_are_refused() {
    let (database, folder) = (TestStore::sqlite().await, tempfile::tempdir().unwrap());
    let none = Sandboxes::none("No engine answers.", "Install bubblewrap.");
    let yard = Yard::with(none, database, folder).await;
    let error = yard.begin("pods", page(&["true"], &[])).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Unavailable, Some("template")));
    assert_eq!(error.message, "There is no sandbox to run this in: No engine answers. Install bubblewrap.");
    yard.nothing_is_left("pods").await;
    let listed = yard.projects.templates().await;
    let missing: Vec<_> = listed.iter().map(|listed| (listed.template.name, listed.missing.as_deref())).collect();
    assert!(missing.contains(&("pwa", None)) && missing.contains(&("react", Some(&error.message))), "{missing:?}");
    let begun = yard.projects.make(&owner(), "pods", None, Origin::default()).await.unwrap();
    yard.projects.finished(&begun).await.unwrap();
    yard.close().await;
}

#[tokio::test]
async fn a_template_whose_tools_are_missing_is_refused_with_what_to_do() {
    let Some(yard) = Yard::open().await else { return };
    const NEEDS: &[Tool] = &[
        Tool { program: "sh", check: "sh -c true", fix: "Install a shell." },
        Tool { program: "loom", check: "loom --version", fix: "Install a loom." },
    ];
    let error = yard.begin("pods", page(&["true"], NEEDS)).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Unavailable, Some("template")));
    assert_eq!(error.message, "The template “pwa” needs what is not here: loom. Install a loom.");
    yard.nothing_is_left("pods").await;
    yard.close().await;
}

#[tokio::test]
async fn a_template_that_needs_more_than_a_build_may_have_waits_for_an_admin() {
    let Some(yard) = Yard::open().await else { return };
    let large = || {
        let mut template = page(&["mkdir dist"], &[]);
        template.limits.memory_bytes = Some(2 << 30);
        template
    };
    let error = yard.begin("pods", large()).await.unwrap_err();
    assert!(error.message.ends_with("tatwats sandbox policy set workshop --preset build --memory 2048MiB"), "{error}");
    let limits = [(Preset::Build, large().limits)].into();
    let subject = domain::PolicySubject::Workshop;
    yard.database
        .store
        .run(&owner(), SetPolicy { subject, limits, rules: Vec::new(), settings: Default::default() })
        .await
        .unwrap();
    let (made, _) = yard.make("pods", large()).await;
    assert_eq!(made.unwrap().status, ProjectStatus::Ready);
    yard.close().await;
}

#[tokio::test]
async fn who_may_run_nothing_makes_nothing_that_runs() {
    let Some(yard) = Yard::open().await else { return };
    let viewer: domain::UserName = "vera".parse().unwrap();
    let role = Some(Role::Viewer);
    let create = CreateUser { name: viewer.clone(), display_name: "Vera".into(), role, password: None };
    yard.database.store.run(&owner(), create).await.unwrap();
    let template = Box::leak(Box::new(page(&["true"], &[])));
    let asked = yard.projects.make_from(&Actor::user(viewer), name("pods"), template, Origin::default()).await;
    assert_eq!(asked.unwrap_err().code, ErrorCode::Forbidden);
    yard.nothing_is_left("pods").await;
    yard.close().await;
}
