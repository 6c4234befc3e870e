//! Any part of a conversation with what hangs on its messages, and the messages that carry a command.

use domain::{ConversationId, Cut, Delivery, Message, Page, Permission, Result, Task, syntax};

use crate::tables;
use crate::view::View;

/// A part of a conversation.
#[derive(Debug, Clone)]
pub struct Window {
    /// Its messages, oldest first, with the cursors to their neighbours.
    pub messages: Page<Message>,
    /// Their deliveries, oldest first.
    pub deliveries: Vec<Delivery>,
    /// The tasks they set off, oldest first.
    pub tasks: Vec<Task>,
    /// What helpers asked to do for them, oldest first.
    pub permissions: Vec<Permission>,
}

impl Window {
    fn of(messages: Page<Message>) -> Self {
        Self { messages, deliveries: Vec::new(), tasks: Vec::new(), permissions: Vec::new() }
    }
}

impl View {
    /// A part of a conversation with the deliveries and tasks of its messages, read in one transaction. Empty when
    /// there is no such conversation in sight.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn window(&self, id: ConversationId, cut: Cut, limit: i64) -> Result<Window> {
        let mut tx = self.store.db().read().await?;
        if self.seen_conversation(&mut tx, id).await?.is_none() {
            return Ok(Window::of(Page::empty()));
        }
        let messages = tables::messages::page(&mut tx, id, cut, limit).await?;
        let (Some(first), Some(last)) = (messages.items.first(), messages.items.last()) else {
            return Ok(Window::of(messages));
        };
        let (first, last) = (first.position, last.position);
        Ok(Window {
            deliveries: tables::deliveries::between(&mut tx, id, first, last).await?,
            tasks: self.seen_tasks(tables::tasks::of_messages(&mut tx, id.0, first, last).await?),
            permissions: self.seen_permissions(tables::permissions::of_messages(&mut tx, id, first, last).await?),
            messages,
        })
    }

    /// The newest messages of a conversation whose command is `/word`, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn commanded(&self, id: ConversationId, word: &str, limit: i64) -> Result<Vec<Message>> {
        let mut tx = self.store.db().read().await?;
        if self.seen_conversation(&mut tx, id).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut found = tables::messages::with_command(&mut tx, id, word, limit).await?;
        found.retain(|message| syntax::slash_command(&message.body).is_some_and(|command| command.name == word));
        Ok(found)
    }
}
