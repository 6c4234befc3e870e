//! The one way out of a sandbox whose network is `registries`: to the package registries that this machine itself uses,
//! and to nothing else.
//!
//! One proxy per sandbox listens on a unix socket, which is shown inside; there is no network in there. It lets TLS
//! through to the places of an [`Allow`] list (`CONNECT`), and single plain requests where a registry has no TLS. It looks
//! up names itself, and connects to no address that a name has no business to stand for. What was asked for, and whether
//! it was let through, is told to the caller.
//!
//! What it cannot prevent: within TLS, a guest may send to an allowed registry what it knows, for example by publishing
//! with a key of its own. [`MOST_SENT`] bounds how much.

mod address;
mod allow;
mod connect;
mod head;
mod hello;
mod machine;
mod serve;
mod upstream;

use std::{
    fmt, fs, io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::Fault;
pub use allow::Allow;
pub use machine::Registries;
pub use upstream::Upstream;

/// Most connections of one sandbox at once. Package managers open sixteen or so.
const MOST_CONNECTIONS: usize = 64;
/// Most bytes that a sandbox may send, over all its connections: requests are small.
pub const MOST_SENT: u64 = 64 << 20;
/// Most bytes that a sandbox may receive, over all its connections.
pub const MOST_RECEIVED: u64 = 4 << 30;
/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(200);
/// The file with the certificates that this machine trusts, beside the socket.
const CERTIFICATES: &str = "certificates.pem";
/// The file with those it trusts besides.
const MORE_CERTIFICATES: &str = "more-certificates.pem";

/// What a sandbox asked for, told when it is over, or at once when it was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The host, as far as it could be understood.
    pub host: String,
    /// The port; 0 when it could not be understood.
    pub port: u16,
    /// Whether it was let through.
    pub allowed: bool,
    /// Why not, or what went wrong, in words that follow “because”.
    pub why: Option<&'static str>,
    /// Bytes that went out.
    pub sent: u64,
    /// Bytes that came in.
    pub received: u64,
}

/// How long a guest, a registry, or both may keep a connection waiting.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// For a whole head, or a whole greeting.
    head: Duration,
    /// For a name to be looked up and a connection to be made, and for an answer to begin.
    connect: Duration,
    /// Between two bytes in either direction.
    silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), connect: Duration::from_secs(30), silence: Duration::from_secs(120) }
    }
}

/// The proxy of one sandbox. Ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    socket: PathBuf,
    registries: Registries,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What every connection needs.
struct Rules {
    allow: Allow,
    upstream: Upstream,
    patience: Patience,
    on_host: Box<dyn Fn(Asked) + Send + Sync>,
    totals: serve::Totals,
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("allow", &self.allow).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Starts listening in `folder`, which is made, and which is the sandbox's `/run/proxy`. Everything in it may be
    /// seen inside; the socket may be used by everyone who gets there, since guests are another user of this machine.
    /// `on_host` is told each place that was asked for.
    ///
    /// Needs tokio's runtime.
    ///
    /// # Errors
    /// [`Fault::Infrastructure`] when the folder or its files cannot be made.
    pub async fn start(
        folder: &Path,
        registries: Registries,
        upstream: Upstream,
        on_host: impl Fn(Asked) + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        Self::start_with(folder, registries, upstream, Patience::default(), Box::new(on_host)).await
    }

    async fn start_with(
        folder: &Path,
        registries: Registries,
        upstream: Upstream,
        patience: Patience,
        on_host: Box<dyn Fn(Asked) + Send + Sync>,
    ) -> Result<Self, Fault> {
        let socket = folder.join(file_name(room::PROXY_SOCKET));
        let (folder, there, copies) = (folder.to_owned(), socket.clone(), registries.certificates());
        let made = tokio::task::spawn_blocking(move || prepare(&folder, &there, &copies)).await;
        let failed =
            |error: io::Error| Fault::infrastructure("its way to package registries could not be made.", error);
        made.map_err(io::Error::other).and_then(|made| made).map_err(failed)?;
        let listener = UnixListener::bind(&socket).map_err(failed)?;
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).map_err(failed)?;

        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let totals = serve::Totals::default();
        let rules = Rules { allow: registries.allow.clone(), upstream, patience, on_host, totals };
        tasks.spawn(listen(listener, Arc::new(rules), stop.clone(), tasks.clone()));
        Ok(Self { socket, registries, stop, tasks })
    }

    /// What tools inside need to know, so that they go this way, to the registries of this machine. Holds no secrets:
    /// user names and passwords in the addresses of registries stay outside.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        self.registries.environment()
    }

    /// Files for the home folder of the guests, by their path in there: what tools cannot be told by the environment.
    #[must_use]
    pub fn home(&self) -> Vec<(&'static str, String)> {
        self.registries.home()
    }

    /// Ends every connection, and tells of each.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
        // Whoever removes the sandbox removes the folder.
        let _ = fs::remove_file(&self.socket);
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Makes the folder and what lies in it besides the socket.
fn prepare(folder: &Path, socket: &Path, copies: &[(PathBuf, &'static str)]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for (from, name) in copies {
        // Certificates that cannot be read here cannot be used here either.
        if let Ok(bytes) = fs::read(from) {
            let to = folder.join(name);
            fs::write(&to, bytes)?;
            fs::set_permissions(&to, fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

async fn listen(listener: UnixListener, rules: Arc<Rules>, stop: CancellationToken, tasks: TaskTracker) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        // With every place taken, newcomers wait in the socket's own queue.
        let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await else { return };
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { return };
        match accepted {
            Ok((guest, _)) => {
                let (rules, stop) = (Arc::clone(&rules), stop.clone());
                tasks.spawn(async move {
                    serve::serve(guest, &rules, &stop).await;
                    drop(place);
                });
            }
            // Such as too many open files: they may become fewer.
            Err(error) => {
                tracing::warn!(error = %error, "a connection of a sandbox could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
