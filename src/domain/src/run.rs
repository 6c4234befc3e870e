//! One command run in a project's sandbox.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::{ConversationId, ProjectId, RunId, TaskId};
use crate::sandbox::{Preset, RoomKind, Verdict};
use crate::timestamp::Timestamp;

/// The longest command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 16 * 1024;
/// Most hosts that a run keeps.
pub const MAX_HOSTS: usize = 50;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Waiting for its turn.
    Queued,
    /// In its sandbox.
    Running,
    /// Over; its verdict says how it ended.
    Ended,
}

impl RunState {
    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Ended].into_iter().find(|state| state.name() == name)
    }
}

/// A host that a run's network was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskedHost {
    /// Its name, as it was asked for.
    pub host: String,
    /// Whether it was let through.
    pub allowed: bool,
    /// Bytes that went there and came back.
    pub bytes: i64,
}

/// One command run in a project's sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// In whose sandbox it runs.
    pub project: ProjectId,
    /// What is run: one line for the shell.
    pub command: String,
    /// The limits that it runs under.
    pub preset: Preset,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// Where it stands.
    pub state: RunState,
    /// The kind of sandbox it runs in, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomKind>,
    /// How it ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Why it ended like that, in words, when that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asked for it, and for whom.
    pub owner: Actor,
    /// The task it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The conversation it was asked for in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// What it wrote, in bytes, as far as it was kept.
    pub output_bytes: i64,
    /// Whether its output was cut.
    pub cut: bool,
    /// The most memory it held at a time, in bytes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<i64>,
    /// The processor time it used, in microseconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_micros: Option<i64>,
    /// The hosts its network was asked for, at most [`MAX_HOSTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<AskedHost>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Run {
    /// Whether it is over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, RunState::Ended)
    }
}
