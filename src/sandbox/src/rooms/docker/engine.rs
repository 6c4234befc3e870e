//! An engine that answers, and calls to it, each with a deadline.

use std::collections::HashMap;
use std::time::Duration;
use std::{fmt, io};

use bollard::errors::Error;
use bollard::models::{SystemInfo, SystemVersion};
use bollard::{API_DEFAULT_VERSION, Docker};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::address::Address;
use super::wire::Wire;
use crate::Fault;
use crate::version::Version;

/// How long an engine may take for what it does at once.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to make, start or remove a container while it has much to do.
pub(super) const LONG_PATIENCE: Duration = Duration::from_secs(60);
/// Most bytes of one answer.
const MOST: usize = 32 << 20;
/// The newest version of the interface that we know.
const NEWEST: (u64, u64) = (1, 51);
/// The oldest that has all we need: private control groups came with it.
const OLDEST: (u64, u64) = (1, 41);

/// An engine that answered.
#[derive(Clone)]
pub struct Engine {
    pub(super) docker: Docker,
    wire: Wire,
    address: Address,
    api: String,
    podman: bool,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({} v{})", self.address, self.api)
    }
}

impl Engine {
    /// Asks the engine at `address` who it is, and agrees with it on a version of the interface.
    ///
    /// # Errors
    /// `Infrastructure` when it does not answer, `Refused` when it is too old or too new, or when the files for TLS
    /// cannot be used.
    pub async fn connect(address: Address) -> Result<Self, Fault> {
        let wire = Wire::to(&address)?;
        let asked = client(wire.clone())?;
        let version = call(PATIENCE, asked.version()).await.map_err(|trouble| trouble.fault(unreachable(&address)))?;
        let api = agree(&version).map_err(|why| Fault::Refused(format!("The engine at {address} {why}")))?;
        let podman = is_podman(&version);
        let wire = wire.speaking(&api);
        Ok(Self { docker: client(wire.clone())?, wire, address, api, podman })
    }

    /// Where it answers.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The version of the interface that is spoken with it, like `1.41`.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// Whether it is Podman.
    #[must_use]
    pub const fn is_podman(&self) -> bool {
        self.podman
    }

    /// What it says of itself and of its parts.
    ///
    /// # Errors
    /// `Infrastructure` when it does not answer.
    pub async fn describe(&self) -> Result<(SystemVersion, SystemInfo), Fault> {
        let both = async { tokio::try_join!(self.docker.version(), self.docker.info()) };
        call(PATIENCE, both).await.map_err(|trouble| trouble.fault(unreachable(&self.address)))
    }

    /// What it says of the container of that id.
    pub(super) async fn inspect(&self, id: &str) -> Result<State, Trouble> {
        let found: Found = self.get(format!("/containers/{id}/json")).await?;
        Ok(found.state)
    }

    /// All containers that it has, whoever made them.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, Trouble> {
        self.get("/containers/json?all=true".into()).await
    }

    /// What it answers to a question, of which only what is needed is read: Podman uses words that the client's own
    /// types do not know.
    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Trouble> {
        let asked = async {
            let request = hyper::Request::get(path).body(bollard::body_full(Bytes::new()))?;
            let response = self.wire.send(request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MOST).collect().await;
            let body = body.map_err(|error| Error::from(io::Error::other(error)))?.to_bytes();
            if !status.is_success() {
                let message = String::from_utf8_lossy(&body).into_owned();
                return Err(Error::DockerResponseServerError { status_code: status.as_u16(), message });
            }
            Ok(serde_json::from_slice(&body)?)
        };
        call(PATIENCE, asked).await
    }

    /// A failure of the engine while `doing` (as in “while …”).
    pub(super) fn fault(&self, doing: &str, trouble: Trouble) -> Fault {
        trouble.fault(format!("the engine at {} failed while {doing}.", self.address))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    state: State,
}

/// How a container is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct State {
    /// The number of its first process; 0 when there is none.
    pub(super) pid: i64,
    /// Whether memory ran out in it.
    #[serde(rename = "OOMKilled")]
    pub(super) oom_killed: bool,
    /// The status that its first process ended with.
    pub(super) exit_code: i64,
    /// Why it could not be started.
    pub(super) error: Option<String>,
}

/// A container in a list of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) id: String,
    /// What it is marked with.
    pub(super) labels: Option<HashMap<String, String>>,
}

fn unreachable(address: &Address) -> String {
    format!("no engine answers at {address}.")
}

fn client(wire: Wire) -> Result<Docker, Fault> {
    // Its own patience is for the beginning of an answer only; ours is for all of it.
    Docker::connect_with_custom_transport(
        move |request| wire.send(request),
        Some("http://engine"),
        3600,
        API_DEFAULT_VERSION,
    )
    .map_err(|error| Fault::infrastructure("the engine's client could not be made.", error))
}

/// The version that both know, or why there is none.
fn agree(version: &SystemVersion) -> Result<String, String> {
    let read = |text: &Option<String>| {
        let version = Version::parse(text.as_deref()?)?;
        Some((version.major, version.minor))
    };
    let Some(newest) = read(&version.api_version) else {
        return Err("does not say which version of Docker's interface it speaks.".into());
    };
    if newest < OLDEST {
        return Err(format!(
            "speaks version {}.{} of Docker's interface, and at least {}.{} is needed: Docker 20.10 or Podman 4 has it.",
            newest.0, newest.1, OLDEST.0, OLDEST.1
        ));
    }
    match read(&version.min_api_version) {
        Some(oldest) if oldest > NEWEST => Err(format!(
            "no longer speaks version {}.{} of Docker's interface, the newest known here: a newer TATWATS is needed.",
            NEWEST.0, NEWEST.1
        )),
        _ => {
            let (major, minor) = newest.min(NEWEST);
            Ok(format!("{major}.{minor}"))
        }
    }
}

/// Whether an engine says that it is Podman.
pub(crate) fn is_podman(version: &SystemVersion) -> bool {
    version.components.iter().flatten().any(|part| part.name.contains("Podman"))
}

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The engine answered with a failure.
    #[error("status {0}: {1}")]
    Status(u16, String),
    /// The way to it, or what came along it, is broken.
    #[error("{0}")]
    Broken(#[source] Error),
    /// It did not answer in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
}

impl Trouble {
    /// The status of a failure that the engine told.
    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::Status(status, _) => Some(*status),
            _ => None,
        }
    }

    pub(super) fn fault(self, what: impl Into<String>) -> Fault {
        Fault::infrastructure(what, self)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::DockerResponseServerError { status_code, message } => Self::Status(status_code, message),
            error => Self::Broken(error),
        }
    }
}

/// Waits for an answer, but no longer than `patience`.
pub(super) async fn call<T>(patience: Duration, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
    Ok(timeout(patience, answer).await.map_err(|_| Trouble::Late(patience))??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_the_interface_is_agreed_on_or_the_reason_told() {
        for (newest, oldest, expected) in [
            ("1.41", "1.12", Ok("1.41")),
            ("1.51", "1.24", Ok("1.51")),
            ("1.60", "1.44", Ok("1.51")),
            ("1.40", "1.12", Err("at least 1.41 is needed")),
            ("1.80", "1.52", Err("a newer TATWATS is needed")),
            ("new", "1.12", Err("does not say")),
        ] {
            let version = SystemVersion {
                api_version: Some(newest.into()),
                min_api_version: Some(oldest.into()),
                ..SystemVersion::default()
            };
            match (agree(&version), expected) {
                (Ok(api), Ok(expected)) => assert_eq!(api, expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (found, _) => panic!("{newest}: {found:?}"),
            }
        }
    }
}
