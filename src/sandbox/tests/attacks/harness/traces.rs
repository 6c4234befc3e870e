//! What a sandbox might leave behind on the host, and that it does not.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sandbox::Sandbox;
use tokio::time::{Instant, sleep};

use super::engine;

/// The variable by which every process of a guest is found on the host.
pub(crate) const MARK: &str = "ATTACK_MARK";
/// The kernel takes a moment to forget what has ended.
const WITHIN: Duration = Duration::from_secs(2);

/// By what a sandbox's leftovers would be known.
#[derive(Debug, Clone)]
pub(crate) struct Traces {
    id: String,
    name: String,
    /// The namespace of its processes' numbers. Held open, so that no other gets its own number.
    numbers: Option<Arc<File>>,
}

impl Traces {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self::known(sandbox.id().to_string(), sandbox.name(), sandbox.pid())
    }

    /// The same of a sandbox that another process made.
    pub(crate) fn known(id: String, name: String, pid: Option<i32>) -> Self {
        let own = number(Path::new("/proc/self/ns/pid"));
        let numbers = pid.and_then(|pid| File::open(format!("/proc/{pid}/ns/pid")).ok());
        let numbers = numbers.filter(|numbers| numbers.metadata().ok().map(|about| about.ino()) != own).map(Arc::new);
        Self { id, name, numbers }
    }

    /// Whether its processes' numbers are known apart from the host's, without which less would be seen.
    pub(crate) fn sees_processes(&self) -> bool {
        self.numbers.is_some()
    }

    /// Nothing of it is left.
    #[track_caller]
    pub(crate) fn gone(&self) -> impl Future<Output = ()> + use<> {
        let (traces, from) = (self.clone(), std::panic::Location::caller());
        async move {
            let left = traces.wait_until_gone().await;
            assert!(left.is_empty(), "left behind of {traces:?}, at {from}: {left:#?}");
        }
    }

    async fn wait_until_gone(&self) -> Vec<String> {
        let until = Instant::now() + WITHIN;
        loop {
            let left = self.left().await;
            if left.is_empty() || Instant::now() > until {
                return left;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// All that is there of it.
    pub(crate) async fn left(&self) -> Vec<String> {
        let mut left = self.processes();
        left.extend(self.groups(Path::new("/sys/fs/cgroup"), 0));
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        left.extend(mounts.lines().filter(|mount| self.is_named_in(mount)).map(|mount| format!("the mount {mount}")));
        left.extend(engine::container(&self.id).await.map(|container| format!("the container {container}")));
        left
    }

    /// Its processes.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = format!("{MARK}={}", self.id);
        let its = self.numbers.as_ref().map(|numbers| numbers.metadata().unwrap().ino());
        let left = engine::processes().filter(|(pid, words)| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let marked = environment.windows(mark.len()).any(|window| window == mark.as_bytes());
            let same = its.is_some() && number(Path::new(&format!("/proc/{pid}/ns/pid"))) == its;
            same || marked || words.contains(&self.id)
        });
        left.map(|(pid, words)| format!("the process {pid} {words}")).collect()
    }

    fn is_named_in(&self, text: &str) -> bool {
        // A process's number is no name: it would be found in anything.
        let simple = self.id.replace('-', "");
        let named = self.name.len() >= 12 && text.contains(&self.name);
        named || text.contains(&self.id) || text.contains(&simple)
    }

    fn groups(&self, folder: &Path, depth: usize) -> Vec<String> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let folders =
            entries.filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())));
        let mut left = Vec::new();
        for path in folders.map(|entry| entry.path()) {
            if self.is_named_in(&path.file_name().unwrap().to_string_lossy()) {
                left.push(format!("the control group {}", path.display()));
            } else if depth < 6 {
                left.extend(self.groups(&path, depth + 1));
            }
        }
        left
    }
}

fn number(namespace: &Path) -> Option<u64> {
    fs::metadata(namespace).ok().map(|about| about.ino())
}
