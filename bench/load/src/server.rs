//! A server that is measured: started on a processor of its own, waited for, looked at, stopped.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::{Result, processes};

/// The processor of the servers; the load has the next.
pub(crate) const SERVERS: usize = 0;
/// The processor of the load.
pub(crate) const LOAD: usize = 1;

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pid: u32,
    /// Another process that works for it, like a database.
    beside: Option<u32>,
    /// Where it answers.
    pub(crate) address: SocketAddr,
}

/// A command that will run on the servers' processor, and not outlive the load, however that ends.
pub(crate) fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "taskset", "--cpu-list", &SERVERS.to_string()]).arg(program.as_ref());
    command
}

/// A port of this machine that nobody listens on.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

impl Server {
    /// Starts `command`, whose log goes to a file, and waits until it takes connections.
    pub(crate) async fn start(mut command: Command, address: SocketAddr, log: &Path) -> Result<Self> {
        let file = std::fs::File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).kill_on_drop(true);
        let began = Instant::now();
        let mut child = command.spawn()?;
        let pid = child.id().ok_or("it ended at once")?;
        while TcpStream::connect(address).await.is_err() {
            if child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("a server did not start:\n{said}").into());
            }
            sleep(Duration::from_millis(1)).await;
        }
        Ok(Self { child, pid, beside: None, address })
    }

    /// Counts the processor time of another process with its own.
    pub(crate) fn beside(mut self, pid: u32) -> Self {
        self.beside = Some(pid);
        self
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> Duration {
        processes::cpu(self.pid) + self.beside.map(processes::cpu).unwrap_or_default()
    }

    /// Memory now, in bytes; without what works beside it.
    pub(crate) fn rss(&self) -> u64 {
        processes::rss(self.pid)
    }

    /// Asks it to stop, and makes it when it does not.
    pub(crate) async fn stop(mut self) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.pid)?), Signal::SIGTERM)?;
        if timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}
