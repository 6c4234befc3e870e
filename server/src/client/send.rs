//! `tatwats send`: says something, and can wait for the answers.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use clap::{ArgGroup, Args};
use domain::stream::{ServerFrame, Topic};
use domain::{
    Conversation, ConversationId, Delivery, DeliveryId, DeliveryStatus, Error, EventData, HelperName, Message,
};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::Connection;
use super::fault::Fault;
use super::follow::Follow;
use super::http::Client;
use super::out::{Out, harmless};

/// More than the server takes, so that it is the server that says so.
const MAX_INPUT: u64 = 256 * 1024;

/// Say something in a conversation.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("where").required(true).args(["to", "conversation"]))]
pub struct Send {
    #[command(flatten)]
    pub(super) connection: Connection,
    /// In your conversation with this helper.
    #[arg(long, value_name = "HELPER", value_parser = helper)]
    to: Option<HelperName>,
    /// In this conversation.
    #[arg(long, value_name = "ID", value_parser = conversation)]
    conversation: Option<ConversationId>,
    /// Sent twice with the same key, it is kept once.
    #[arg(long)]
    key: Option<String>,
    /// Wait for the answers and print them.
    #[arg(long)]
    wait: bool,
    /// How long to wait, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "wait")]
    timeout: u64,
    /// What to say, in Markdown; “-” reads it from the input.
    text: String,
}

fn helper(text: &str) -> Result<HelperName, Error> {
    text.parse()
}

fn conversation(text: &str) -> Result<ConversationId, Error> {
    text.parse()
}

/// What the server says to a message.
#[derive(Debug, Serialize, Deserialize)]
struct Posted {
    message: Message,
    deliveries: Vec<Delivery>,
    repeated: bool,
}

#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    posted: Posted,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<Message>>,
}

impl Send {
    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let body = self.body()?;
        let conversation = self.place(client).await?;
        let mut follow = match self.wait {
            true => Some(Follow::begin(client, &[Topic::Conversation(conversation)], None).await?),
            false => None,
        };
        let parts = ["conversations", &conversation.to_string(), "messages"];
        let message = json!({ "body": body, "recipient": self.to, "key": self.key });
        let posted: Posted = client.change(Method::POST, &parts, Some(&message)).await?;
        let answers = match &mut follow {
            None => None,
            Some(follow) => Some(self.answers(client, follow, &posted).await?),
        };
        out.show(&Outcome { posted, answers }, text)
    }

    fn body(&self) -> Result<String, Fault> {
        if self.text != "-" {
            return Ok(self.text.clone());
        }
        let mut text = String::new();
        let read = std::io::stdin().lock().take(MAX_INPUT).read_to_string(&mut text);
        read.map_err(|error| Fault::Usage(format!("The input cannot be read as text: {error}")))?;
        Ok(text)
    }

    async fn place(&self, client: &Client) -> Result<ConversationId, Fault> {
        match (&self.to, self.conversation) {
            (Some(helper), _) => {
                let parts = ["helpers", helper.as_str(), "conversation"];
                let conversation: Conversation = client.change(Method::PUT, &parts, None::<&()>).await?;
                Ok(conversation.id)
            }
            (None, Some(id)) => Ok(id),
            (None, None) => Err(Fault::Usage("Say where: --to HELPER or --conversation ID.".into())),
        }
    }

    /// Waits until every delivery has come to its end.
    async fn answers(&self, client: &Client, follow: &mut Follow<'_>, posted: &Posted) -> Result<Vec<Message>, Fault> {
        let deadline = Instant::now() + Duration::from_secs(self.timeout);
        let mut open: BTreeMap<DeliveryId, HelperName> =
            posted.deliveries.iter().map(|d| (d.id, d.helper.clone())).collect();
        let mut answers = Vec::new();
        while !open.is_empty() {
            let late = || {
                let names = open.values().map(HelperName::as_str).collect::<Vec<_>>().join(", ");
                Fault::TooLong(format!(
                    "No answer from {names} within {} s. The message is kept, and will be answered.",
                    self.timeout
                ))
            };
            let heard = timeout_at(deadline, follow.next()).await.map_err(|_| late())??;
            let ServerFrame::Event(event) = heard.frame else { continue };
            let EventData::DeliveryChanged(changed) = event.what else { continue };
            let delivery = changed.delivery;
            if !open.contains_key(&delivery.id) {
                continue;
            }
            match delivery.status {
                DeliveryStatus::Answered => {
                    open.remove(&delivery.id);
                    if let Some(answer) = delivery.answer {
                        answers.push(client.get(&["messages", &answer.to_string()], &[]).await?);
                    }
                }
                DeliveryStatus::Dead => {
                    let why = delivery.error.unwrap_or_else(|| "it failed too often".into());
                    return Err(Fault::Failed(format!("{} gave up: {why}", delivery.helper)));
                }
                _ => {}
            }
        }
        Ok(answers)
    }
}

fn text(result: &Outcome) -> String {
    let posted = &result.posted;
    match &result.answers {
        Some(answers) if answers.is_empty() => "Done; there was nothing to say to it.".into(),
        Some(answers) => {
            answers.iter().map(|answer| format!("{}:\n{}\n", answer.sender.name(), harmless(&answer.body))).collect()
        }
        None => {
            let names: Vec<&str> = posted.deliveries.iter().map(|delivery| delivery.helper.as_str()).collect();
            let to = if names.is_empty() { "nobody in particular".to_owned() } else { names.join(", ") };
            let again = if posted.repeated { " (it was there already, under the same key)" } else { "" };
            format!(
                "Kept as number {} of conversation {}, for {to}{again}.",
                posted.message.position, posted.message.conversation
            )
        }
    }
}
