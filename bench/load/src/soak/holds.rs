//! What the server holds at a moment, and what of it is still there when it should be gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use super::host::Host;
use crate::figures::mib;
use crate::{Result, processes};

/// How deep control groups lie at most.
const DEPTH: usize = 8;
/// How long an engine may take to list its containers.
const ENGINE: Duration = Duration::from_secs(10);

/// What a server holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holds {
    /// In which of its lives; 0 outside of the load.
    pub(crate) life: u32,
    /// Seconds since that life began.
    pub(crate) at: f64,
    /// Memory of its own, in MiB.
    pub(crate) memory: f64,
    /// Memory of everything that it started, in MiB; what they share is counted for each.
    pub(crate) below_memory: f64,
    /// Open files and sockets.
    pub(crate) files: usize,
    /// Threads.
    pub(crate) threads: u64,
    /// Processes that it started, in sandboxes.
    pub(crate) processes: usize,
    /// Control groups of its sandboxes.
    pub(crate) groups: usize,
    /// Containers with its mark; none where no engine is used.
    pub(crate) containers: Option<usize>,
    /// Live sockets, as it counts them.
    pub(crate) sockets: Option<u64>,
    /// Tasks of its runtime, where it tells.
    pub(crate) tasks: Option<u64>,
}

/// Looks at what the server holds now.
pub(crate) async fn look(host: &Host, engine: bool, life: u32, at: Duration) -> Result<Holds> {
    let pid = host.pid()?;
    let health = host.health().await.unwrap_or_default();
    let number = |name: &str| health.get(name).and_then(Value::as_u64);
    let memory = processes::own_rss(pid);
    Ok(Holds {
        life,
        at: at.as_secs_f64(),
        memory: mib(memory),
        below_memory: mib(processes::rss(pid).saturating_sub(memory)),
        // One of them is the connection by which its health was asked.
        files: processes::open_files(pid),
        threads: processes::threads(pid),
        processes: processes::below(pid).len(),
        groups: groups(&host.node()).len(),
        containers: if engine { Some(containers(&host.node()).await?) } else { None },
        sockets: number("live_connections"),
        tasks: number("tasks"),
    })
}

/// The control groups of that server's sandboxes.
pub(crate) fn groups(node: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(Path::new("/sys/fs/cgroup"), &format!("tatwats-{node}-"), DEPTH, &mut found);
    found
}

fn walk(folder: &Path, begins: &str, depth: usize, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(begins) {
            found.insert(name);
        } else if depth > 0 {
            walk(&entry.path(), begins, depth - 1, found);
        }
    }
}

/// How many containers that server made which are still there.
async fn containers(node: &str) -> Result<usize> {
    let mut command = Command::new("docker");
    command.args(["ps", "--all", "--quiet", "--filter", &format!("label=tatwats.node={node}")]).kill_on_drop(true);
    let output = tokio::time::timeout(ENGINE, command.output()).await??;
    if !output.status.success() {
        return Err(format!("containers cannot be listed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count())
}

/// What is left of a server that does not run any more, in words.
pub(crate) async fn left(host: &Host, engine: bool) -> Result<Vec<String>> {
    let node = host.node();
    let mut left = Vec::new();
    let mut note = |count: usize, what: &str| {
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    };
    note(processes::marked(&format!("tatwats-sandbox:{node}:")), "processes of its sandboxes");
    note(groups(&node).len(), "control groups of its sandboxes");
    if engine {
        note(containers(&node).await?, "containers");
    }
    note(staging(&host.data()).len(), "half-made projects in its data folder");
    Ok(left)
}

/// Folders of projects in the making.
fn staging(data: &Path) -> Vec<String> {
    names(&data.join("projects/.staging"))
}

/// The folders of projects.
pub(crate) fn projects(data: &Path) -> BTreeSet<String> {
    names(&data.join("projects")).into_iter().filter(|name| !name.starts_with('.')).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}
