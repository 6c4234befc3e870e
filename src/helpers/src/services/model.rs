//! The language model: an OpenAI-compatible server, asked from here so that its key never enters a helper's process.

mod events;

use std::fmt;
use std::time::Duration;

use agent_client_protocol::UntypedMessage;
use domain::{Cut, Error, ErrorCode, Message, Party, Result};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use self::events::Events;
use super::{Asker, Services};
use crate::lines;
use crate::manifest::Home;

/// Where a language model is found: anything that speaks OpenAI's chat completions.
#[derive(Clone)]
pub struct ModelSettings {
    /// The address up to and without `/chat/completions`, like `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// The model's name, as its server knows it.
    pub name: String,
    /// The key, when its server wants one. Never shown.
    pub key: Option<String>,
}

impl fmt::Debug for ModelSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelSettings").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Messages of the conversation that the model gets to see.
const HISTORY: i64 = 24;
/// Bytes of them.
const HISTORY_BYTES: usize = 32 * 1024;
/// Longest silence of the model's server.
const SILENCE: Duration = Duration::from_secs(120);

/// A language model that can be asked.
pub(crate) struct Model {
    client: reqwest::Client,
    url: reqwest::Url,
    settings: ModelSettings,
}

impl Model {
    /// # Errors
    /// `Invalid` when the address is none.
    pub(crate) fn new(settings: ModelSettings) -> Result<Self> {
        let address = format!("{}/chat/completions", settings.url.trim_end_matches('/'));
        let url: reqwest::Url = address.parse().map_err(|error| {
            Error::invalid("model.url", "model.url is not an address; write it like http://127.0.0.1:11434/v1")
                .because(error)
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::invalid("model.url", "model.url must begin with http:// or https://"));
        }
        // Someone else may have installed a provider already; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, url, settings })
    }

    /// Asks, and hands each piece of the answer to `piece` as it comes.
    async fn ask(&self, messages: Vec<Value>, mut piece: impl FnMut(&str)) -> Result<()> {
        let mut request = self
            .client
            .post(self.url.clone())
            .json(&json!({ "model": self.settings.name, "messages": messages, "stream": true }));
        if let Some(key) = &self.settings.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(|error| silent(error.without_url()))?;
        let status = response.status();
        if !status.is_success() {
            let body = response.bytes().await.unwrap_or_default();
            return Err(Error::new(
                ErrorCode::Unavailable,
                format!("The model's server answered {status}: {}", events::complaint(&body)),
            ));
        }
        let mut events = Events::default();
        let mut stream = response.bytes_stream();
        while let Some(bytes) = stream.next().await {
            let bytes = bytes.map_err(|error| silent(error.without_url()))?;
            for text in events.read(&bytes)? {
                piece(&text);
            }
            if events.is_done() {
                return Ok(());
            }
        }
        Err(Error::new(ErrorCode::Unavailable, "The model's server stopped in the middle of its answer."))
    }
}

fn silent(error: reqwest::Error) -> Error {
    let sentence = if error.is_timeout() {
        "The model's server did not answer in time."
    } else if error.is_connect() {
        "The model's server cannot be reached. Check model.url and that it is running."
    } else {
        "The connection to the model's server broke."
    };
    Error::new(ErrorCode::Unavailable, sentence).because(error)
}

impl Services {
    /// Answers the message of the asker's delivery in the words of its persona. The text goes to the helper in
    /// `_tatwats/model.chunk` notifications; the answer comes after the last of them.
    pub(super) async fn complete(&self, asker: &Asker) -> Result<Value> {
        let Some(model) = &self.model else {
            return Err(Error::new(ErrorCode::Unavailable, "No language model is configured."));
        };
        let persona = Home::persona(&asker.manifest.persona)?;
        let mut messages = vec![json!({ "role": "system", "content": persona })];
        messages.extend(self.history(asker).await?);
        let chunk = |text: &str| {
            let notification =
                UntypedMessage::new("_tatwats/model.chunk", json!({ "sessionId": asker.session, "text": text }));
            if let Ok(notification) = notification {
                let _ = asker.connection.send_notification(notification);
            }
        };
        tokio::select! {
            asked = model.ask(messages, chunk) => asked?,
            () = asker.turn.over.cancelled() => {}
        }
        Ok(json!({}))
    }

    /// The newest messages up to the one to answer, within the limits, oldest first.
    async fn history(&self, asker: &Asker) -> Result<Vec<Value>> {
        let asked = &asker.turn.message;
        let page = self.store.messages(asker.turn.conversation.id, Cut::Before(asked.position + 1), HISTORY).await?;
        let mut room = HISTORY_BYTES;
        let mut found = Vec::new();
        for message in page.items.iter().rev() {
            if message.body.len() > room && message.id != asked.id {
                break;
            }
            room = room.saturating_sub(message.body.len());
            found.push(told(message, asker.manifest.name.as_str()));
        }
        found.reverse();
        Ok(found)
    }
}

/// A message as the model sees it: its own as such, all others with their sender.
fn told(message: &Message, own_name: &str) -> Value {
    let body = lines::cut(&message.body, HISTORY_BYTES);
    match &message.sender {
        Party::Helper(name) if name.as_str() == own_name => json!({ "role": "assistant", "content": body }),
        other => json!({ "role": "user", "content": format!("{}: {body}", other.name()) }),
    }
}
