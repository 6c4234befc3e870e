//! Settings: read from flags, environment, `.env` and `tatwats.toml`, in this order of precedence, and checked together.
//!
//! Every setting stands once in [`keys::KEYS`]; each fault names its key and where the value came from. Secrets are
//! never printed, neither in faults nor by `Debug`.

mod database;
mod door;
mod fault;
pub mod keys;
mod leptos;
mod oidc;
mod origin;
mod read;
mod sandbox;
mod secret;
mod server;
mod sources;
mod tls;
mod values;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use database::Database;
pub use door::Door;
pub use fault::{ConfigError, Fault};
pub use leptos::options as leptos_options;
pub use oidc::Oidc;
pub use origin::Origin;
pub(crate) use origin::default_port;
pub use sandbox::Sandbox;
pub use secret::Secret;
pub use server::Server;
pub use sources::Inputs;
pub use tls::Tls;

/// The settings, all valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server answers, by which address it is reached, and how it stops.
    pub server: Server,
    /// The certificate, when the server itself speaks TLS.
    pub tls: Option<Tls>,
    /// The folder that holds everything the workshop keeps, absolute.
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// How long people stay signed in, how often anyone may ask, and how slowly.
    pub door: Door,
    /// The provider at which people can sign in too, when there is one.
    pub oidc: Option<Oidc>,
    /// What the log says, and how.
    pub log: Log,
    /// The helpers.
    pub helpers: HelperSettings,
    /// The sandboxes.
    pub sandbox: Sandbox,
    /// The language model for free text, when there is one.
    pub model: Option<Model>,
    /// Limits of the live stream.
    pub stream: StreamLimits,
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// What looks like a mistake but does no harm.
    pub warnings: Vec<String>,
}

/// What the log says, and how.
#[derive(Debug, Clone)]
pub struct Log {
    /// Which lines, in the language of `tracing`: `info`, `warn,server=debug`.
    pub filter: String,
    /// As JSON, one object a line, instead of text.
    pub json: bool,
}

/// The helpers.
#[derive(Debug, Clone)]
pub struct HelperSettings {
    /// Whether helper processes are started at all.
    pub start: bool,
}

/// An OpenAI-compatible language model.
#[derive(Debug, Clone)]
pub struct Model {
    /// Where its API begins, like `http://127.0.0.1:11434/v1`.
    pub url: url::Url,
    /// Its name there.
    pub name: String,
    /// The key, when it wants one.
    pub key: Option<Secret>,
}

/// Limits of the live stream.
#[derive(Debug, Clone)]
pub struct StreamLimits {
    /// Most connections at a time.
    pub max_sockets: usize,
    /// Most of one person.
    pub max_per_user: usize,
    /// Most from one network address.
    pub max_per_address: usize,
    /// How long a send may be stuck before the reader is cut off.
    pub slow: Duration,
    /// How many events the log may move on while a send is stuck before the reader is cut off.
    pub max_behind: i64,
    /// Silence after which a ping is sent.
    pub ping: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        let (max_sockets, max_per_user, max_per_address) = (4096, 256, 1024);
        Self {
            max_sockets,
            max_per_user,
            max_per_address,
            slow: Duration::from_secs(10),
            max_behind: 20_000,
            ping: Duration::from_secs(15),
        }
    }
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// All faults at once, each with its key and source.
    pub fn load(inputs: &Inputs) -> Result<Self, ConfigError> {
        read::config(inputs)
    }

    /// The address by which people reach the workshop.
    #[must_use]
    pub fn public(&self) -> Origin {
        let listens = || Origin::of_server(self.server.listen, self.tls.is_some());
        self.server.public_url.clone().unwrap_or_else(listens)
    }

    /// The file of the keys that seal stored secrets.
    #[must_use]
    pub fn secrets_key(&self) -> PathBuf {
        self.data.join("secrets.key")
    }

    /// The file that a running server holds locked.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.data.join("lock")
    }

    /// The folder of the projects.
    #[must_use]
    pub fn projects(&self) -> PathBuf {
        self.data.join("projects")
    }

    /// The folder of the pages' scripts and styles.
    #[must_use]
    pub fn site(&self) -> &Path {
        &self.server.site
    }
}

#[cfg(test)]
mod tests;
