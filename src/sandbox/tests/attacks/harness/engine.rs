//! A container engine as the tests see it, without the code that they test; and one of their own, to be stopped.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::{on_path, skipped};

/// How long an engine may take to start or stop on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The address of the engine for tests.
pub(super) fn address() -> Option<String> {
    std::env::var("TATWATS_TEST_DOCKER").ok()
}

/// The container of the sandbox with that id, if the engine for tests has one, running or not.
pub(super) async fn container(id: &str) -> Option<String> {
    let address = address()?;
    let listed = containers(Path::new(address.strip_prefix("unix://")?), &format!("tatwats.sandbox={id}")).await;
    (!listed.is_empty()).then_some(listed)
}

/// What the engine says of its containers with that label; empty when there are none.
pub(crate) async fn containers(socket: &Path, label: &str) -> String {
    let filter = format!("%7B%22label%22%3A%5B%22{}%22%5D%7D", label.replace('=', "%3D"));
    let listed =
        ask(socket, &format!("/containers/json?all=1&filters={filter}")).await.expect("an engine that answers");
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let mut there = Vec::new();
    for container in listed {
        // Engines go on listing a container whose process told of something while it was being removed; asked for it, they
        // know of none.
        let id = container["Id"].as_str().unwrap();
        if ask(socket, &format!("/containers/{id}/json")).await.is_some() {
            there.push(container.to_string());
        }
    }
    there.join("\n")
}

/// What the engine says there; none when it does not.
async fn ask(socket: &Path, path: &str) -> Option<String> {
    let mut stream = UnixStream::connect(socket).await.ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.0 200").then(|| body.to_owned())
}

/// An engine of a test's own.
pub(crate) struct OwnEngine {
    folder: TempDir,
    child: Child,
}

impl OwnEngine {
    /// Starts one; none where there is no `dockerd` or no right to run it, which is told.
    pub(crate) async fn start() -> Option<Self> {
        if on_path("dockerd").is_none() || !nix::unistd::geteuid().is_root() {
            skipped("an engine to be stopped (needs dockerd, and root)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(folder.path());
        let engine = Self { folder, child };
        engine.answers().await;
        Some(engine)
    }

    pub(crate) fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("socket")
    }

    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    async fn answers(&self) {
        let answering = async {
            while ask(&self.socket(), "/info").await.is_none() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, answering).await.expect("an engine that answers");
    }

    /// Ends it as a crash would.
    pub(crate) async fn crash(&mut self) {
        self.child.kill().await.unwrap();
        // A part of it goes with it, and while that one goes, the next engine would take it for a living one.
        let part = std::fs::read_to_string(self.folder.path().join("run/containerd/containerd.pid")).unwrap();
        let going = async {
            while Path::new("/proc").join(part.trim()).exists() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, going).await.expect("all of the engine to go");
    }

    /// Ends it as the system would.
    pub(crate) async fn stop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        timeout(PATIENCE, self.child.wait()).await.expect("an engine that stops").unwrap();
    }

    /// Starts it again, with what it had.
    pub(crate) async fn start_again(&mut self) {
        // Left over from a crash; another process may have that number by now.
        for left in ["pid", "socket"] {
            std::fs::remove_file(self.folder.path().join(left)).ok();
        }
        self.child = spawn(self.folder.path());
        self.answers().await;
    }
}

impl Drop for OwnEngine {
    /// Nothing of it stays, whatever became of the test.
    fn drop(&mut self) {
        let folder = self.folder.path().display().to_string();
        let left = processes().filter(|(_, words)| words.contains(&folder));
        for (pid, _) in left.collect::<Vec<_>>() {
            kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
        }
    }
}

/// All processes, with their words.
pub(crate) fn processes() -> impl Iterator<Item = (i32, String)> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: i32| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&words).replace('\0', " ")))
    })
}

/// It stops when the test does. What it mounts, nobody else sees, and goes with it.
fn spawn(folder: &Path) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    let log = std::fs::OpenOptions::new().create(true).append(true).open(at("log")).unwrap();
    Command::new("unshare")
        .args([
            "--mount",
            "setpriv",
            "--pdeathsig",
            "TERM",
            "dockerd",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ])
        .args(["--data-root", &at("data"), "--exec-root", &at("run"), "--pidfile", &at("pid")])
        .args(["--host", &format!("unix://{}", at("socket"))])
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}
