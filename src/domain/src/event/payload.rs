//! What the kinds of events carry, where it is not the whole of a thing.

use serde::{Deserialize, Serialize};

use crate::account::{ApiToken, SessionEnd};
use crate::actor::Party;
use crate::conversation::Conversation;
use crate::delivery::Delivery;
use crate::id::{ConversationId, ProjectId, SessionId};
use crate::message::Message;
use crate::name::{HelperName, Slug, UserName};
use crate::project::Project;

/// A person has read a conversation up to a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationRead {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The project it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Who read it.
    pub reader: UserName,
    /// The position of the newest message that was read.
    pub position: i64,
}

/// Something was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagePosted {
    /// What was said.
    pub message: Message,
    /// The conversation as it stands after it.
    pub conversation: Conversation,
}

/// A delivery moved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryChanged {
    /// The delivery as it stands now.
    pub delivery: Delivery,
    /// How many deliveries wait for the same helper now.
    pub waiting: i64,
}

/// A helper's persona was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonaEdited {
    /// Whose persona.
    pub helper: HelperName,
    /// Its new size in bytes.
    pub bytes: i64,
}

/// What was worked on in a project was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectCommitted {
    /// The project, with its newest commit.
    pub project: Project,
    /// The first line of the commit's message.
    pub subject: String,
    /// How many files it changed.
    pub changed: i64,
}

/// A project was cleared away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectRemoved {
    /// Its id.
    pub project: ProjectId,
    /// Its short name, free again.
    pub slug: Slug,
    /// Why, in words.
    pub reason: String,
}

/// Messages were brought in from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCompleted {
    /// Where they came from, for example `common-room`.
    pub source: String,
    /// Messages written.
    pub imported: i64,
    /// Messages that were there already.
    pub already_there: i64,
    /// Files refused.
    pub refused: i64,
}

/// A session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionEnded {
    /// Which session.
    pub session: SessionId,
    /// Whose it was.
    pub user: UserName,
    /// Why.
    pub why: SessionEnd,
}

/// A token was used. Told at most once an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenUsed {
    /// The token as it stands now.
    pub token: ApiToken,
    /// The network address it was used from.
    pub place: String,
}

/// Someone was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refusal {
    /// Who was refused. At the door: whose name was claimed, if there is such a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Party>,
    /// What they wanted to do, like `operate` or `sign_in`.
    pub action: String,
    /// To what, like `workshop` or `project:ID`.
    pub subject: String,
    /// Why not, in words.
    pub reason: String,
    /// The network address it came from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A stored secret or a signing key changed. What it holds is never told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecretChanged {
    /// Its name.
    pub name: String,
    /// Whether it is gone now.
    pub removed: bool,
}
