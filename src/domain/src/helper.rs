//! A named worker with a persona.

use serde::{Deserialize, Serialize};

use crate::name::HelperName;
use crate::timestamp::Timestamp;

/// Something a helper can do when asked by `/name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelperCommand {
    /// Its name, without the slash.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// What may follow the name, like `<name> [template]`; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// When a helper's process is started again after it ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// However it ended.
    #[default]
    Always,
    /// Only when it ended with an error.
    OnFailure,
    /// Not at all.
    Never,
}

impl RestartPolicy {
    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnFailure => "on_failure",
            Self::Never => "never",
        }
    }

    /// The policy of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Always, Self::OnFailure, Self::Never].into_iter().find(|p| p.name() == name)
    }
}

/// A named worker with a persona, a version and settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Helper {
    /// Its name.
    pub name: HelperName,
    /// What it is for, in a sentence.
    pub description: String,
    /// Its version, as its manifest or its own program says.
    pub version: String,
    /// Whether it is part of the workshop's own binary.
    pub built_in: bool,
    /// Whether people want it running.
    pub wanted: bool,
    /// Whether deliveries to it are held back.
    pub paused: bool,
    /// When its process is started again.
    pub restart: RestartPolicy,
    /// What it can do when asked by `/name`.
    pub commands: Vec<HelperCommand>,
    /// Deliveries that wait for an answer: queued, delivered, or between attempts.
    pub waiting: i64,
    /// When it last said something or finished a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Timestamp>,
}
