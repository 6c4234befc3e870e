//! A message on its way to one helper.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::{ConversationId, DeliveryId, MessageId, ProjectId, TokenId};
use crate::name::{HelperName, UserName};
use crate::timestamp::Timestamp;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Waiting for its turn.
    Queued,
    /// The helper has it and is at work.
    Delivered,
    /// The helper is done with it.
    Answered,
    /// The last attempt failed; another follows.
    Failed,
    /// Given up after the last attempt; a person can requeue it.
    Dead,
}

impl DeliveryStatus {
    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Delivered, Self::Answered, Self::Failed, Self::Dead].into_iter().find(|s| s.name() == name)
    }

    /// Whether it still waits for an answer: queued, delivered, or between attempts.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Delivered | Self::Failed)
    }
}

/// A message on its way to one helper; its times make latency visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The message to deliver.
    pub message: MessageId,
    /// The conversation of that message.
    pub conversation: ConversationId,
    /// The project of that conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Whom it goes to.
    pub helper: HelperName,
    /// The person for whom the helper works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<UserName>,
    /// The token by which that person asked: the helper may no more than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts begun so far.
    pub attempts: i32,
    /// When it was put into the queue.
    pub queued_at: Timestamp,
    /// When the helper last got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When the helper was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When the next attempt is due, while `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The message that answers it; a helper may also be done without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<MessageId>,
    /// Why the last attempt failed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Delivery {
    /// The helper, for the person who set the delivery off: who acts while it is worked on.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::helper(self.helper.clone(), self.on_behalf_of.clone()).by_token(self.token)
    }
}
