//! Messages brought in from elsewhere: kept with the time they had, delivered to no one, each only once.

use domain::access::Action;
use domain::event::{ConversationRead, ImportCompleted};
use domain::message::{check_body, check_key};
use domain::{EventData, Message, Party, Result, Timestamp};

use super::conversations::pair;
use super::post::{append, standing};
use crate::change::{Change, Command};
use crate::tables;

/// Brings in messages between two parties, into their one conversation, in the order given.
#[derive(Debug, Clone)]
pub struct ImportMessages {
    /// One of them.
    pub one: Party,
    /// The other.
    pub other: Party,
    /// What they said, oldest first.
    pub messages: Vec<ImportedMessage>,
}

/// A message as it comes from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedMessage {
    /// What tells it from the sender's others, for ever: brought in again, it is recognised by this.
    pub key: String,
    /// Who said it.
    pub sender: Party,
    /// What, in Markdown.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// What became of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It was written.
    Imported,
    /// It was there already.
    AlreadyThere,
    /// Another message was there under the same key; that one stays.
    Differs,
}

impl Command for ImportMessages {
    const ACTION: Action = Action::Import;
    type Output = Vec<ImportOutcome>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Vec<ImportOutcome>> {
        let mut outcomes = Vec::with_capacity(self.messages.len());
        let mut opened = None;
        for imported in &self.messages {
            check_key(&imported.key)?;
            check_body(&imported.body)?;
            if let Some(kept) = change.message_by_key(&imported.sender, &imported.key).await? {
                let same = kept.body == imported.body;
                outcomes.push(if same { ImportOutcome::AlreadyThere } else { ImportOutcome::Differs });
                continue;
            }
            let opened = match opened {
                Some(id) => id,
                None => *opened.insert(pair(change, &self.one, &self.other, imported.at).await?.id),
            };
            let conversation = standing(change, opened).await?;
            let id = change.new_id();
            let message = Message {
                id,
                conversation: conversation.id,
                position: conversation.message_count + 1,
                sender: imported.sender.clone(),
                recipient: None,
                html: domain::markdown::render(&imported.body),
                body: imported.body.clone(),
                reply_to: None,
                root: id,
                hops: 0,
                key: Some(imported.key.clone()),
                at: imported.at,
            };
            append(change, conversation, message).await?;
            outcomes.push(ImportOutcome::Imported);
        }
        if let (Some(opened), Some(reader)) = (opened, change.actor.by.user().cloned()) {
            let conversation = standing(change, opened).await?;
            // What is brought in is old: it should not stand there as unread.
            let position = conversation.message_count;
            change.settle().await?;
            let read = [(reader.clone(), conversation.id, position)];
            if tables::conversations::mark_read(change.tx, &read).await? > 0 {
                change.record(EventData::ConversationRead(ConversationRead {
                    conversation: conversation.id,
                    project: conversation.project,
                    reader,
                    position,
                }));
            }
        }
        Ok(outcomes)
    }
}

/// Notes that an import is done, and what it came to.
#[derive(Debug, Clone)]
pub struct CompleteImport {
    /// Where the messages came from.
    pub source: String,
    /// Messages written.
    pub imported: i64,
    /// Messages that were there already.
    pub already_there: i64,
    /// Files refused.
    pub refused: i64,
}

impl Command for CompleteImport {
    const ACTION: Action = Action::Import;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        change.record(EventData::ImportCompleted(ImportCompleted {
            source: self.source.clone(),
            imported: self.imported,
            already_there: self.already_there,
            refused: self.refused,
        }));
        Ok(())
    }
}
