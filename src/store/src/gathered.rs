//! What the commands of one transaction read once for all of them, and the rows that they write together: a hundred
//! messages in one conversation are one look at it, one change to it, and a few statements with many rows each.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::event::MessagePosted;
use domain::{Conversation, ConversationId, Error, Event, EventData, Helper, Message, Party, Result, UserName};

use crate::db::Tx;
use crate::tables;

/// What was gathered since it was last settled. The transaction does not hold it before.
#[derive(Default)]
pub(crate) struct Gathered {
    conversations: BTreeMap<ConversationId, Known>,
    helpers: Option<Arc<[Helper]>>,
    /// The messages, by their places among what has happened.
    messages: Vec<usize>,
    /// Which of them a sender sent with a key.
    keys: BTreeMap<(Party, String), usize>,
    reads: BTreeMap<(UserName, ConversationId), i64>,
}

/// Where a conversation is found as it stands now.
enum Known {
    /// Here: as the transaction has it.
    Read(Conversation),
    /// In the event of its newest message, of which the transaction has yet to be told.
    Said(usize),
}

impl Gathered {
    /// The conversation, held to the end of the transaction.
    pub(crate) async fn conversation(
        &mut self,
        tx: &mut Tx,
        happened: &[Event],
        id: ConversationId,
    ) -> Result<Option<Conversation>> {
        match self.conversations.get(&id) {
            Some(Known::Read(conversation)) => return Ok(Some(conversation.clone())),
            Some(Known::Said(at)) => return Ok(Some(posted(happened, *at)?.conversation.clone())),
            None => {}
        }
        let found = tables::conversations::get_locked(tx, id).await?;
        if let Some(conversation) = found.clone() {
            self.conversations.insert(id, Known::Read(conversation));
        }
        Ok(found)
    }

    /// All helpers.
    pub(crate) async fn helpers(&mut self, tx: &mut Tx) -> Result<Arc<[Helper]>> {
        if let Some(helpers) = &self.helpers {
            return Ok(helpers.clone());
        }
        let helpers: Arc<[Helper]> = tables::helpers::all(tx).await?.into();
        self.helpers = Some(helpers.clone());
        Ok(helpers)
    }

    /// The message that the sender sent with this key.
    pub(crate) async fn message_by_key(
        &self,
        tx: &mut Tx,
        happened: &[Event],
        sender: &Party,
        key: &str,
    ) -> Result<Option<Message>> {
        match self.keys.get(&(sender.clone(), key.to_owned())) {
            Some(at) => Ok(Some(posted(happened, *at)?.message.clone())),
            None => tables::messages::by_key(tx, &sender.to_string(), key).await,
        }
    }

    /// Takes up the message of the newest event, and its conversation, which has changed by it. Who said it has read it.
    ///
    /// # Errors
    /// When the newest event is none of a message.
    pub(crate) fn add_newest(&mut self, happened: &[Event]) -> Result<()> {
        let at = happened.len().saturating_sub(1);
        let MessagePosted { message, conversation } = posted(happened, at)?;
        self.conversations.insert(conversation.id, Known::Said(at));
        if let Party::User(reader) = &message.sender {
            self.reads.insert((reader.clone(), conversation.id), message.position);
        }
        if let Some(key) = &message.key {
            self.keys.insert((message.sender.clone(), key.clone()), at);
        }
        self.messages.push(at);
        Ok(())
    }

    /// Tells the transaction, and forgets what was read: what comes next may change it.
    pub(crate) async fn settle(&mut self, tx: &mut Tx, happened: &[Event]) -> Result<()> {
        let Self { conversations, messages, reads, .. } = std::mem::take(self);
        let changed = conversations.values().filter_map(|known| match known {
            Known::Read(_) => None,
            Known::Said(at) => Some(posted(happened, *at).map(|posted| &posted.conversation)),
        });
        tables::conversations::update(tx, &changed.collect::<Result<Vec<_>>>()?).await?;
        let messages = messages.into_iter().map(|at| posted(happened, at).map(|posted| &posted.message));
        tables::messages::insert_all(tx, &messages.collect::<Result<Vec<_>>>()?).await?;
        let reads: Vec<_> = reads.into_iter().map(|((reader, id), position)| (reader, id, position)).collect();
        tables::conversations::mark_read(tx, &reads).await?;
        Ok(())
    }
}

/// The message that was gathered with the event at this place. Were it not there, it would be told of and never written.
fn posted(happened: &[Event], at: usize) -> Result<&MessagePosted> {
    match happened.get(at).map(|event| &event.what) {
        Some(EventData::MessagePosted(posted)) => Ok(posted),
        _ => Err(Error::internal(format!("event {at} of the transaction is no message"))),
    }
}
