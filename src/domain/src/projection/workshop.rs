//! The workshop at a glance: what the shell and the Overview, the lists and their counts need.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Activity;
use crate::conversation::Conversation;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::event::{Event, EventData};
use crate::helper::Helper;
use crate::id::{ConversationId, ProjectId};
use crate::name::{Slug, UserName};
use crate::permission::{Permission, PermissionState};
use crate::process::Process;
use crate::project::{Project, ProjectStatus};
use crate::run::Run;
use crate::task::Task;
use crate::timestamp::Timestamp;

/// How much of each list the projection holds.
pub mod limits {
    /// The conversations with the newest activity.
    pub const CONVERSATIONS: usize = 200;
    /// The newest tasks.
    pub const TASKS: usize = 50;
    /// The newest runs.
    pub const RUNS: usize = 50;
    /// The newest permissions that nobody answered yet.
    pub const PERMISSIONS: usize = 100;
    /// The newest lines of activity.
    pub const ACTIVITY: usize = 20;
    /// The newest deliveries that were given up.
    pub const DEAD: usize = 200;
    /// Minutes of message counts.
    pub const MINUTES: i64 = 60;
}

/// A helper and its newest process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelperEntry {
    /// The helper.
    pub helper: Helper,
    /// Its newest process, if it ever had one.
    pub process: Option<Process>,
}

/// A conversation and how far the viewer has read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationEntry {
    /// The conversation.
    pub conversation: Conversation,
    /// The position of the newest message that the viewer has read.
    pub read: i64,
}

impl ConversationEntry {
    /// Messages that the viewer has not read.
    #[must_use]
    pub fn unread(&self) -> i64 {
        (self.conversation.message_count - self.read).max(0)
    }
}

/// A project as lists have it. There may be many, and every page has them all: without what only its own page tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectEntry {
    /// The project's id.
    pub id: ProjectId,
    /// Its short name.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// The template it was made from.
    pub template: String,
    /// Where it stands.
    pub status: ProjectStatus,
    /// The newest commit, in full, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// How many files it has.
    pub files: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<&Project> for ProjectEntry {
    fn from(project: &Project) -> Self {
        Self {
            id: project.id,
            slug: project.slug.clone(),
            title: project.title.clone(),
            template: project.template.clone(),
            status: project.status,
            commit: project.commit.clone(),
            files: project.files,
            updated_at: project.updated_at,
        }
    }
}

/// The workshop at a glance, as one person sees it, up to one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workshop {
    /// Who looks.
    pub viewer: UserName,
    /// The log's epoch.
    pub epoch: Uuid,
    /// The last event in it.
    pub seq: i64,
    /// When that event happened; the start of 1970 in an empty log.
    pub as_of: Timestamp,
    /// The helpers, by name.
    pub helpers: Vec<HelperEntry>,
    /// The conversations, newest activity first.
    pub conversations: Vec<ConversationEntry>,
    /// The projects, newest first.
    pub projects: Vec<ProjectEntry>,
    /// The tasks, newest first.
    pub tasks: Vec<Task>,
    /// Deliveries that were given up, newest first.
    pub dead: Vec<Delivery>,
    /// The runs, newest first.
    pub runs: Vec<Run>,
    /// What helpers ask people to allow and nobody answered yet, newest first.
    pub permissions: Vec<Permission>,
    /// Messages posted, by minute since 1970, over the last hour before `as_of`.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, i64>))]
    pub minutes: BTreeMap<i64, i64>,
    /// What people would tell each other, newest first.
    pub activity: Vec<Activity>,
}

impl Workshop {
    /// Moves on by one event. Events already seen change nothing.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        self.as_of = event.at;
        match &event.what {
            EventData::ConversationCreated(conversation) | EventData::ConversationChanged(conversation) => {
                self.put_conversation(conversation, None);
            }
            EventData::ConversationRead(read) => {
                if read.reader == self.viewer {
                    self.mark_read(read.conversation, read.position);
                }
            }
            EventData::MessagePosted(posted) => {
                let own = posted.message.sender.user() == Some(&self.viewer);
                self.put_conversation(&posted.conversation, own.then_some(posted.message.position));
                *self.minutes.entry(posted.message.at.minute()).or_default() += 1;
                if let Some(name) = posted.message.sender.helper()
                    && let Some(entry) = self.helper_mut(name.as_str())
                {
                    entry.helper.active_at = Some(posted.message.at);
                }
            }
            EventData::DeliveryChanged(changed) => self.put_delivery(&changed.delivery, changed.waiting),
            EventData::HelperChanged(helper) => match self.helper_mut(helper.name.as_str()) {
                Some(entry) => entry.helper = helper.clone(),
                None => {
                    let at = self.helpers.partition_point(|other| other.helper.name < helper.name);
                    self.helpers.insert(at, HelperEntry { helper: helper.clone(), process: None });
                }
            },
            EventData::HelperRemoved(helper) => self.helpers.retain(|entry| entry.helper.name != helper.name),
            EventData::ProcessStatusChanged(process) => {
                if let Some(entry) = self.helper_mut(process.helper.as_str())
                    && entry.process.as_ref().is_none_or(|newest| newest.id <= process.id)
                {
                    entry.process = Some(process.clone());
                }
            }
            EventData::ProjectChanged(project) => {
                put_newest_first(&mut self.projects, project.into(), |p| p.id.0, usize::MAX);
            }
            EventData::ProjectCommitted(committed) => {
                put_newest_first(&mut self.projects, (&committed.project).into(), |p| p.id.0, usize::MAX);
            }
            EventData::ProjectRemoved(removed) => self.projects.retain(|project| project.id != removed.project),
            EventData::TaskProgressed(task) => {
                put_newest_first(&mut self.tasks, task.clone(), |t| t.id.0, limits::TASKS)
            }
            EventData::RunChanged(run) => put_newest_first(&mut self.runs, run.clone(), |r| r.id.0, limits::RUNS),
            EventData::PermissionChanged(permission) => {
                if permission.state == PermissionState::Asked {
                    put_newest_first(&mut self.permissions, permission.clone(), |p| p.id.0, limits::PERMISSIONS);
                } else {
                    self.permissions.retain(|other| other.id != permission.id);
                }
            }
            // What concerns accounts is no part of the workshop at a glance.
            _ => {}
        }
        if let Some(line) = Activity::of(event) {
            self.activity.insert(0, line);
            self.activity.truncate(limits::ACTIVITY);
        }
        let oldest = self.as_of.minute() - limits::MINUTES;
        self.minutes.retain(|minute, _| *minute > oldest);
    }

    /// The helper of that name.
    #[must_use]
    pub fn helper(&self, name: &str) -> Option<&HelperEntry> {
        self.helpers.iter().find(|entry| entry.helper.name.as_str() == name)
    }

    fn helper_mut(&mut self, name: &str) -> Option<&mut HelperEntry> {
        self.helpers.iter_mut().find(|entry| entry.helper.name.as_str() == name)
    }

    fn put_conversation(&mut self, conversation: &Conversation, read: Option<i64>) {
        let known = self.conversations.iter().position(|entry| entry.conversation.id == conversation.id);
        let known = known.map_or(0, |at| self.conversations.remove(at).read);
        let entry = ConversationEntry { conversation: conversation.clone(), read: known.max(read.unwrap_or(0)) };
        let at = self.conversations.partition_point(|other| newest_first(&other.conversation, conversation).is_lt());
        self.conversations.insert(at, entry);
        self.conversations.truncate(limits::CONVERSATIONS);
    }

    fn mark_read(&mut self, conversation: ConversationId, position: i64) {
        if let Some(entry) = self.conversations.iter_mut().find(|entry| entry.conversation.id == conversation) {
            entry.read = entry.read.max(position);
        }
    }

    fn put_delivery(&mut self, delivery: &Delivery, waiting: i64) {
        if let Some(entry) = self.helper_mut(delivery.helper.as_str()) {
            entry.helper.waiting = waiting;
            if delivery.status == DeliveryStatus::Answered {
                entry.helper.active_at = delivery.answered_at;
            }
        }
        if delivery.status == DeliveryStatus::Dead {
            put_newest_first(&mut self.dead, delivery.clone(), |d| d.id.0, limits::DEAD);
        } else {
            self.dead.retain(|other| other.id != delivery.id);
        }
    }
}

fn newest_first(a: &Conversation, b: &Conversation) -> std::cmp::Ordering {
    b.active_at.cmp(&a.active_at).then(b.id.cmp(&a.id))
}

/// Puts `item` into a list ordered by id, newest first, and cuts the list at `limit`.
fn put_newest_first<T>(list: &mut Vec<T>, item: T, id: impl Fn(&T) -> Uuid, limit: usize) {
    match list.binary_search_by(|other| id(&item).cmp(&id(other))) {
        Ok(at) => list[at] = item,
        Err(at) => list.insert(at, item),
    }
    list.truncate(limit);
}
