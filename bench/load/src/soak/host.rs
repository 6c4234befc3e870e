//! The server of a soak: started, killed, started again where it was, and stopped.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::options::Options;
use crate::Result;
use crate::http::{Connection, request};

/// How long it may take to be ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// Settings of whoever runs the soak that the server gets: which kind of sandbox, and where tools are.
const THEIRS: [&str; 5] = ["PATH", "HOME", "DOCKER_HOST", "TATWATS_SANDBOX_ROOM", "TATWATS_SANDBOX_TOOLS"];

/// The server and its folder.
#[derive(Debug)]
pub(crate) struct Host {
    server: PathBuf,
    site: PathBuf,
    folder: TempDir,
    /// Where it answers, every time.
    pub(crate) address: SocketAddr,
    child: Option<Child>,
}

impl Host {
    /// A server that does not run yet, with an empty data folder.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&data)?;
        Ok(Self {
            server: std::fs::canonicalize(&options.server)?,
            site: std::fs::canonicalize(&options.site)?,
            folder,
            address: free_address()?,
            child: None,
        })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Everything the server wrote, in all its lives.
    pub(crate) fn wrote(&self) -> String {
        std::fs::read(self.log()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().and_then(Child::id).ok_or("the server does not run")?)
    }

    /// What the binary says of itself.
    pub(crate) async fn version(&self) -> Result<String> {
        let output = Command::new(&self.server).arg("--version").output().await?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Starts it and waits until it is ready; tells how long that took.
    pub(crate) async fn start(&mut self) -> Result<Duration> {
        let log = std::fs::File::options().create(true).append(true).open(self.log())?;
        // It must not outlive the soak, however that ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).arg(&self.server).arg("serve").arg("--data").arg(self.data());
        command.args(["--listen", &self.address.to_string()]).current_dir(self.folder.path()).env_clear();
        command.envs(std::env::vars().filter(|(name, _)| THEIRS.contains(&name.as_str())));
        command.env("LEPTOS_SITE_ROOT", &self.site).env("XDG_CONFIG_HOME", self.folder.path().join("config"));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let began = Instant::now();
        self.child = Some(command.spawn()?);
        while self.health().await.is_none() {
            if let Some(how) = self.ended()? {
                return Err(format!("the server did not start ({how}):\n{}", last_lines(&self.wrote())).into());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the server was not ready in time:\n{}", last_lines(&self.wrote())).into());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(began.elapsed())
    }

    /// What it says of its health while it is ready.
    pub(crate) async fn health(&self) -> Option<Value> {
        let asked = async {
            let mut connection = Connection::open(self.address).await?;
            connection.ask(&request(self.address, "GET", "/readyz", None, None)).await
        };
        let answer = timeout(Duration::from_secs(5), asked).await.ok()?.ok()?;
        (answer.status == 200).then(|| serde_json::from_slice(&answer.body).ok())?
    }

    /// How it ended, if it did, by itself.
    pub(crate) fn ended(&mut self) -> Result<Option<String>> {
        let Some(child) = &mut self.child else { return Ok(Some("it does not run".into())) };
        Ok(child.try_wait()?.map(|status| status.to_string()))
    }

    /// Kills it as the kernel would, without a last word.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().ok_or("the server does not run")?;
        Ok(child.kill().await?)
    }

    /// Asks it to stop; tells how it ended and how long that took.
    pub(crate) async fn stop(&mut self) -> Result<(String, Duration)> {
        let pid = self.pid()?;
        let mut child = self.child.take().ok_or("the server does not run")?;
        let began = Instant::now();
        kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
        match timeout(PATIENCE, child.wait()).await {
            Ok(status) => Ok((status?.to_string(), began.elapsed())),
            Err(_) => {
                child.kill().await?;
                Ok(("it had to be killed".into(), began.elapsed()))
            }
        }
    }

    /// The secret of the link by which the first admin is made. It is printed once the server answers.
    pub(crate) async fn set_up_link(&self) -> Result<String> {
        let began = Instant::now();
        loop {
            let wrote = self.wrote();
            let line = wrote.lines().rfind(|line| line.starts_with("Set up: "));
            if let Some((_, secret)) = line.and_then(|line| line.split_once("link=")) {
                return Ok(secret.to_owned());
            }
            if began.elapsed() > PATIENCE {
                return Err("no set-up link was printed".into());
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The name by which its sandboxes are marked.
    pub(crate) fn node(&self) -> String {
        std::fs::read_to_string(self.data().join("node")).unwrap_or_default().trim().to_owned()
    }
}

/// An address below those that the system hands out by itself, so that nothing takes it while the server is away.
fn free_address() -> Result<SocketAddr> {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000)?;
    let free = (first..32_000).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    Ok((Ipv4Addr::LOCALHOST, free.ok_or("no port is free")?).into())
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let there = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &there)?;
        } else {
            std::fs::copy(entry.path(), there)?;
        }
    }
    Ok(())
}
