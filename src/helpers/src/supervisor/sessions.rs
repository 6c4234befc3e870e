//! The ACP sessions of one process: one per conversation.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agent_client_protocol::v1::schema::Meta;
use domain::{Conversation, ConversationId};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::acp::Link;
use crate::manifest::{Home, Manifest};

/// The sessions of one process.
pub(super) struct Sessions {
    manifest: Arc<Manifest>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_conversation: HashMap<ConversationId, String>,
    /// Opened to hear what the helper can do; the first conversation gets it.
    spare: Option<String>,
}

impl Sessions {
    pub(super) fn new(manifest: Arc<Manifest>) -> Self {
        Self { manifest, open: Mutex::default() }
    }

    /// Opens the spare session: only in a session does a helper announce its commands.
    pub(super) async fn greet(&self, link: &Link, limit: Duration) -> Result<(), String> {
        let session = link.open_session(Path::new(room::WORK), self.meta(), limit).await?;
        self.open.lock().await.spare = Some(session);
        Ok(())
    }

    /// The session of a conversation, opened when there is none yet.
    pub(super) async fn of(&self, conversation: &Conversation, link: &Link, limit: Duration) -> Result<String, String> {
        let mut open = self.open.lock().await;
        if let Some(session) = open.by_conversation.get(&conversation.id) {
            return Ok(session.clone());
        }
        let session = match open.spare.take() {
            Some(spare) => spare,
            None => link.open_session(Path::new(room::WORK), self.meta(), limit).await?,
        };
        open.by_conversation.insert(conversation.id, session.clone());
        Ok(session)
    }

    /// Gives up the session of a conversation: what it still says would come into the next answer.
    pub(super) async fn give_up(&self, conversation: ConversationId) {
        self.open.lock().await.by_conversation.remove(&conversation);
    }

    /// Gives all sessions up, so that new ones begin with the persona as it stands now.
    pub(super) async fn forget(&self) {
        *self.open.lock().await = Open::default();
    }

    fn meta(&self) -> Meta {
        let persona = Home::persona(&self.manifest.persona).unwrap_or_default();
        ours(json!({ "helper": self.manifest.name, "persona": persona, "settings": self.manifest.settings }))
    }
}

/// What the workshop adds to messages of the protocol, under its own key.
pub(super) fn ours(data: Value) -> Meta {
    Meta::from_iter([("tatwats".to_owned(), data)])
}
