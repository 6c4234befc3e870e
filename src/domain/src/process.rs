//! One run of a helper.

use serde::{Deserialize, Serialize};

use crate::id::ProcessId;
use crate::name::HelperName;
use crate::sandbox::RoomKind;
use crate::timestamp::Timestamp;

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProcessStatus {
    /// Started, not yet answering.
    Starting,
    /// Answering.
    Running,
    /// Not answering pings.
    Unhealthy,
    /// Ended; it is started again after a pause.
    BackingOff,
    /// Asked to end.
    Stopping,
    /// Ended as wanted.
    Stopped,
    /// Ended by itself and will not be started again.
    Failed,
}

impl ProcessStatus {
    const ALL: [Self; 7] =
        [Self::Starting, Self::Running, Self::Unhealthy, Self::BackingOff, Self::Stopping, Self::Stopped, Self::Failed];

    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Unhealthy => "unhealthy",
            Self::BackingOff => "backing_off",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether an operating-system process should exist.
    #[must_use]
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Unhealthy | Self::Stopping)
    }
}

/// One run of a helper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Process {
    /// Its id.
    pub id: ProcessId,
    /// Whose run it is.
    pub helper: HelperName,
    /// Where it stands.
    pub status: ProcessStatus,
    /// The operating system's number for it, while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i32>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How often this helper was started again by itself since a person last started it.
    pub restarts: i32,
    /// When it is started again, while backing off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_start_at: Option<Timestamp>,
    /// Why it stands where it stands, in words, when that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The kind of sandbox it runs in; none for one from before there were sandboxes, or one that never came to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomKind>,
}
