//! What the commands of one transaction read once for all of them, and the rows that they write together: a hundred
//! messages in one conversation are one look at it, one change to it, and a few statements with many rows each.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Conversation, ConversationId, Helper, Message, Party, Result, UserName};

use crate::db::Tx;
use crate::tables;

/// What was gathered since it was last settled. The transaction does not hold it before.
#[derive(Default)]
pub(crate) struct Gathered {
    conversations: BTreeMap<ConversationId, Known>,
    helpers: Option<Arc<[Helper]>>,
    messages: Vec<Message>,
    /// Which of the messages a sender sent with a key.
    keys: BTreeMap<(Party, String), usize>,
    reads: BTreeMap<(UserName, ConversationId), i64>,
}

/// A conversation as it stands now.
struct Known {
    conversation: Conversation,
    /// Whether the transaction has yet to be told.
    changed: bool,
}

impl Gathered {
    /// The conversation, held to the end of the transaction.
    pub(crate) async fn conversation(&mut self, tx: &mut Tx, id: ConversationId) -> Result<Option<Conversation>> {
        if let Some(known) = self.conversations.get(&id) {
            return Ok(Some(known.conversation.clone()));
        }
        let found = tables::conversations::get_locked(tx, id).await?;
        if let Some(conversation) = found.clone() {
            self.conversations.insert(id, Known { conversation, changed: false });
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
    pub(crate) async fn message_by_key(&self, tx: &mut Tx, sender: &Party, key: &str) -> Result<Option<Message>> {
        let gathered = self.keys.get(&(sender.clone(), key.to_owned())).and_then(|at| self.messages.get(*at));
        match gathered {
            Some(message) => Ok(Some(message.clone())),
            None => tables::messages::by_key(tx, &sender.to_string(), key).await,
        }
    }

    /// Writes a message at the end of its conversation, which has changed by that. Who said it has read it.
    pub(crate) fn add(&mut self, conversation: &Conversation, message: &Message) {
        self.conversations.insert(conversation.id, Known { conversation: conversation.clone(), changed: true });
        if let Party::User(reader) = &message.sender {
            self.reads.insert((reader.clone(), conversation.id), message.position);
        }
        if let Some(key) = &message.key {
            self.keys.insert((message.sender.clone(), key.clone()), self.messages.len());
        }
        self.messages.push(message.clone());
    }

    /// Tells the transaction, and forgets what was read: what comes next may change it.
    pub(crate) async fn settle(&mut self, tx: &mut Tx) -> Result<()> {
        let Self { conversations, messages, reads, .. } = std::mem::take(self);
        let changed: Vec<_> =
            conversations.into_values().filter(|known| known.changed).map(|known| known.conversation).collect();
        tables::conversations::update(tx, &changed).await?;
        tables::messages::insert_all(tx, &messages).await?;
        let reads: Vec<_> = reads.into_iter().map(|((reader, id), position)| (reader, id, position)).collect();
        tables::conversations::mark_read(tx, &reads).await?;
        Ok(())
    }
}
