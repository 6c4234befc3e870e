//! One conversation as it is read: its newest messages, their deliveries, the tasks they set off, and
//! what helpers ask about them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::conversation::Conversation;
use crate::delivery::Delivery;
use crate::event::{Event, EventData};
use crate::message::Message;
use crate::name::UserName;
use crate::permission::Permission;
use crate::task::Task;

/// One conversation as it is read, from some message on to the newest, up to one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Thread {
    /// Who looks.
    pub viewer: UserName,
    /// The log's epoch.
    pub epoch: Uuid,
    /// The last event in it.
    pub seq: i64,
    /// The conversation.
    pub conversation: Conversation,
    /// The position of the newest message that the viewer has read.
    pub read: i64,
    /// Its messages from the oldest shown to the newest, without gaps.
    pub messages: Vec<Message>,
    /// The deliveries of those messages, oldest first.
    pub deliveries: Vec<Delivery>,
    /// The tasks that those messages set off, oldest first.
    pub tasks: Vec<Task>,
    /// What helpers asked people to allow while they worked on those messages, oldest first.
    pub permissions: Vec<Permission>,
}

impl Thread {
    /// Moves on by one event. Events already seen, and those of other conversations, change nothing but `seq`.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        match &event.what {
            EventData::ConversationChanged(conversation) if conversation.id == self.conversation.id => {
                self.conversation = conversation.clone();
            }
            EventData::ConversationRead(read)
                if read.conversation == self.conversation.id && read.reader == self.viewer =>
            {
                self.read = self.read.max(read.position);
            }
            EventData::MessagePosted(posted) if posted.conversation.id == self.conversation.id => {
                self.conversation = posted.conversation.clone();
                if posted.message.sender.user() == Some(&self.viewer) {
                    self.read = self.read.max(posted.message.position);
                }
                self.messages.push(posted.message.clone());
            }
            EventData::DeliveryChanged(changed) if self.shows(changed.delivery.message) => {
                put_oldest_first(&mut self.deliveries, changed.delivery.clone(), |d| d.id.0);
            }
            EventData::TaskProgressed(task) if task.message.is_some_and(|message| self.shows(message)) => {
                put_oldest_first(&mut self.tasks, task.clone(), |t| t.id.0);
            }
            EventData::PermissionChanged(permission) if self.shows(permission.message) => {
                put_oldest_first(&mut self.permissions, permission.clone(), |p| p.id.0);
            }
            _ => {}
        }
    }

    /// Puts older messages in front, as they come from scrolling back.
    pub fn prepend(&mut self, mut older: Vec<Message>) {
        if let Some(first) = self.messages.first() {
            older.retain(|message| message.position < first.position);
        }
        older.append(&mut self.messages);
        self.messages = older;
    }

    /// The same thread cut to its newest `count` messages.
    #[must_use]
    pub fn newest(mut self, count: usize) -> Self {
        self.messages.drain(..self.messages.len().saturating_sub(count));
        let kept: Vec<_> = self.messages.iter().map(|message| message.id).collect();
        self.deliveries.retain(|delivery| kept.contains(&delivery.message));
        self.tasks.retain(|task| task.message.is_some_and(|message| kept.contains(&message)));
        self.permissions.retain(|permission| kept.contains(&permission.message));
        self
    }

    fn shows(&self, message: crate::id::MessageId) -> bool {
        self.messages.iter().rev().any(|shown| shown.id == message)
    }
}

fn put_oldest_first<T>(list: &mut Vec<T>, item: T, id: impl Fn(&T) -> Uuid) {
    match list.binary_search_by(|other| id(other).cmp(&id(&item))) {
        Ok(at) => list[at] = item,
        Err(at) => list.insert(at, item),
    }
}
