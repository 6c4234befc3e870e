//! A unit of work with steps.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::{ConversationId, MessageId, ProjectId, TaskId};
use crate::timestamp::Timestamp;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Asked for, not begun.
    Submitted,
    /// Being worked on.
    Working,
    /// Waiting for a person.
    InputRequired,
    /// Done.
    Completed,
    /// Ended without success.
    Failed,
    /// Ended because someone said so.
    Canceled,
}

impl TaskState {
    const ALL: [Self; 6] =
        [Self::Submitted, Self::Working, Self::InputRequired, Self::Completed, Self::Failed, Self::Canceled];

    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Working => "working",
            Self::InputRequired => "input_required",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Todo,
    /// Being worked on.
    Working,
    /// Done.
    Done,
    /// Ended without success.
    Failed,
}

/// One step of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// What it does.
    pub title: String,
    /// Where it stands.
    pub state: StepState,
    /// When it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Step {
    /// A step that has not begun.
    pub fn todo(title: impl Into<String>) -> Self {
        Self { title: title.into(), state: StepState::Todo, started_at: None, ended_at: None }
    }
}

/// A unit of work with steps, progress and an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What it is to do.
    pub title: String,
    /// Where it stands.
    pub state: TaskState,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Who works on it, and for whom.
    pub owner: Actor,
    /// The project it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The conversation it was asked for in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The message that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Why it failed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether someone asked to cancel it.
    pub cancel_requested: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Task {
    /// How much is done, in percent of its steps.
    #[must_use]
    pub fn percent(&self) -> u8 {
        if self.state == TaskState::Completed {
            return 100;
        }
        let done = self.steps.iter().filter(|step| step.state == StepState::Done).count();
        u8::try_from(done * 100 / self.steps.len().max(1)).unwrap_or(100)
    }
}
