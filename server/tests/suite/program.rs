//! The real binary, started, asked and killed.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::cookies;
use crate::ws::LONG;

pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// `tatwats` in `folder`, with settings of its own and none of the tester's.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tatwats"));
    command.current_dir(folder).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("XDG_CONFIG_HOME", folder.join("config"));
    command
}

/// An address that nobody uses now.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Program {
    /// Starts the server with its data in `folder` and waits until it says that it answers. The first time `owner` sets it up.
    pub(crate) async fn serve(folder: &Path, listen: SocketAddr, helpers: bool) -> Self {
        let mut command = command(folder);
        command.arg("serve").env("TATWATS_LISTEN", listen.to_string()).env("TATWATS_LOG", "warn");
        // Tests come faster than people.
        for name in ["TATWATS_LIMITS_REQUESTS_PER_SECOND", "TATWATS_LIMITS_REQUESTS_AT_ONCE"] {
            command.env(name, "1000000");
        }
        command.env("TATWATS_HELPERS_START", helpers.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut link = None;
        let address = loop {
            let line = timeout(LONG, lines.next_line()).await.expect("it does not start").unwrap();
            let line = line.expect("it ended at once");
            match line.strip_prefix("Set up: ") {
                Some(address) => link = Some(address.to_owned()),
                None => {
                    break line
                        .strip_prefix("TATWATS answers at http://")
                        .unwrap_or_else(|| panic!("{line}"))
                        .parse()
                        .unwrap();
                }
            }
        };
        cookies::set_up(address, folder, link.as_deref()).await;
        Self { child, address }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// As the kernel's own killer does it: no last words.
    pub(crate) async fn kill_9(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, as a service manager does.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        let asked = std::process::Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(asked.success());
        timeout(LONG, self.child.wait()).await.expect("it does not stop").unwrap()
    }
}
