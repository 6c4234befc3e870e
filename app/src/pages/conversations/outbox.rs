//! Messages on their way from the browser: each is kept until the workshop has it, and goes out once. Pure.

use domain::{ConversationId, MessageId};
use serde::{Deserialize, Serialize};

/// Where a message stands before the thread shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// Kept here until the workshop can be reached.
    Waiting,
    /// Being handed over.
    Sending,
    /// The workshop has it; the thread will show it in a moment.
    Sent,
    /// The workshop does not take it, and says why.
    Refused(String),
}

/// One message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The idempotency key, made once: sent twice, it is kept once.
    pub key: String,
    /// Where it goes.
    pub conversation: ConversationId,
    /// What it says, in Markdown.
    pub body: String,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
    /// When it was written, in milliseconds since 1970.
    pub written: i64,
    /// Where it stands.
    pub stage: Stage,
}

/// The messages on their way, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outbox(Vec<Entry>);

impl Outbox {
    /// As it was left: what was being sent when the page went away is sent again, under the same key.
    #[must_use]
    pub fn restored(entries: Vec<Entry>) -> Self {
        let mut outbox = Self::default();
        for mut entry in entries {
            if entry.stage == Stage::Sending {
                entry.stage = Stage::Waiting;
            }
            outbox.add(entry);
        }
        outbox
    }

    /// Takes one more; one whose key is there already changes nothing.
    pub fn add(&mut self, entry: Entry) {
        if self.0.iter().all(|other| other.key != entry.key) {
            let at = self.0.partition_point(|other| (other.written, &other.key) < (entry.written, &entry.key));
            self.0.insert(at, entry);
        }
    }

    /// The next to send, marked as being sent: one at a time, so that they arrive in the order written.
    pub fn next(&mut self) -> Option<Entry> {
        if self.0.iter().any(|entry| entry.stage == Stage::Sending) {
            return None;
        }
        let entry = self.0.iter_mut().find(|entry| entry.stage == Stage::Waiting)?;
        entry.stage = Stage::Sending;
        Some(entry.clone())
    }

    /// Moves the entry of that key to another stage.
    pub fn set(&mut self, key: &str, stage: Stage) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.key == key) {
            entry.stage = stage;
        }
    }

    /// Takes the entry of that key out.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.0.iter().position(|entry| entry.key == key)?;
        Some(self.0.remove(at))
    }

    /// Those of one conversation.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.conversation == conversation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, written: i64) -> Entry {
        Entry {
            key: key.into(),
            conversation: ConversationId(uuid::Uuid::nil()),
            body: format!("body of {key}"),
            reply_to: None,
            written,
            stage: Stage::Waiting,
        }
    }

    #[test]
    fn messages_go_out_one_at_a_time_in_the_order_written() {
        let mut outbox = Outbox::restored(vec![entry("b", 2), entry("a", 1)]);
        assert_eq!(outbox.next().unwrap().key, "a");
        assert_eq!(outbox.next(), None);
        outbox.set("a", Stage::Sent);
        assert_eq!(outbox.next().unwrap().key, "b");
    }

    #[test]
    fn an_outage_keeps_the_message_and_its_key() {
        let mut outbox = Outbox::default();
        outbox.add(entry("a", 1));
        let sent = outbox.next().unwrap();
        outbox.set("a", Stage::Waiting);
        assert_eq!(outbox.next().unwrap(), sent);
    }

    #[test]
    fn a_page_that_went_away_while_sending_sends_again_under_the_same_key() {
        let mut left = entry("a", 1);
        left.stage = Stage::Sending;
        let mut outbox = Outbox::restored(vec![left, entry("a", 1)]);
        assert_eq!(outbox.next().unwrap().key, "a");
        assert_eq!(outbox.of(ConversationId(uuid::Uuid::nil())).count(), 1);
    }

    #[test]
    fn a_refused_message_keeps_its_text_and_stands_in_nobodys_way() {
        let mut outbox = Outbox::restored(vec![entry("a", 1), entry("b", 2)]);
        outbox.next();
        outbox.set("a", Stage::Refused("Too large".into()));
        assert_eq!(outbox.next().unwrap().key, "b");
        assert_eq!(outbox.remove("a").unwrap().body, "body of a");
        assert_eq!(outbox.next(), None);
    }
}
