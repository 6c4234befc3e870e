//! The part of a conversation that stands on the page, and how events move it on. Pure.

use domain::conversation::HOP_BUDGET;
use domain::permission::Permission;
use domain::projection::Thread;
use domain::{ConversationId, Delivery, Event, EventData, Excerpt, Message, MessageId, Party, Task, syntax};
use serde::{Deserialize, Serialize};

/// Which part of a conversation is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// The newest messages; the page follows the stream.
    Newest,
    /// Those just before this position.
    Before(i64),
    /// Those just after this position.
    After(i64),
    /// Those around this position.
    Around(i64),
}

/// A message that another one answers, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Which message.
    pub id: MessageId,
    /// Its place in the conversation.
    pub position: i64,
    /// Who said what.
    pub excerpt: Excerpt,
}

impl Quote {
    /// The message in short.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let body = syntax::slash_command(&message.body).filter(|command| command.name == "decide");
        let text = body.map_or(message.body.as_str(), |command| command.rest);
        Self { id: message.id, position: message.position, excerpt: Excerpt::of(message.sender.clone(), text) }
    }
}

/// Whether a message marks a decision.
#[must_use]
pub fn is_decision(message: &Message) -> bool {
    syntax::slash_command(&message.body).is_some_and(|command| command.name == "decide" && !command.rest.is_empty())
}

/// Messages with what hangs on them, as they come from looking further back or ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Their deliveries.
    pub deliveries: Vec<Delivery>,
    /// The tasks they set off.
    pub tasks: Vec<Task>,
    /// What helpers asked to do for them.
    pub permissions: Vec<Permission>,
    /// The messages they answer that are not among them.
    pub quotes: Vec<Quote>,
    /// Where older ones go on; none: there are none.
    pub older: Option<i64>,
    /// Where newer ones go on; none: these are the newest.
    pub newer: Option<i64>,
}

/// The part of a conversation that stands on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its messages and what hangs on them.
    pub thread: Thread,
    /// Where older messages go on; none: there are none.
    pub older: Option<i64>,
    /// Where newer messages go on; none: the newest are here, and the stream adds to them.
    pub newer: Option<i64>,
    /// Messages that are answered here but stand elsewhere.
    pub quotes: Vec<Quote>,
    /// What was decided, oldest first.
    pub decisions: Vec<Quote>,
    /// The idempotency key for a message written without JavaScript.
    pub form_key: String,
}

impl View {
    /// The conversation's id.
    #[must_use]
    pub const fn id(&self) -> ConversationId {
        self.thread.conversation.id
    }

    /// Moves on by one event. While older messages are shown, new ones are only counted.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.thread.seq {
            return;
        }
        if let EventData::MessagePosted(posted) = &event.what
            && posted.conversation.id == self.id()
        {
            if is_decision(&posted.message) {
                self.decisions.push(Quote::of(&posted.message));
            }
            let shown = self.thread.messages.last().map_or(0, |message| message.position);
            if self.newer.is_some() || posted.message.position <= shown {
                self.thread.seq = event.seq;
                self.thread.conversation = posted.conversation.clone();
                return;
            }
        }
        self.thread.apply(event);
    }

    /// Puts older messages in front.
    pub fn prepend(&mut self, mut part: Part) {
        self.older = part.older;
        let messages = std::mem::take(&mut part.messages);
        self.hang(part);
        self.thread.prepend(messages);
    }

    /// Puts newer messages at the end; after the last of them the page follows the stream.
    pub fn append(&mut self, mut part: Part) {
        self.newer = part.newer;
        let last = self.thread.messages.last().map_or(0, |message| message.position);
        self.thread
            .messages
            .extend(std::mem::take(&mut part.messages).into_iter().filter(|message| message.position > last));
        let last = self.thread.messages.last().map_or(0, |message| message.position);
        if self.newer.is_none() && last < self.thread.conversation.message_count {
            // More was said while this part was on its way.
            self.newer = Some(last);
        }
        self.hang(part);
    }

    /// Takes over what hangs on the messages of `part` and is not here yet; both lists stay ordered by id.
    fn hang(&mut self, part: Part) {
        let Thread { deliveries, tasks, permissions, .. } = &mut self.thread;
        for delivery in part.deliveries {
            if let Err(at) = deliveries.binary_search_by(|other| other.id.cmp(&delivery.id)) {
                deliveries.insert(at, delivery);
            }
        }
        for task in part.tasks {
            if let Err(at) = tasks.binary_search_by(|other| other.id.cmp(&task.id)) {
                tasks.insert(at, task);
            }
        }
        for permission in part.permissions {
            if let Err(at) = permissions.binary_search_by(|other| other.id.cmp(&permission.id)) {
                permissions.insert(at, permission);
            }
        }
        self.quotes.extend(part.quotes);
    }

    /// The message in short, when it is known here.
    #[must_use]
    pub fn quote(&self, id: MessageId) -> Option<Quote> {
        let here = self.thread.messages.iter().find(|message| message.id == id).map(Quote::of);
        here.or_else(|| self.quotes.iter().find(|quote| quote.id == id).cloned())
    }

    /// The answered message, unless the answer stands right below it and needs no quote.
    #[must_use]
    pub fn quote_for(&self, message: &Message) -> Option<MessageId> {
        let answered = message.reply_to?;
        let at = self.thread.messages.iter().position(|other| other.id == message.id)?;
        let above = at.checked_sub(1).and_then(|above| self.thread.messages.get(above));
        let plain = message.sender.helper().is_some() && above.is_some_and(|above| above.id == answered);
        (!plain).then_some(answered)
    }

    /// The deliveries of one message.
    #[must_use]
    pub fn deliveries_of(&self, message: MessageId) -> Vec<Delivery> {
        self.thread.deliveries.iter().filter(|delivery| delivery.message == message).cloned().collect()
    }

    /// The tasks that one message set off.
    #[must_use]
    pub fn tasks_of(&self, message: MessageId) -> Vec<Task> {
        self.thread.tasks.iter().filter(|task| task.message == Some(message)).cloned().collect()
    }

    /// What helpers asked to do while they worked on one message.
    pub fn permissions_of(&self, message: MessageId) -> impl Iterator<Item = &Permission> {
        self.thread.permissions.iter().filter(move |permission| permission.message == message)
    }

    /// How many messages the viewer has not read.
    #[must_use]
    pub fn unread(&self) -> i64 {
        (self.thread.conversation.message_count - self.thread.read).max(0)
    }

    /// Deliveries that the newest exchange may still set off.
    #[must_use]
    pub fn hops_left(&self) -> i32 {
        let Some(root) = self.thread.messages.last().map(|message| message.root) else { return HOP_BUDGET };
        // A person's own message does not count, only what helpers set off by naming each other.
        let within = |id: MessageId| {
            self.thread
                .messages
                .iter()
                .rev()
                .any(|message| message.id == id && message.root == root && message.hops > 0)
        };
        let used = self.thread.deliveries.iter().filter(|delivery| within(delivery.message)).count();
        (HOP_BUDGET - i32::try_from(used).unwrap_or(HOP_BUDGET)).max(0)
    }
}

/// The name as people write it: a person's with a capital, a helper's as it is.
#[must_use]
pub fn spoken(party: &Party) -> String {
    match party {
        Party::User(name) => {
            let mut letters = name.as_str().chars();
            letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        }
        Party::Helper(name) => name.to_string(),
        Party::System => "Workshop".to_owned(),
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
