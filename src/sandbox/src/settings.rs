//! Which kind of sandboxes to use, and where the engine is, as the settings' section `[sandbox]` says it.

use std::path::PathBuf;

use domain::sandbox::RoomKind;

/// Which kind of sandboxes to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// Containers when an engine answers, else namespaces.
    #[default]
    Auto,
    /// This kind, or none.
    Only(RoomKind),
}

impl Choice {
    /// Every choice as it is written in the settings.
    pub const NAMES: [&'static str; 3] = ["auto", "docker", "namespace"];

    /// As written in the settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Only(kind) => kind.name(),
        }
    }

    /// The choice of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "auto" { Some(Self::Auto) } else { RoomKind::from_name(name).map(Self::Only) }
    }
}

/// How sandboxes are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Which kind.
    pub room: Choice,
    /// Where the engine answers, like `unix:///var/run/docker.sock` or `tcp://engine.example:2376`. None: where
    /// `DOCKER_HOST` says, else at the usual places of this machine.
    pub engine: Option<String>,
    /// The folder with `ca.pem`, `cert.pem` and `key.pem` for an engine elsewhere. None: without TLS.
    pub tls: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_written_as_it_is_read() {
        for name in Choice::NAMES {
            assert_eq!(Choice::from_name(name).unwrap().name(), name);
        }
        assert_eq!(Choice::from_name("podman"), None);
        assert_eq!(Choice::default(), Choice::Auto);
    }
}
