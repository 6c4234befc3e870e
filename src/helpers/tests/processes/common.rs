//! A workshop with real helper processes, for one test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::projection::HelperEntry;
use domain::{
    Actor, Conversation, Cut, Decision, Delivery, DeliveryStatus, HelperName, Message, Party, Permission, PermissionId,
    PolicySubject, ProcessStatus, Project, Rule,
};
use helpers::{Helpers, ModelSettings, Pace, Settings};
use projects::{Origin, Projects};
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::{Options, Sandboxes};
use store::commands::{DecidePermission, OpenConversation, PostMessage, SetPolicy};
use store::testing::TestStore;
use store::{DeliveryFilter, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The program that stands in for the server.
pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_helpers-test-host");
/// The helpers that misbehave.
const MISBEHAVE: &str = env!("CARGO_BIN_EXE_helpers-test-misbehave");

/// The data folders of the workshops that were started; those of tests that are over are gone.
static WORKSHOPS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Longest wait for anything here. A machine under load may need a while; nothing is measured.
const DEADLINE: Duration = Duration::from_secs(180);

/// A pace at which a test need not wait long, and nothing is given up because the machine is slow.
pub(crate) fn quick() -> Pace {
    Pace {
        ping: Duration::from_secs(10),
        // Short enough that its reason is in the log when a wait has been in vain.
        begin: DEADLINE / 3,
        stalled_after: DEADLINE,
        measure: Duration::from_millis(200),
        patrol: Duration::from_millis(200),
        ..Pace::default()
    }
}

/// A workshop for one test.
pub(crate) struct Workshop {
    pub(crate) store: Store,
    pub(crate) helpers: Helpers,
    pub(crate) projects: Projects,
    pub(crate) data: TempDir,
    pub(crate) shutdown: CancellationToken,
    pub(crate) tracker: TaskTracker,
    _test_store: TestStore,
}

/// What a workshop begins with.
#[derive(Default)]
pub(crate) struct Setup {
    manifests: Vec<(String, String)>,
    files: Vec<(PathBuf, PathBuf)>,
    pace: Option<Pace>,
    model: Option<ModelSettings>,
    without_room: bool,
}

impl Setup {
    /// A helper with this manifest.
    pub(crate) fn helper(mut self, name: &str, manifest: &str) -> Self {
        self.manifests.push((name.into(), manifest.into()));
        self
    }

    /// A helper that misbehaves, with more lines of manifest.
    pub(crate) fn misbehaving(self, name: &str, how: &str, more: &str) -> Self {
        self.helper(name, &misbehaving(how, more))
    }

    /// With these files of this machine in the helper's folder, each by the name that it has there.
    pub(crate) fn files(mut self, name: &str, files: &[(PathBuf, &str)]) -> Self {
        self.files.extend(files.iter().map(|(from, to)| (from.clone(), Path::new(name).join(to))));
        self
    }

    pub(crate) fn pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    pub(crate) fn model(mut self, url: String) -> Self {
        self.model = Some(ModelSettings { url, name: "small".into(), key: Some("secret".into()) });
        self
    }

    /// Without any room to run helpers in.
    pub(crate) fn without_room(mut self) -> Self {
        self.without_room = true;
        self
    }

    /// None where there can be no sandboxes, which is said.
    pub(crate) async fn start(self) -> Option<Workshop> {
        if !self.without_room && !can_sandbox() {
            return None;
        }
        let test_store = TestStore::sqlite().await;
        let data = tempfile::tempdir().unwrap();
        WORKSHOPS.lock().unwrap().push(data.path().into());
        for (name, manifest) in &self.manifests {
            write_manifest(data.path(), name, manifest);
        }
        for (from, to) in &self.files {
            copy(from, &data.path().join("helpers").join(to));
        }
        let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
        let store = test_store.store.clone();
        let projects = Projects::new(store.clone(), data.path().join("projects"));
        let sandboxes = match self.without_room {
            true => Sandboxes::none("No engine answers, and bubblewrap is not installed.", "Install bubblewrap."),
            false => sandboxes(&store, data.path()),
        };
        let settings = Settings { data: data.path().into(), sandboxes, model: self.model };
        let pace = self.pace.unwrap_or_else(quick);
        let helpers =
            Helpers::start_at(pace, store.clone(), projects.clone(), settings, shutdown.clone(), tracker.clone())
                .await
                .unwrap();
        Some(Workshop { store, helpers, projects, data, shutdown, tracker, _test_store: test_store })
    }
}

pub(crate) fn write_manifest(data: &Path, name: &str, manifest: &str) {
    let folder = data.join("helpers").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("helper.toml"), manifest).unwrap();
    if manifest.contains("./misbehave") {
        std::fs::copy(MISBEHAVE, folder.join("misbehave")).unwrap();
    }
}

/// The manifest of a helper that misbehaves, with more lines.
pub(crate) fn misbehaving(how: &str, more: &str) -> String {
    format!("command = './misbehave'\nargs = ['{how}']\n{more}")
}

/// Whether sandboxes can be made here, which only a contributor's machine may be without.
pub(crate) fn can_sandbox() -> bool {
    if std::process::Command::new("bwrap").arg("--version").output().is_ok() {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "bubblewrap is required in CI; run script/bootstrap");
    println!("skipped: helpers in sandboxes (bubblewrap is missing; run script/bootstrap to get it)");
    false
}

/// Sandboxes by namespaces.
pub(crate) fn sandboxes(store: &Store, data: &Path) -> Sandboxes {
    let room = NamespaceRoom::new(&data.join("room"), "bwrap".into(), Groups::find()).unwrap();
    let options = Options { node: data.display().to_string(), folder: data.join("sandboxes"), ..Options::default() };
    let ids = store.clone();
    Sandboxes::new(Arc::new(room), "A test wants it.", options, move || ids.new_id())
}

pub(crate) fn owner() -> Actor {
    Actor::user("owner".parse().unwrap())
}

pub(crate) fn name(text: &str) -> HelperName {
    text.parse().unwrap()
}

/// What the helpers of all workshops logged last, and what every process below this one is doing: where a wait in vain
/// comes from.
fn how_things_stand() -> String {
    let mut lines = Vec::new();
    for data in WORKSHOPS.lock().unwrap().iter() {
        for helper in std::fs::read_dir(data.join("helpers")).into_iter().flatten().flatten() {
            let log = std::fs::read_to_string(helper.path().join("process.log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(15).collect();
            lines.push(format!("{}:", helper.path().display()));
            lines.extend(last.into_iter().rev().map(|line| format!("  {line}")));
        }
    }
    let mut family = vec![std::process::id()];
    while let Some(pid) = family.pop() {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let command = read("cmdline").replace('\0', " ");
        let status = read("status");
        let state = status.lines().find(|line| line.starts_with("State:")).unwrap_or_default();
        lines.push(format!("{pid} {command}: {state}; in {} {}", read("wchan"), read("syscall").trim()));
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            family.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    lines.join("\n")
}

/// Waits until `find` finds something.
pub(crate) async fn until<T>(what: &str, mut find: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = find().await {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "waited in vain for {what}\n{}", how_things_stand());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

impl Workshop {
    pub(crate) async fn converse(&self, helpers: &[&str]) -> Conversation {
        let participants = helpers.iter().map(|helper| Party::Helper(name(helper))).collect();
        self.store.run(&owner(), OpenConversation { title: "Test".into(), participants, project: None }).await.unwrap()
    }

    pub(crate) async fn say(&self, conversation: &Conversation, body: &str) -> Message {
        let message = PostMessage {
            conversation: conversation.id,
            recipient: None,
            body: body.into(),
            reply_to: None,
            key: None,
        };
        self.store.run(&owner(), message).await.unwrap().message
    }

    /// The answers to a message, once there is one.
    pub(crate) async fn answers(&self, message: &Message) -> Vec<Message> {
        until(&format!("an answer to “{}”", message.body), async || {
            let found = self.messages(message).await;
            let found: Vec<_> = found.into_iter().filter(|m| m.reply_to == Some(message.id)).collect();
            (!found.is_empty()).then_some(found)
        })
        .await
    }

    /// All messages of the conversation in which this one stands.
    pub(crate) async fn messages(&self, message: &Message) -> Vec<Message> {
        self.store.messages(message.conversation, Cut::Newest, 200).await.unwrap().items
    }

    /// Says something in a new conversation with one helper; gives its answer.
    pub(crate) async fn ask(&self, helper: &str, body: &str) -> String {
        let conversation = self.converse(&[helper]).await;
        let message = self.say(&conversation, body).await;
        self.answers(&message).await.remove(0).body
    }

    pub(crate) async fn entry(&self, helper: &str) -> HelperEntry {
        self.store.helper(&name(helper)).await.unwrap().unwrap()
    }

    /// Waits until the helper's newest process stands there.
    pub(crate) async fn until_status(&self, helper: &str, status: ProcessStatus) -> domain::Process {
        until(&format!("{helper} to be {}", status.name()), async || {
            self.entry(helper).await.process.filter(|process| process.status == status)
        })
        .await
    }

    /// Waits until a delivery of the helper stands there.
    pub(crate) async fn until_delivery(&self, helper: &str, status: DeliveryStatus) -> Delivery {
        let filter = DeliveryFilter { helper: Some(name(helper)), status: Some(status), ..DeliveryFilter::default() };
        until(&format!("a delivery of {helper} to be {}", status.name()), async || {
            self.store.deliveries(&filter, 1).await.unwrap().pop()
        })
        .await
    }

    /// Waits until a helper asks people for something.
    pub(crate) async fn until_asked(&self) -> Permission {
        until("a helper to ask for something", async || self.store.permissions_asked(1).await.unwrap().pop()).await
    }

    /// Answers what a helper asks, as the owner.
    pub(crate) async fn decide(&self, permission: PermissionId, allow: bool, always: bool) {
        self.store.run(&owner(), DecidePermission { permission, allow, always }).await.unwrap();
    }

    /// Makes a project, and opens a conversation of it with a helper.
    pub(crate) async fn project(&self, helper: &str) -> (Project, Conversation) {
        let begun = self.projects.make(&owner(), "pod", None, Origin::default()).await.unwrap();
        let project = self.projects.finished(&begun).await.unwrap();
        let participants = vec![Party::Helper(name(helper))];
        let open = OpenConversation { title: "Pod".into(), participants, project: Some(project.id) };
        (project, self.store.run(&owner(), open).await.unwrap())
    }

    /// Sets the rules of a project.
    pub(crate) async fn rules(&self, project: &Project, rules: &[(&str, Decision)]) {
        let rule = |(pattern, decision): &(&str, Decision)| Rule { pattern: (*pattern).into(), decision: *decision };
        let set = SetPolicy {
            subject: PolicySubject::Project(project.id),
            limits: BTreeMap::new(),
            rules: rules.iter().map(rule).collect(),
            settings: BTreeMap::new(),
        };
        self.store.run(&owner(), set).await.unwrap();
    }

    pub(crate) fn log_of(&self, helper: &str) -> Vec<String> {
        self.helpers.log_tail(&name(helper), 10_000).into_iter().map(|line| line.text).collect()
    }

    /// Shuts down as a server does, and waits for the end.
    pub(crate) async fn close(self) {
        self.shutdown.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    if !from.is_dir() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Whether this process of the machine lives.
pub(crate) fn lives(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// The processes whose environment has this mark.
pub(crate) fn marked(mark: &str) -> Vec<i32> {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environ.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
        })
        .collect()
}

/// The top folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
