//! From settings to a server that answers, and from there to a clean end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use accounts::{AccessTokens, Accounts, AppDoor, SessionCookie};
use domain::{Error, ErrorCode, Result};
use identity::limit::Rates;
use identity::seal::Seal;
use projects::Projects;
use runs::Runs;
use store::Store;
use store::clock::SystemClock;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::Connections;
use super::lock::{self, Lock};
use super::node;
use super::renderers::Renderers;
use super::router::router;
use super::tls::{self, Handshakes};
use crate::config::{Config, Origin, leptos_options};
use crate::doctor::{self, Occasion, Report};
use crate::state::{AppState, Reachable};
use crate::stream::Sockets;

/// Connections that may wait to be taken, as far as the kernel lets them. A thousand people come back at once when the server
/// does, and whoever finds no place tries again only a second later.
const WAITING: u32 = 4_096;

/// Why the server did not start.
#[derive(Debug)]
pub enum Refusal {
    /// A check failed.
    Unfit(Report),
    /// Something else, in words.
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit(report) => {
                f.write_str("The server did not start:")?;
                report.troubles().try_for_each(|finding| write!(f, "\n{finding}"))
            }
            Self::Error(error) => match &error.cause {
                Some(cause) => write!(f, "The server did not start: {error} ({cause})"),
                None => write!(f, "The server did not start: {error}"),
            },
        }
    }
}

/// A server that answers.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// What its requests can reach.
    pub state: AppState,
    serving: JoinHandle<()>,
    _lock: Option<Lock>,
}

/// Checks everything, opens everything, and answers.
///
/// # Errors
/// A failed check, a lock held by another server, a database or an address that cannot be had.
pub async fn start(config: Config) -> Result<Server, Refusal> {
    lock::make_folder(&config)?;
    let lock = lock::take(&config)?;
    let report = doctor::examine(&config, &SystemClock, Occasion::Start).await;
    if !report.is_healthy() {
        return Err(Refusal::Unfit(report));
    }
    for finding in report.troubles() {
        tracing::warn!(check = finding.check, fix = finding.fix, "{}", finding.why);
    }
    let listener = bind(config.server.listen)?;
    let options =
        store::Options { url: config.database.url(), clock: Arc::new(SystemClock), node: node::name(&config.data)? };
    let store = Store::open(options).await?;
    let mut server = listen(config, store, listener).await?;
    server._lock = Some(lock);
    Ok(server)
}

/// Answers at `listener` with what `store` holds.
///
/// # Errors
/// When projects or helpers cannot be brought up, a certificate or key file cannot be used, or `listener` has no address.
pub async fn listen(mut config: Config, store: Store, listener: TcpListener) -> Result<Server> {
    let address = listener.local_addr().map_err(Error::internal)?;
    config.server.listen = address;
    let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
    let projects = Projects::new(store.clone(), config.projects());
    projects.recover().await?;
    let clock = Arc::new(SystemClock);
    let (door, public) = (config.door.clone(), config.public());
    let cookie = SessionCookie { over_tls: public.is_https() };
    let mut accounts = Accounts::new(store.clone(), door.lasting, door.patience, cookie, clock.clone())?;
    if let Some(provider) = &config.oidc {
        accounts = accounts.with_provider(crate::door::elsewhere(provider, clock.clone())?);
    }
    let seal = seal(&config).await?;
    let app_door = AppDoor::new(accounts.clone(), &seal);
    let access_tokens = AccessTokens::open(store.clone(), seal, public.to_string(), clock.clone()).await?;
    let (watched, until) = (access_tokens.clone(), shutdown.clone());
    tracker.spawn(crate::door::reap(store.clone(), accounts.lasting(), watched, until));
    let tls = match &config.tls {
        Some(files) => {
            let newest = tls::begin(files.clone()).await?;
            tracker.spawn(Arc::clone(&newest).follow(shutdown.clone()));
            Some(Handshakes::with(newest)?)
        }
        None => None,
    };
    let sandboxes = super::sandboxes::start(&config, &store).await?;
    let mut settings = runs::Settings::in_folder(config.data.join("runs"));
    settings.at_once = config.sandbox.at_once.unwrap_or(settings.at_once);
    let runs = Runs::start(store.clone(), sandboxes.clone(), settings, shutdown.clone(), tracker.clone()).await?;
    // After what an earlier server was making has been settled.
    let projects = projects.with_runs(runs.clone());
    let helpers = super::helpers::start(&config, &store, &projects, &sandboxes, &shutdown, &tracker).await?;
    let state = AppState::from(Reachable {
        leptos_options: leptos_options(&config),
        renderers: Renderers::new(),
        rates: Arc::new(Rates::new(door.rate, clock)),
        sockets: Sockets::new(config.stream.clone()),
        config: Arc::new(config),
        store,
        accounts,
        app_door,
        access_tokens,
        helpers,
        projects,
        sandboxes,
        runs,
        shutdown,
        tracker,
    });
    let (app, patience, shutdown) = (Arc::new(router(state.clone())), door.header_patience, state.shutdown.clone());
    let connections = Connections { app, tls, patience, shutdown };
    Ok(Server { address, serving: tokio::spawn(connections.answer(listener)), state, _lock: None })
}

/// The keys that seal stored secrets.
async fn seal(config: &Config) -> Result<Arc<Seal>> {
    let path = config.secrets_key();
    let opened = tokio::task::spawn_blocking(move || Seal::open_or_create(path)).await.map_err(Error::internal)?;
    Ok(Arc::new(opened?))
}

impl Server {
    /// Its own address, whatever people reach it by.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of_server(self.address, self.state.config.tls.is_some())
    }

    /// Lets open requests end, says goodbye to live connections, stops helpers and closes the database; at most as
    /// long as the settings allow, plus what the database needs for what was handed in.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.state.config.server.shutdown;
        self.state.shutdown.cancel();
        self.state.tracker.close();
        let aborter = self.serving.abort_handle();
        if timeout_at(deadline, self.serving).await.is_err() {
            tracing::warn!("some requests did not end in time and were cut off");
            aborter.abort();
        }
        if timeout_at(deadline, self.state.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = self.state.tracker.len(), "some tasks did not end in time");
        }
        if timeout_at(deadline, self.state.sandboxes.close()).await.is_err() {
            tracing::warn!("some sandboxes were not removed in time; the next start removes them");
        }
        self.state.store.close().await;
    }
}

/// Listens at `address`.
fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A server that comes back finds connections of the one before.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(WAITING)
    };
    listen().map_err(|error: std::io::Error| {
        Error::new(
            ErrorCode::Unavailable,
            format!("{address} cannot be listened on: {error}. Choose another with TATWATS_LISTEN."),
        )
        .because(error)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn many_find_a_place_before_the_first_is_taken() {
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let all = async {
            let mut waiting = Vec::new();
            for _ in 0..500 {
                waiting.push(TcpStream::connect(address).await.unwrap());
            }
            waiting.len()
        };
        // Without a place a connection does not come about at all, as nobody is taken here.
        assert_eq!(timeout(Duration::from_secs(60), all).await, Ok(500));
    }
}
