//! What tests need of an engine: a real one, an image around a shell, and one of their own to stop.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use domain::sandbox::Preset;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Address, DockerRoom, Engine, From, Images};
use crate::rooms::{Image, Opened, Order};

/// How long anything in a test may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Stands in for our program: runs the commands that it is told.
pub(super) const SHELL: &[u8] = b"#!/bin/busybox sh\nPATH=/bin exec /bin/busybox sh\n";

/// The engine for tests; none when there is none, which is told. Where `CI` is set it is required.
pub(crate) async fn engine() -> Option<Engine> {
    let Ok(address) = std::env::var("TATWATS_TEST_DOCKER") else {
        skipped("an engine (set TATWATS_TEST_DOCKER to its address, like unix:///var/run/docker.sock)");
        return None;
    };
    Some(Engine::connect(Address::parse(&address, None).unwrap()).await.unwrap())
}

/// Tells that a test cannot run, or fails where everything must.
pub(crate) fn skipped(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "missing, and CI is set: {what}");
    println!("skipped: {what}");
}

/// A room whose image `node` is a shell with the usual small tools.
pub(super) async fn room() -> Option<DockerRoom> {
    with_shell(engine().await?).await
}

/// The same by that engine.
pub(super) async fn with_shell(engine: Engine) -> Option<DockerRoom> {
    with_program(engine, SHELL).await
}

/// The same with another program in place of the shell that is spoken to.
pub(super) async fn with_program(engine: Engine, program: &'static [u8]) -> Option<DockerRoom> {
    static MAKING: Mutex<()> = Mutex::const_new(());
    let images = Images::new("tatwats-test", program);
    let _making = MAKING.lock().await;
    if !images.has(&engine, Image::Node).await.unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let archive = busybox(folder.path())?;
        images.build(&engine, Image::Node, &From::Archive(archive), drop).await.unwrap();
    }
    Some(DockerRoom::new(engine, images, &shown()).unwrap())
}

/// The folder of what sandboxes are shown.
pub(super) fn shown() -> PathBuf {
    Path::new(env!("OUT_DIR")).join("shown")
}

/// A root file system of nothing but the statically linked busybox, which it also runs by the names of its tools.
pub(super) fn busybox(folder: &Path) -> Option<PathBuf> {
    let program = busybox_program()?;
    let path = folder.join("busybox.tar");
    let mut builder = tar::Builder::new(std::fs::File::create(&path).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o4755);
    header.set_size(program.len() as u64);
    builder.append_data(&mut header, "bin/busybox", program.as_slice()).unwrap();
    for tool in ["sh", "cat", "dd", "ls", "id", "sleep", "echo", "head", "mount", "ping", "stat", "kill", "touch", "tr"]
    {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, format!("bin/{tool}"), "busybox").unwrap();
    }
    builder.finish().unwrap();
    Some(path)
}

/// A busybox that needs no libraries; none when there is none, which is told.
pub(super) fn busybox_program() -> Option<Vec<u8>> {
    let program = std::fs::read("/bin/busybox").ok();
    let program = program.filter(|program| !program.windows(9).any(|window| window == b"/ld-linux"));
    if program.is_none() {
        skipped("a busybox that needs no libraries (Debian: busybox-static)");
    }
    program
}

/// A sandbox to make, of a node of its own.
pub(super) fn order() -> Order {
    let id = Uuid::from_u128(u128::from_le_bytes(random()));
    Order {
        id,
        node: format!("test-{id}"),
        purpose: "a test".into(),
        profile: Preset::Run.profile(),
        image: Image::Node,
        proxy: None,
        tools: Vec::new(),
    }
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).unwrap();
    bytes
}

/// What the shell inside answers to a command, to the end of its last line.
pub(super) async fn ask(opened: &mut Opened, command: &str) -> String {
    let told = async {
        opened.input.write_all(format!("{command}\necho THE-END\n").as_bytes()).await.unwrap();
        opened.input.flush().await.unwrap();
        let (mut said, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            if let Some(said) = said.strip_suffix(b"THE-END\n") {
                return String::from_utf8_lossy(said).into_owned();
            }
            match opened.output.read(&mut piece).await.unwrap() {
                0 => panic!("it ended after {:?}", String::from_utf8_lossy(&said)),
                some => said.extend_from_slice(&piece[..some]),
            }
        }
    };
    timeout(PATIENCE, told).await.expect(command)
}

/// An engine of a test's own, to be stopped.
pub(super) struct OwnEngine {
    folder: TempDir,
    child: Child,
}

impl OwnEngine {
    /// Starts one; none when there is no `dockerd`, or no right to run it.
    pub(super) async fn start() -> Option<Self> {
        let root = nix::unistd::geteuid().is_root();
        let there = ["/usr/sbin/dockerd", "/usr/bin/dockerd"].into_iter().any(|path| Path::new(path).exists());
        if !root || !there {
            skipped("an engine to stop (needs dockerd and root)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(folder.path());
        let own = Self { folder, child };
        own.engine().await;
        Some(own)
    }

    /// A connection to it, once it answers.
    pub(super) async fn engine(&self) -> Engine {
        let answers = async {
            loop {
                if let Ok(engine) = Engine::connect(self.address()).await {
                    return engine;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, answers).await.expect("an engine that answers")
    }

    pub(super) fn address(&self) -> Address {
        Address::Unix(self.folder.path().join("socket"))
    }

    /// Kills it as a crash would, leaving its containers to themselves.
    pub(super) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
        // Its own child goes with it, and would be taken for a living one by the next until it is gone for good.
        let part = std::fs::read_to_string(self.folder.path().join("exec/containerd/containerd.pid")).unwrap();
        let gone = async {
            while Path::new(&format!("/proc/{}", part.trim())).exists() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, gone).await.expect("all of the engine to be gone");
    }

    /// Starts it again.
    pub(super) async fn start_again(&mut self) -> Engine {
        self.child = spawn(self.folder.path());
        self.engine().await
    }

    /// Stops it as the system would.
    pub(super) async fn stop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        timeout(PATIENCE, self.child.wait()).await.expect("an engine that stops").unwrap();
    }
}

/// Ends with this thread, if nothing ends it before. What it mounts, nobody else sees, and goes with it.
fn spawn(folder: &Path) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    // Left over from one that was killed; a process of that number would keep the next from starting.
    drop(std::fs::remove_file(at("pid")));
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
        .args(["--data-root", &at("data"), "--exec-root", &at("exec"), "--pidfile", &at("pid")])
        .args(["--host", &format!("unix://{}", at("socket"))])
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}
