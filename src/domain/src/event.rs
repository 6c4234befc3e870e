//! Append-only records of what happened. The audit log, the activity feed and the live stream are views of them.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::conversation::Conversation;
use crate::delivery::Delivery;
use crate::helper::Helper;
use crate::id::{ConversationId, EventId, ProjectId};
use crate::message::Message;
use crate::name::{Slug, UserName};
use crate::process::Process;
use crate::project::Project;
use crate::stream::Topic;
use crate::task::Task;
use crate::timestamp::Timestamp;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Its place in the log: 1, 2, 3, … in commit order, without gaps.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The project it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What happened: `kind` and `data`.
    #[serde(flatten)]
    pub what: EventData,
}

/// What happened. Each kind carries the whole new state of what it is about, so that a reader needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "data")]
pub enum EventData {
    /// A conversation was opened.
    #[serde(rename = "conversation.created")]
    ConversationCreated(Conversation),
    /// A conversation's title or participants changed.
    #[serde(rename = "conversation.changed")]
    ConversationChanged(Conversation),
    /// A person has read a conversation up to a position.
    #[serde(rename = "conversation.read")]
    ConversationRead(ConversationRead),
    /// Something was said.
    #[serde(rename = "message.posted")]
    MessagePosted(MessagePosted),
    /// A delivery moved on.
    #[serde(rename = "delivery.changed")]
    DeliveryChanged(DeliveryChanged),
    /// A helper was registered, or its settings changed.
    #[serde(rename = "helper.changed")]
    HelperChanged(Helper),
    /// A helper's manifest is gone.
    #[serde(rename = "helper.removed")]
    HelperRemoved(Helper),
    /// A helper's persona was edited.
    #[serde(rename = "helper.persona_edited")]
    PersonaEdited(PersonaEdited),
    /// A process moved on.
    #[serde(rename = "process.status_changed")]
    ProcessStatusChanged(Process),
    /// A project's name was reserved, or the project changed.
    #[serde(rename = "project.changed")]
    ProjectChanged(Project),
    /// A project that never came to be was cleared away, or one was removed.
    #[serde(rename = "project.removed")]
    ProjectRemoved(ProjectRemoved),
    /// A task was made or moved on.
    #[serde(rename = "task.progressed")]
    TaskProgressed(Task),
    /// Messages were brought in from elsewhere.
    #[serde(rename = "import.completed")]
    ImportCompleted(ImportCompleted),
}

/// A person has read a conversation up to a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationRead {
    /// Which conversation.
    pub conversation: ConversationId,
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
    pub helper: crate::name::HelperName,
    /// Its new size in bytes.
    pub bytes: i64,
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

impl EventData {
    /// The kind, as written on the wire and in the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ConversationCreated(_) => "conversation.created",
            Self::ConversationChanged(_) => "conversation.changed",
            Self::ConversationRead(_) => "conversation.read",
            Self::MessagePosted(_) => "message.posted",
            Self::DeliveryChanged(_) => "delivery.changed",
            Self::HelperChanged(_) => "helper.changed",
            Self::HelperRemoved(_) => "helper.removed",
            Self::PersonaEdited(_) => "helper.persona_edited",
            Self::ProcessStatusChanged(_) => "process.status_changed",
            Self::ProjectChanged(_) => "project.changed",
            Self::ProjectRemoved(_) => "project.removed",
            Self::TaskProgressed(_) => "task.progressed",
            Self::ImportCompleted(_) => "import.completed",
        }
    }

    /// What it is about, as `type:id`, for looking events up by subject.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::ConversationCreated(c) | Self::ConversationChanged(c) => format!("conversation:{}", c.id),
            Self::ConversationRead(read) => format!("conversation:{}", read.conversation),
            Self::MessagePosted(posted) => format!("message:{}", posted.message.id),
            Self::DeliveryChanged(changed) => format!("delivery:{}", changed.delivery.id),
            Self::HelperChanged(helper) | Self::HelperRemoved(helper) => format!("helper:{}", helper.name),
            Self::PersonaEdited(edited) => format!("helper:{}", edited.helper),
            Self::ProcessStatusChanged(process) => format!("process:{}", process.id),
            Self::ProjectChanged(project) => format!("project:{}", project.id),
            Self::ProjectRemoved(removed) => format!("project:{}", removed.project),
            Self::TaskProgressed(task) => format!("task:{}", task.id),
            Self::ImportCompleted(done) => format!("import:{}", done.source),
        }
    }

    /// The project it belongs to.
    #[must_use]
    pub const fn project(&self) -> Option<ProjectId> {
        match self {
            Self::ConversationCreated(c) | Self::ConversationChanged(c) => c.project,
            Self::MessagePosted(posted) => posted.conversation.project,
            Self::ProjectChanged(project) => Some(project.id),
            Self::ProjectRemoved(removed) => Some(removed.project),
            Self::TaskProgressed(task) => task.project,
            _ => None,
        }
    }

    /// The topics under which subscribers find it, besides `workshop`, which has everything.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        let mut topics: Vec<Topic> = self.project().map(Topic::Project).into_iter().collect();
        match self {
            Self::ConversationCreated(c) | Self::ConversationChanged(c) => topics.push(Topic::Conversation(c.id)),
            Self::ConversationRead(read) => topics.push(Topic::Conversation(read.conversation)),
            Self::MessagePosted(posted) => topics.push(Topic::Conversation(posted.conversation.id)),
            Self::DeliveryChanged(changed) => {
                topics.push(Topic::Conversation(changed.delivery.conversation));
                topics.push(Topic::Helper(changed.delivery.helper.clone()));
            }
            Self::HelperChanged(helper) | Self::HelperRemoved(helper) => {
                topics.push(Topic::Helper(helper.name.clone()))
            }
            Self::PersonaEdited(edited) => topics.push(Topic::Helper(edited.helper.clone())),
            Self::ProcessStatusChanged(process) => topics.push(Topic::Helper(process.helper.clone())),
            Self::TaskProgressed(task) => topics.extend(task.conversation.map(Topic::Conversation)),
            Self::ProjectChanged(_) | Self::ProjectRemoved(_) | Self::ImportCompleted(_) => {}
        }
        topics
    }
}

/// The kinds that the activity feed shows: what people would tell each other.
pub const NOTABLE_KINDS: [&str; 6] = [
    "message.posted",
    "helper.persona_edited",
    "process.status_changed",
    "project.changed",
    "project.removed",
    "import.completed",
];
