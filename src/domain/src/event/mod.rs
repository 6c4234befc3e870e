//! Append-only records of what happened. The audit log, the activity feed and the live stream are views of them.

mod payload;
mod read;

use serde::{Deserialize, Serialize, de};

use crate::account::{ApiToken, Group, Invitation, Session, User};
use crate::actor::Actor;
use crate::conversation::Conversation;
use crate::helper::Helper;
use crate::id::{EventId, ProjectId};
use crate::name::UserName;
use crate::permission::Permission;
use crate::policy::{Policy, PolicySubject};
use crate::process::Process;
use crate::project::Project;
use crate::run::Run;
use crate::stream::Topic;
use crate::task::Task;
use crate::timestamp::Timestamp;

pub use payload::{
    ConversationRead, DeliveryChanged, ImportCompleted, MessagePosted, PersonaEdited, ProjectCommitted, ProjectRemoved,
    Refusal, SecretChanged, SessionEnded, TokenUsed,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What happened: `kind` and `data`.
    #[serde(flatten)]
    pub what: EventData,
}

/// What happened. Each kind carries the whole new state of what it is about, so that a reader needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// What was worked on in a project was taken in as a commit.
    #[serde(rename = "project.committed")]
    ProjectCommitted(ProjectCommitted),
    /// A project that never came to be was cleared away, or one was removed.
    #[serde(rename = "project.removed")]
    ProjectRemoved(ProjectRemoved),
    /// A task was made or moved on.
    #[serde(rename = "task.progressed")]
    TaskProgressed(Task),
    /// A command was asked for in a sandbox, or its run moved on.
    #[serde(rename = "run.changed")]
    RunChanged(Run),
    /// A helper asked people to allow something, or a permission was answered, taken back or withdrawn.
    #[serde(rename = "permission.changed")]
    PermissionChanged(Permission),
    /// What sandboxes may have, or which commands helpers may run in them, changed.
    #[serde(rename = "policy.changed")]
    PolicyChanged(Policy),
    /// Messages were brought in from elsewhere.
    #[serde(rename = "import.completed")]
    ImportCompleted(ImportCompleted),
    /// A user was made, or their account changed.
    #[serde(rename = "user.changed")]
    UserChanged(User),
    /// A user was removed.
    #[serde(rename = "user.removed")]
    UserRemoved(User),
    /// A group was made, or changed.
    #[serde(rename = "group.changed")]
    GroupChanged(Group),
    /// A group was removed.
    #[serde(rename = "group.removed")]
    GroupRemoved(Group),
    /// An invitation was made, used or taken back.
    #[serde(rename = "invitation.changed")]
    InvitationChanged(Invitation),
    /// Someone signed in.
    #[serde(rename = "session.started")]
    SessionStarted(Session),
    /// A session ended.
    #[serde(rename = "session.ended")]
    SessionEnded(SessionEnded),
    /// A token was made, or taken back.
    #[serde(rename = "token.changed")]
    TokenChanged(ApiToken),
    /// A token was used.
    #[serde(rename = "token.used")]
    TokenUsed(TokenUsed),
    /// Someone was refused.
    #[serde(rename = "access.refused")]
    AccessRefused(Refusal),
    /// A stored secret or a signing key changed.
    #[serde(rename = "secret.changed")]
    SecretChanged(SecretChanged),
}

/// Gives each kind its name, as written on the wire and in the database, and reads it by that name.
macro_rules! kinds {
    ($($variant:ident: $kind:literal,)+) => {
        impl EventData {
            /// The kind, as written on the wire and in the database.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)+
                }
            }

            /// Reads what happened of that kind, from JSON.
            ///
            /// # Errors
            /// When there is no such kind, or this is none of it.
            pub fn read(kind: &str, data: &str) -> serde_json::Result<Self> {
                crate::from_json::read_json(data, |data| {
                    Ok(match kind {
                        $($kind => Self::$variant(Deserialize::deserialize(data)?),)+
                        _ => return Err(de::Error::custom(format_args!("there is no event of the kind “{kind}”"))),
                    })
                })
            }
        }
    };
}

kinds! {
    ConversationCreated: "conversation.created",
    ConversationChanged: "conversation.changed",
    ConversationRead: "conversation.read",
    MessagePosted: "message.posted",
    DeliveryChanged: "delivery.changed",
    HelperChanged: "helper.changed",
    HelperRemoved: "helper.removed",
    PersonaEdited: "helper.persona_edited",
    ProcessStatusChanged: "process.status_changed",
    ProjectChanged: "project.changed",
    ProjectCommitted: "project.committed",
    ProjectRemoved: "project.removed",
    TaskProgressed: "task.progressed",
    RunChanged: "run.changed",
    PermissionChanged: "permission.changed",
    PolicyChanged: "policy.changed",
    ImportCompleted: "import.completed",
    UserChanged: "user.changed",
    UserRemoved: "user.removed",
    GroupChanged: "group.changed",
    GroupRemoved: "group.removed",
    InvitationChanged: "invitation.changed",
    SessionStarted: "session.started",
    SessionEnded: "session.ended",
    TokenChanged: "token.changed",
    TokenUsed: "token.used",
    AccessRefused: "access.refused",
    SecretChanged: "secret.changed",
}

impl EventData {
    /// What it is about, as `type:id`, for looking events up by subject.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::ConversationCreated(c) | Self::ConversationChanged(c) => c.id.behind("conversation:"),
            Self::ConversationRead(read) => read.conversation.behind("conversation:"),
            Self::MessagePosted(posted) => posted.message.id.behind("message:"),
            Self::DeliveryChanged(changed) => changed.delivery.id.behind("delivery:"),
            Self::HelperChanged(helper) | Self::HelperRemoved(helper) => format!("helper:{}", helper.name),
            Self::PersonaEdited(edited) => format!("helper:{}", edited.helper),
            Self::ProcessStatusChanged(process) => process.id.behind("process:"),
            Self::ProjectChanged(project) => project.id.behind("project:"),
            Self::ProjectCommitted(committed) => committed.project.id.behind("project:"),
            Self::ProjectRemoved(removed) => removed.project.behind("project:"),
            Self::TaskProgressed(task) => task.id.behind("task:"),
            Self::RunChanged(run) => run.id.behind("run:"),
            Self::PermissionChanged(permission) => permission.id.behind("permission:"),
            Self::PolicyChanged(policy) => format!("policy:{}", policy.subject),
            Self::ImportCompleted(done) => format!("import:{}", done.source),
            Self::UserChanged(user) | Self::UserRemoved(user) => format!("user:{}", user.name),
            Self::GroupChanged(group) | Self::GroupRemoved(group) => format!("group:{}", group.name),
            Self::InvitationChanged(invitation) => invitation.id.behind("invitation:"),
            Self::SessionStarted(session) => session.id.behind("session:"),
            Self::SessionEnded(ended) => ended.session.behind("session:"),
            Self::TokenChanged(token) => token.id.behind("token:"),
            Self::TokenUsed(used) => used.token.id.behind("token:"),
            Self::AccessRefused(refusal) => {
                refusal.who.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string)
            }
            Self::SecretChanged(changed) => format!("secret:{}", changed.name),
        }
    }

    /// The project it belongs to.
    #[must_use]
    pub const fn project(&self) -> Option<ProjectId> {
        match self {
            Self::ConversationCreated(c) | Self::ConversationChanged(c) => c.project,
            Self::ConversationRead(read) => read.project,
            Self::MessagePosted(posted) => posted.conversation.project,
            Self::DeliveryChanged(changed) => changed.delivery.project,
            Self::ProjectChanged(project) => Some(project.id),
            Self::ProjectCommitted(committed) => Some(committed.project.id),
            Self::ProjectRemoved(removed) => Some(removed.project),
            Self::TaskProgressed(task) => task.project,
            Self::RunChanged(run) => Some(run.project),
            Self::PermissionChanged(permission) => permission.project,
            Self::PolicyChanged(Policy { subject: PolicySubject::Project(project), .. }) => Some(*project),
            _ => None,
        }
    }

    /// Whether it concerns accounts and access: those are for admins, and for the person concerned.
    #[must_use]
    pub fn is_about_accounts(&self) -> bool {
        ACCOUNT_KINDS.iter().any(|prefix| self.kind().starts_with(prefix))
    }

    /// The person whose account it concerns.
    #[must_use]
    pub fn account(&self) -> Option<&UserName> {
        match self {
            Self::UserChanged(user) | Self::UserRemoved(user) => Some(&user.name),
            Self::SessionStarted(session) => Some(&session.user),
            Self::SessionEnded(ended) => Some(&ended.user),
            Self::TokenChanged(token) => Some(&token.user),
            Self::TokenUsed(used) => Some(&used.token.user),
            Self::AccessRefused(refusal) => refusal.who.as_ref()?.user(),
            _ => None,
        }
    }

    /// The topics under which subscribers find it, besides `workshop`, which has everything.
    pub fn topics(&self) -> impl Iterator<Item = Topic> + use<> {
        let (conversation, helper) = match self {
            Self::ConversationCreated(c) | Self::ConversationChanged(c) => (Some(c.id), None),
            Self::ConversationRead(read) => (Some(read.conversation), None),
            Self::MessagePosted(posted) => (Some(posted.conversation.id), None),
            Self::DeliveryChanged(changed) => (Some(changed.delivery.conversation), Some(&changed.delivery.helper)),
            Self::HelperChanged(helper) | Self::HelperRemoved(helper) => (None, Some(&helper.name)),
            Self::PersonaEdited(edited) => (None, Some(&edited.helper)),
            Self::ProcessStatusChanged(process) => (None, Some(&process.helper)),
            Self::TaskProgressed(task) => (task.conversation, None),
            Self::PermissionChanged(permission) => (Some(permission.conversation), Some(&permission.helper)),
            Self::PolicyChanged(Policy { subject: PolicySubject::Helper(helper), .. }) => (None, Some(helper)),
            _ => (None, None),
        };
        let project = self.project().map(Topic::Project);
        let found = [project, conversation.map(Topic::Conversation), helper.cloned().map(Topic::Helper)];
        found.into_iter().flatten()
    }
}

/// How the kinds begin that concern accounts and access.
const ACCOUNT_KINDS: [&str; 7] = ["user.", "group.", "invitation.", "session.", "token.", "access.", "secret."];

/// The kinds that the activity feed shows: what people would tell each other.
pub const NOTABLE_KINDS: [&str; 10] = [
    "message.posted",
    "helper.persona_edited",
    "process.status_changed",
    "project.changed",
    "project.committed",
    "project.removed",
    "run.changed",
    "permission.changed",
    "policy.changed",
    "import.completed",
];
