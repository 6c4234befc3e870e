//! Sandboxes: where helpers and commands run, what limits they have, and how a run ended.

mod profile;
mod verdict;
mod written;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use profile::{Limits, Network, Preset, Profile};
pub use verdict::Verdict;

/// The two kinds of sandbox there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// A container of an engine that speaks Docker's interface: Docker, or Podman's compatible socket.
    Docker,
    /// Linux namespaces by bubblewrap, with this machine's own tools read-only.
    Namespace,
}

impl RoomKind {
    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Namespace => "namespace",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Docker, Self::Namespace].into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RoomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
