//! Deliveries in the hands of a helper: claimed under a lease, renewed, and answered, failed or given back exactly once.

use domain::access::{Action, Subject};
use domain::retry::{MAX_ATTEMPTS, delivery_pause};
use domain::{
    Conversation, Delivery, DeliveryId, DeliveryStatus, Error, ErrorCode, HelperName, Message, Party, Result,
};

use super::LEASE_SECONDS;
use super::post::{Said, moved, say};
use crate::change::{Change, Command};
use crate::tables;
use crate::tables::deliveries::Fence;

/// Hands a helper its next delivery: due, and in order within each conversation. Nothing while the helper is paused.
/// Deliveries of people who may not ask any more are given up on the way.
#[derive(Debug, Clone)]
pub struct ClaimDelivery {
    /// Who asks.
    pub helper: HelperName,
}

/// A delivery in hand. Whoever holds `token` may write about it while the lease lasts.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The delivery.
    pub delivery: Delivery,
    /// The message to deliver.
    pub message: Message,
    /// Its conversation.
    pub conversation: Conversation,
    /// What tells this holder from earlier ones.
    pub token: i64,
}

impl Command for ClaimDelivery {
    const ACTION: Action = Action::Observe;
    type Output = Option<Claimed>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Option<Claimed>> {
        if tables::helpers::get(change.tx, &self.helper).await?.is_none_or(|helper| helper.paused) {
            return Ok(None);
        }
        let Some((mut delivery, fence)) = next_allowed(change, &self.helper).await? else { return Ok(None) };
        let id = delivery.id;
        let token = fence.token + 1;
        delivery.status = DeliveryStatus::Delivered;
        delivery.attempts += 1;
        delivery.delivered_at = Some(change.now);
        delivery.next_attempt_at = None;
        let until = change.now.plus_seconds(LEASE_SECONDS);
        tables::deliveries::update(change.tx, &delivery, token, Some(until)).await?;
        moved(change, &delivery, 0).await?;
        let gone = || Error::internal(format!("delivery {id} has lost its message"));
        let message = tables::messages::get(change.tx, delivery.message).await?.ok_or_else(gone)?;
        let conversation = tables::conversations::get(change.tx, delivery.conversation).await?.ok_or_else(gone)?;
        Ok(Some(Claimed { delivery, message, conversation, token }))
    }
}

/// The next delivery that the helper may have. A helper may no more than the person for whom it works.
async fn next_allowed(change: &mut Change<'_>, helper: &HelperName) -> Result<Option<(Delivery, Fence)>> {
    while let Some(id) = tables::deliveries::next_due(change.tx, helper, change.now).await? {
        let Some((mut delivery, fence)) = tables::deliveries::get_locked(change.tx, id).await? else { break };
        let rights = change.rights_of(&delivery.actor());
        let Err(refused) = rights.allow(Action::Answer, Subject::of(delivery.project)) else {
            return Ok(Some((delivery, fence)));
        };
        delivery.status = DeliveryStatus::Dead;
        delivery.next_attempt_at = None;
        delivery.error = Some(refused.message);
        tables::deliveries::update(change.tx, &delivery, fence.token, None).await?;
        moved(change, &delivery, -1).await?;
    }
    Ok(None)
}

/// Keeps a lease alive. `false`: it was lost, someone else may have the delivery.
#[derive(Debug, Clone)]
pub struct RenewDelivery {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The holder's token.
    pub token: i64,
}

impl Command for RenewDelivery {
    const ACTION: Action = Action::Observe;
    type Output = bool;

    async fn apply(&self, change: &mut Change<'_>) -> Result<bool> {
        tables::deliveries::renew(change.tx, self.delivery, self.token, change.now.plus_seconds(LEASE_SECONDS)).await
    }
}

/// Ends a delivery with the helper's answer, or without one. The answer is posted in the same transaction.
#[derive(Debug, Clone)]
pub struct AnswerDelivery {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The holder's token.
    pub token: i64,
    /// The answer in Markdown; none when the helper has nothing to say.
    pub body: Option<String>,
}

/// What became of an answer.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The message that was posted.
    pub message: Option<Message>,
    /// Whether the lease had been lost: then nothing was written.
    pub fenced: bool,
}

impl Command for AnswerDelivery {
    const ACTION: Action = Action::Answer;
    type Output = Answered;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Answered> {
        // Where the lease is lost nothing is written, and there is nothing to refuse.
        change.checked = true;
        let Some((mut delivery, fence)) = held(change, self.delivery, self.token).await? else {
            return Ok(Answered { message: None, fenced: true });
        };
        if change.actor.by != Party::Helper(delivery.helper.clone()) {
            return Err(Error::new(ErrorCode::Forbidden, "Only the helper that has the delivery may answer it."));
        }
        change.rights_of(&delivery.actor()).allow(Self::ACTION, Subject::of(delivery.project))?;
        let mut posted = None;
        if let Some(body) = &self.body {
            domain::message::check_body(body)?;
            let conversation = tables::conversations::get_locked(change.tx, delivery.conversation)
                .await?
                .ok_or_else(|| Error::not_found("conversation"))?;
            let said = Said {
                id: change.new_id(),
                sender: Party::Helper(delivery.helper.clone()),
                recipient: None,
                body: body.clone(),
                reply_to: Some(delivery.message),
                root: fence.root,
                hops: fence.hops + 1,
                key: Some(format!("delivery:{}", delivery.id)),
                joins: true,
            };
            let (message, _) = say(change, conversation, said).await?;
            posted = Some(message);
        }
        delivery.status = DeliveryStatus::Answered;
        delivery.answered_at = Some(change.now);
        delivery.answer = posted.as_ref().map(|message| message.id);
        delivery.error = None;
        tables::deliveries::update(change.tx, &delivery, fence.token, None).await?;
        tables::helpers::set_active(change.tx, &delivery.helper, change.now).await?;
        moved(change, &delivery, -1).await?;
        Ok(Answered { message: posted, fenced: false })
    }
}

/// Ends an attempt without success: another follows after a pause, or the delivery is dead. `None`: the lease was lost.
#[derive(Debug, Clone)]
pub struct FailDelivery {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The holder's token.
    pub token: i64,
    /// Why, in words.
    pub error: String,
}

impl Command for FailDelivery {
    const ACTION: Action = Action::Observe;
    type Output = Option<Delivery>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Option<Delivery>> {
        match held(change, self.delivery, self.token).await? {
            Some((delivery, fence)) => fail(change, delivery, &fence, &self.error).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Gives a delivery back untouched, as when the server shuts down: the attempt does not count.
#[derive(Debug, Clone)]
pub struct ReleaseDelivery {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The holder's token.
    pub token: i64,
}

impl Command for ReleaseDelivery {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let Some((mut delivery, fence)) = held(change, self.delivery, self.token).await? else { return Ok(()) };
        delivery.status = DeliveryStatus::Queued;
        delivery.attempts = (delivery.attempts - 1).max(0);
        delivery.delivered_at = None;
        tables::deliveries::update(change.tx, &delivery, fence.token, None).await?;
        moved(change, &delivery, 0).await
    }
}

/// Takes back deliveries whose holder let the lease run out: a failed attempt each.
#[derive(Debug, Clone)]
pub struct ReapDeliveries;

impl Command for ReapDeliveries {
    const ACTION: Action = Action::Observe;
    type Output = Vec<Delivery>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Vec<Delivery>> {
        let mut reaped = Vec::new();
        for id in tables::deliveries::expired(change.tx, change.now).await? {
            if let Some((delivery, fence)) = tables::deliveries::get_locked(change.tx, id).await? {
                let why = format!("The helper went away in the middle: nothing was heard of it for {LEASE_SECONDS} s.");
                reaped.push(fail(change, delivery, &fence, &why).await?);
            }
        }
        Ok(reaped)
    }
}

/// The delivery, if `token` still holds it.
async fn held(change: &mut Change<'_>, id: DeliveryId, token: i64) -> Result<Option<(Delivery, Fence)>> {
    let found = tables::deliveries::get_locked(change.tx, id).await?;
    Ok(found.filter(|(delivery, fence)| fence.token == token && delivery.status == DeliveryStatus::Delivered))
}

async fn fail(change: &mut Change<'_>, mut delivery: Delivery, fence: &Fence, why: &str) -> Result<Delivery> {
    let pause = delivery_pause(delivery.attempts);
    delivery.next_attempt_at = pause.map(|seconds| change.now.plus_seconds(seconds));
    delivery.error = Some(why.to_owned());
    delivery.status = if pause.is_some() { DeliveryStatus::Failed } else { DeliveryStatus::Dead };
    tables::deliveries::update(change.tx, &delivery, fence.token, None).await?;
    if pause.is_none() {
        tracing::warn!(delivery = %delivery.id, helper = %delivery.helper, attempts = MAX_ATTEMPTS, "a delivery was given up");
    }
    moved(change, &delivery, if pause.is_some() { 0 } else { -1 }).await?;
    Ok(delivery)
}
