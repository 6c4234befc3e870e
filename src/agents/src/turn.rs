//! One prompt being answered: says things, and asks the workshop.

use agent_client_protocol::v1::ConnectionTo;
use agent_client_protocol::v1::schema::{
    ContentBlock, ContentChunk, SessionId, SessionNotification, SessionUpdate, TextContent,
};
use agent_client_protocol::{Client, UntypedMessage};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The workshop's “no”, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// One prompt being answered.
pub(super) struct Turn {
    pub(super) connection: ConnectionTo<Client>,
    pub(super) session: SessionId,
    /// What the workshop told about the delivery.
    pub(super) ours: Value,
}

impl Turn {
    /// Adds to the answer.
    pub(super) fn say(&self, text: &str) {
        say(&self.connection, &self.session, text);
    }

    /// Asks the workshop `_tatwats/<method>` on behalf of this prompt's delivery.
    pub(super) async fn ask<T: DeserializeOwned>(&self, method: &str, mut params: Value) -> Result<T, Refusal> {
        params["sessionId"] = Value::String(self.session.0.to_string());
        let request =
            UntypedMessage::new(&format!("_tatwats/{method}"), params).map_err(|error| Refusal::new(error.message))?;
        let answer =
            self.connection.send_request(request).block_task().await.map_err(|error| Refusal::new(error.message))?;
        serde_json::from_value(answer)
            .map_err(|error| Refusal::new(format!("The workshop's answer cannot be read: {error}.")))
    }
}

pub(super) fn say(connection: &ConnectionTo<Client>, session: &SessionId, text: &str) {
    let chunk = ContentChunk::new(ContentBlock::Text(TextContent::new(text)));
    // When the workshop is gone nobody is left to be told.
    let _ = connection
        .send_notification(SessionNotification::new(session.clone(), SessionUpdate::AgentMessageChunk(chunk)));
}

/// `text` as Markdown that shows it as it is.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
