//! Saying something: the message, whom it goes to, and the hop budget that ends chatter between helpers.

use domain::access::{Action, Subject};
use domain::conversation::HOP_BUDGET;
use domain::event::{DeliveryChanged, MessagePosted};
use domain::message::{check_body, check_key};
use domain::{
    Conversation, ConversationId, Delivery, DeliveryStatus, Error, EventData, Excerpt, HelperName, Message, MessageId,
    Party, ProjectId, Result, addressing, markdown,
};

use super::conversations::allowed;
use super::permissions::withdraw;
use crate::change::{Change, Command};
use crate::tables;

/// Says something in a conversation, as the acting party.
#[derive(Debug, Clone)]
pub struct PostMessage {
    /// Where.
    pub conversation: ConversationId,
    /// The helper it is meant for, when it names one.
    pub recipient: Option<HelperName>,
    /// What, in Markdown.
    pub body: String,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
    /// The sender's idempotency key: sent twice with the same key, it is kept once.
    pub key: Option<String>,
}

/// What became of a message.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The message as it was kept.
    pub message: Message,
    /// The helpers it goes to.
    pub deliveries: Vec<Delivery>,
    /// Whether it had been kept before under the same key; then nothing new happened.
    pub repeated: bool,
}

impl Command for PostMessage {
    const ACTION: Action = Action::Talk;
    const GATHERS: bool = true;
    type Output = Posted;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Posted> {
        check_body(&self.body)?;
        let found = change.conversation(self.conversation).await?;
        let conversation = allowed(change, found, Self::ACTION)?;
        let sender = change.actor.by.clone();
        if let Some(key) = &self.key {
            check_key(key)?;
            if let Some(kept) = change.message_by_key(&sender, key).await? {
                return repeated(self, kept);
            }
        }
        if let Some(answered) = self.reply_to {
            change.settle().await?;
            let known = tables::messages::get(change.tx, answered).await?;
            if known.is_none_or(|message| message.conversation != conversation.id) {
                return Err(Error::invalid("reply_to", "The message you answer is not in this conversation."));
            }
        }
        if let Some(name) = &self.recipient
            && !change.gathered.helpers(change.tx).await?.iter().any(|helper| helper.name == *name)
        {
            return Err(Error::invalid(
                "recipient",
                format!("There is no helper called “{name}”. See the Helpers page for those there are."),
            ));
        }
        let id = change.new_id();
        let said = Said {
            id,
            sender: sender.clone(),
            recipient: self.recipient.clone(),
            body: self.body.clone(),
            reply_to: self.reply_to,
            root: id,
            hops: i32::from(sender.helper().is_some()),
            key: self.key.clone(),
            joins: sender.helper().is_none(),
        };
        let (message, deliveries) = say(change, conversation, said).await?;
        Ok(Posted { message, deliveries, repeated: false })
    }
}

fn repeated(wanted: &PostMessage, kept: Message) -> Result<Posted> {
    if kept.conversation != wanted.conversation || kept.body != wanted.body {
        return Err(Error {
            field: Some("key".into()),
            ..Error::conflict("This idempotency key was used for another message. Use a new key for a new message.")
        });
    }
    Ok(Posted { message: kept, deliveries: Vec::new(), repeated: true })
}

/// A message that is about to be kept.
pub(super) struct Said {
    pub(super) id: MessageId,
    pub(super) sender: Party,
    pub(super) recipient: Option<HelperName>,
    pub(super) body: String,
    pub(super) reply_to: Option<MessageId>,
    pub(super) root: MessageId,
    pub(super) hops: i32,
    pub(super) key: Option<String>,
    /// Whether the sender takes part from now on. A helper that speaks unasked does not: people who are alone with
    /// one helper stay so.
    pub(super) joins: bool,
}

/// Keeps a message and sends it on its way to the helpers it is for.
pub(super) async fn say(
    change: &mut Change<'_>,
    mut conversation: Conversation,
    said: Said,
) -> Result<(Message, Vec<Delivery>)> {
    let helpers = change.gathered.helpers(change.tx).await?;
    let mut addressees =
        addressing::addressees(&said.sender, said.recipient.as_ref(), &said.body, &conversation, &helpers);
    let from_helper = said.sender.helper().is_some();
    let unheard = if from_helper { within_budget(change, said.root, &mut addressees).await? } else { Vec::new() };
    let everyone =
        said.joins.then(|| said.sender.clone()).into_iter().chain(addressees.iter().cloned().map(Party::Helper));
    for party in everyone.filter(|party| *party != Party::System) {
        if !conversation.participants.contains(&party) {
            conversation.participants.push(party);
        }
    }
    let project = conversation.project;
    let message = keep(change, conversation, said).await?;
    let mut deliveries = Vec::with_capacity(addressees.len());
    if !addressees.is_empty() {
        // Deliveries are of messages that are there.
        change.settle().await?;
    }
    for helper in addressees {
        deliveries.push(queue(change, project, &message, helper).await?);
    }
    if !unheard.is_empty() {
        let names = unheard.iter().map(HelperName::as_str).collect::<Vec<_>>().join(", ");
        let id = change.new_id();
        let notice = Said {
            id,
            sender: Party::System,
            recipient: None,
            body: format!(
                "Stopped here: helpers have passed this thread on {HOP_BUDGET} times, which is all it may take. \
                 Not asked any more: {names}. Say something to go on; that begins a new count."
            ),
            reply_to: Some(message.id),
            root: message.root,
            hops: message.hops,
            key: None,
            joins: false,
        };
        let conversation = standing(change, message.conversation).await?;
        keep(change, conversation, notice).await?;
    }
    Ok((message, deliveries))
}

/// Writes the message at the end of the conversation.
async fn keep(change: &mut Change<'_>, conversation: Conversation, said: Said) -> Result<Message> {
    let message = Message {
        id: said.id,
        conversation: conversation.id,
        position: conversation.message_count + 1,
        html: markdown::render(&said.body),
        sender: said.sender,
        recipient: said.recipient,
        body: said.body,
        reply_to: said.reply_to,
        root: said.root,
        hops: said.hops,
        key: said.key,
        at: change.now,
    };
    append(change, conversation, message.clone()).await?;
    Ok(message)
}

/// A conversation that is there, as it stands now.
pub(super) async fn standing(change: &mut Change<'_>, id: ConversationId) -> Result<Conversation> {
    change.conversation(id).await?.ok_or_else(|| Error::not_found("conversation"))
}

/// Writes a whole message at the end of the conversation, and what follows from it.
pub(super) async fn append(change: &mut Change<'_>, mut conversation: Conversation, message: Message) -> Result<()> {
    conversation.active_at =
        if conversation.message_count == 0 { message.at } else { conversation.active_at.max(message.at) };
    conversation.message_count = message.position;
    conversation.last = Some(Excerpt::of(message.sender.clone(), &message.body));
    if let Party::Helper(name) = &message.sender {
        tables::helpers::set_active(change.tx, name, message.at).await?;
    }
    change.record(EventData::MessagePosted(MessagePosted { message, conversation }));
    change.gathered.add_newest(change.happened)
}

/// Cuts the addressees down to what is left of the thread's hop budget; gives back those cut off.
async fn within_budget(
    change: &mut Change<'_>,
    root: MessageId,
    addressees: &mut Vec<HelperName>,
) -> Result<Vec<HelperName>> {
    if addressees.is_empty() {
        return Ok(Vec::new());
    }
    let used = tables::deliveries::hops_of(change.tx, root).await?;
    let left = usize::try_from(i64::from(HOP_BUDGET) - used).unwrap_or(0);
    Ok(addressees.split_off(left.min(addressees.len())))
}

async fn queue(
    change: &mut Change<'_>,
    project: Option<ProjectId>,
    message: &Message,
    helper: HelperName,
) -> Result<Delivery> {
    let delivery = Delivery {
        id: change.new_id(),
        message: message.id,
        conversation: message.conversation,
        project,
        helper,
        on_behalf_of: change.actor.person().cloned(),
        token: change.actor.token,
        status: DeliveryStatus::Queued,
        attempts: 0,
        queued_at: change.now,
        delivered_at: None,
        answered_at: None,
        next_attempt_at: None,
        answer: None,
        error: None,
    };
    tables::deliveries::insert(change.tx, &delivery, message.position, message.root, message.hops).await?;
    moved(change, &delivery, 1).await?;
    Ok(delivery)
}

/// Records that a delivery moved on, and by how much that changes the number of those waiting.
pub(super) async fn moved(change: &mut Change<'_>, delivery: &Delivery, waiting: i64) -> Result<()> {
    let waiting = tables::helpers::add_waiting(change.tx, &delivery.helper, waiting).await?;
    change.record(EventData::DeliveryChanged(DeliveryChanged { delivery: delivery.clone(), waiting }));
    if !delivery.status.is_open() {
        // Whoever asked for something while at work on it asks no more.
        withdraw(change, delivery.id).await?;
    }
    Ok(())
}
