//! What a helper asks people to allow.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, DeliveryId, MessageId, PermissionId, ProjectId};
use crate::name::{HelperName, UserName};
use crate::timestamp::Timestamp;

/// Where a permission stands. No answer yet is not a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PermissionState {
    /// Asked for, not answered yet.
    Asked,
    /// Given.
    Allowed,
    /// Not given.
    Denied,
    /// Given once, and taken back.
    Revoked,
    /// Not answered, and nobody waits for an answer any more.
    Withdrawn,
}

impl PermissionState {
    const ALL: [Self; 5] = [Self::Asked, Self::Allowed, Self::Denied, Self::Revoked, Self::Withdrawn];

    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What a helper asks people to allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permission {
    /// Its id.
    pub id: PermissionId,
    /// Who asks.
    pub helper: HelperName,
    /// The person for whom the helper works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<UserName>,
    /// The project it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The conversation in which the helper works.
    pub conversation: ConversationId,
    /// The delivery that it works on.
    pub delivery: DeliveryId,
    /// The message of that delivery.
    pub message: MessageId,
    /// What it wants to do, in words for people.
    pub what: String,
    /// The command that it wants to run, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Where it stands.
    pub state: PermissionState,
    /// Whether it was given for every time.
    pub always: bool,
    /// The pattern of the rule that this put into the project's policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was answered, taken back or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// The person who answered it, or took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserName>,
}
