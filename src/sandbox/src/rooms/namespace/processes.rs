//! Processes of the host: which carry our mark, and killing them without ever hitting another that got their number.

use std::fs;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::{LazyLock, mpsc};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use uuid::Uuid;

/// How a mark begins.
const MARK: &str = "tatwats-sandbox";

/// What is read of a process's arguments: the mark is the first of them.
const MARK_BYTES: u64 = 512;

/// The mark of a sandbox: the name under which its processes on the host are listed.
pub(super) fn mark(node: &str, id: Uuid) -> String {
    format!("{MARK}:{}:{}", plain(node), id.simple())
}

/// The name of a sandbox's control group.
pub(super) fn group_name(node: &str, id: Uuid) -> String {
    format!("tatwats-{}-{}", plain(node), id.simple())
}

/// The sandbox whose control group has that name, if this node made it.
pub(super) fn id_of_group(name: &str, node: &str) -> Option<Uuid> {
    id_of(name.strip_prefix("tatwats-")?.strip_prefix(&plain(node))?.strip_prefix('-')?)
}

/// The sandbox with that mark, if this node made it.
fn id_of_mark(mark: &str, node: &str) -> Option<Uuid> {
    id_of(mark.strip_prefix(MARK)?.strip_prefix(':')?.strip_prefix(&plain(node))?.strip_prefix(':')?)
}

/// An id as it is written there, and nothing else that could be read as one: or a node's name might be taken for
/// another's with something behind it.
fn id_of(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.simple().to_string() == text)
}

/// A name of which every other one stays different when it is made part of a file's name or a mark.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            plain.push(char::from(byte));
        } else {
            plain.push_str(&format!("={byte:02x}"));
        }
    }
    plain
}

/// The processes that carry a mark of this node, with the sandbox they belong to.
pub(super) fn marked(node: &str) -> Vec<(i32, Uuid)> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(|pid| Some((pid, marked_as(pid, node)?))).collect()
}

fn marked_as(pid: i32, node: &str) -> Option<Uuid> {
    let mut line = Vec::new();
    let mut file = fs::File::open(format!("/proc/{pid}/cmdline")).ok()?.take(MARK_BYTES);
    file.read_to_end(&mut line).ok()?;
    id_of_mark(std::str::from_utf8(line.split(|byte| *byte == 0).next()?).ok()?, node)
}

/// Kills a process that carries the mark of that sandbox. Tells whether it was there.
pub(super) fn kill_marked(pid: i32, node: &str, id: Uuid) -> bool {
    kill_if(pid, || marked_as(pid, node) == Some(id))
}

/// Kills the process of that number if it is the one that is meant, which is looked at once it cannot become another
/// one any more. Tells whether it was.
pub(super) fn kill_if(pid: i32, is_meant: impl FnOnce() -> bool) -> bool {
    let meant = hold(pid).filter(|_| is_meant());
    if let Some(held) = &meant {
        kill(held);
    }
    meant.is_some()
}

/// Holds the process that has this number now, so that it can be killed and no other.
pub(super) fn hold(pid: i32) -> Option<OwnedFd> {
    pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

/// Kills a process that is held.
pub(super) fn kill(held: &OwnedFd) {
    // Gone meanwhile is as good.
    pidfd_send_signal(held, Signal::KILL).ok();
}

/// The parent of a process.
pub(super) fn parent(pid: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok())
}

/// A process to start, on whose runtime, and where to tell of it.
type Job = (Command, Handle, oneshot::Sender<std::io::Result<Child>>);

/// The thread that starts all sandboxes. The kernel kills them when it ends, and it ends with the server only: a thread
/// of the runtime may end any time.
static STARTER: LazyLock<Option<mpsc::Sender<Job>>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    let run = move || {
        for (mut command, runtime, told) in jobs {
            let _inside = runtime.enter();
            // Dropped when nobody waits for it any more, and killed by that.
            told.send(command.spawn()).ok();
        }
    };
    std::thread::Builder::new().name("sandboxes".into()).spawn(run).ok().map(|_| sender)
});

/// Starts a process with three pipes. It is killed when this process ends, or when it is dropped.
pub(super) async fn start(mut command: Command) -> std::io::Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let (tell, told) = oneshot::channel();
    let gone = || std::io::Error::other("the thread that starts sandboxes is gone");
    let starter = STARTER.as_ref().ok_or_else(gone)?;
    starter.send((command, Handle::current(), tell)).map_err(|_| gone())?;
    told.await.map_err(|_| gone())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_node_takes_the_sandboxes_of_another_for_its_own() {
        let id = Uuid::from_u128(7);
        for (node, other) in [("a", "a-b"), ("a-b", "a"), ("a/b", "a_b"), ("a=2fb", "a/b"), ("", "-"), ("a", "A")] {
            assert_eq!(id_of_group(&group_name(node, id), node), Some(id));
            assert_eq!(id_of_group(&group_name(node, id), other), None, "{node} {other}");
            assert_eq!(id_of_mark(&mark(node, id), node), Some(id));
            assert_eq!(id_of_mark(&mark(node, id), other), None, "{node} {other}");
        }
        assert_eq!(id_of_group("tatwats-probe-1", "probe"), None);
        assert!(!group_name("../up", id).contains('/'));
    }

    #[test]
    fn only_what_is_meant_is_killed() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert_eq!(parent(pid), i32::try_from(std::process::id()).ok());
        kill_if(pid, || false);
        assert!(child.try_wait().unwrap().is_none());
        kill_if(pid, || true);
        assert!(!child.wait().unwrap().success());
    }
}
