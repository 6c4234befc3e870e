//! A worker: claims one delivery after the other for a helper's process, prompts it, and writes down what came of it.

use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, DeliveryStatus, syntax};
use serde_json::json;
use store::commands::{
    AnswerDelivery, ClaimDelivery, Claimed, FailDelivery, ReleaseDelivery, RenewDelivery, WithdrawPermissions,
};
use store::{DeliveryFilter, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::sessions::{Sessions, ours};
use crate::acp::{Host, Link, Said, Turn};
use crate::manifest::Manifest;
use crate::pace::Pace;

/// Longest sleep without a reason to wake up, in case a wake-up was lost.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Pause after the database did not answer.
const DATABASE_PAUSE: Duration = Duration::from_secs(3);
/// How long a helper may take to give a prompt up when it is asked to.
const CANCEL: Duration = Duration::from_secs(2);

/// Works for one process.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) pace: Pace,
    pub(super) manifest: Arc<Manifest>,
    pub(super) link: Arc<Link>,
    pub(super) host: Arc<Host>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) wake: watch::Receiver<()>,
    /// The process is gone: what is in hand has failed.
    pub(super) broken: CancellationToken,
    /// Ends the work: what is in hand is given back.
    pub(super) stop: CancellationToken,
}

/// What became of an attempt.
enum Outcome {
    Done(Said),
    Failed(String),
    /// The work ends; the attempt does not count.
    GivenBack,
    /// Someone else has the delivery.
    Lost,
}

impl Worker {
    /// Works until it is stopped.
    pub(super) async fn work(mut self) {
        while let Some(claimed) = self.next().await {
            self.deliver(claimed).await;
        }
    }

    /// The next delivery; none when the work ends.
    async fn next(&mut self) -> Option<Claimed> {
        loop {
            if self.stop.is_cancelled() {
                return None;
            }
            self.wake.borrow_and_update();
            let claim = ClaimDelivery { helper: self.manifest.name.clone() };
            let sleep = match self.store.run(&Actor::system(), claim).await {
                Ok(Some(claimed)) => return Some(claimed),
                Ok(None) => self.until_retry().await,
                Err(error) => {
                    tracing::warn!(helper = %self.manifest.name, %error, "no delivery could be claimed");
                    DATABASE_PAUSE
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return None,
                woken = self.wake.changed() => woken.ok()?,
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    /// Time until the next attempt of a delivery that failed is due.
    async fn until_retry(&self) -> Duration {
        let filter = DeliveryFilter {
            helper: Some(self.manifest.name.clone()),
            status: Some(DeliveryStatus::Failed),
            ..DeliveryFilter::default()
        };
        let failed = self.store.deliveries(&filter, 200).await.unwrap_or_default();
        let now = self.store.now();
        let due = failed.iter().filter_map(|delivery| delivery.next_attempt_at).min();
        due.map_or(LONGEST_SLEEP, |due| {
            let micros = due.micros_since(now).unsigned_abs();
            Duration::from_micros(micros).clamp(Duration::from_millis(20), LONGEST_SLEEP)
        })
    }

    /// Works on one delivery and writes down what came of it.
    async fn deliver(&self, claimed: Claimed) {
        let Claimed { delivery, message, conversation, token } = claimed;
        let (id, helper) = (delivery.id, delivery.actor());
        let turn = Arc::new(Turn::new(delivery, message, conversation));
        turn.begin(&self.store);
        let outcome = self.attempt(&turn, token).await;
        let written = match outcome {
            Outcome::Done(said) => {
                turn.show(&self.store);
                let answer = AnswerDelivery { delivery: id, token, body: self.body(&turn, said) };
                self.store.run(&helper, answer).await.map(|answered| {
                    if answered.fenced {
                        tracing::warn!(helper = %self.manifest.name, delivery = %id, "an answer came after its lease was lost and was left out");
                    }
                })
            }
            Outcome::Failed(error) => {
                let sentence = format!("{}: {error}", self.manifest.name);
                self.store.run(&Actor::system(), FailDelivery { delivery: id, token, error: sentence }).await.map(drop)
            }
            Outcome::GivenBack => self.store.run(&Actor::system(), ReleaseDelivery { delivery: id, token }).await,
            Outcome::Lost => Ok(()),
        };
        if let Err(error) = written {
            // The lease runs out, and the delivery is tried again.
            tracing::error!(helper = %self.manifest.name, delivery = %id, error = ?error, "what came of a delivery could not be written");
        }
        self.store.log().end_draft(id);
    }

    fn body(&self, turn: &Turn, said: Said) -> Option<String> {
        match said {
            Said::Everything | Said::Cancelled => {}
            Said::UpToALimit => turn.note("It stopped here, at a limit of its own."),
            Said::Refused => turn.note(&format!("{} refuses to answer this.", self.manifest.name)),
        }
        turn.body()
    }

    async fn attempt(&self, turn: &Arc<Turn>, token: i64) -> Outcome {
        let opened = tokio::select! {
            biased;
            () = self.broken.cancelled() => return Outcome::Failed("its process ended in the middle of it".into()),
            () = self.stop.cancelled() => return Outcome::GivenBack,
            opened = self.sessions.of(&turn.conversation, &self.link, self.pace.begin) => opened,
        };
        let session = match opened {
            Ok(session) => session,
            Err(error) => return Outcome::Failed(error),
        };
        self.host.turns.begin(&session, turn.clone());
        let outcome = self.converse(turn, token, &session).await;
        if let Some(place) = turn.place.get() {
            match &outcome {
                Outcome::Done(_) => {
                    let services = &self.host.services;
                    let finishing = async { place.finish(&services.terms(), turn).await };
                    for sentence in self.renewing(turn, token, finishing).await {
                        turn.note(&sentence);
                    }
                }
                // It is tried again, from the project as it stands.
                Outcome::Failed(_) | Outcome::GivenBack | Outcome::Lost => place.abandon().await,
            }
        }
        self.host.turns.end(&session);
        if turn.has_asked() {
            // Nobody waits for an answer any more.
            let withdraw = WithdrawPermissions { delivery: turn.delivery.id };
            if let Err(error) = self.store.run(&Actor::system(), withdraw).await {
                tracing::warn!(helper = %self.manifest.name, %error, "what a helper asked could not be withdrawn");
            }
        }
        if !matches!(outcome, Outcome::Done(_)) {
            self.sessions.give_up(turn.conversation.id).await;
        }
        outcome
    }

    /// Does something while the lease is renewed.
    async fn renewing<T>(&self, turn: &Turn, token: i64, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let mut renew = tokio::time::interval(self.pace.renew);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                _ = renew.tick() => {
                    let renewal = RenewDelivery { delivery: turn.delivery.id, token };
                    // Lost or not, what was begun is ended; a late answer is fenced off.
                    let _ = self.store.run(&Actor::system(), renewal).await;
                }
            }
        }
    }

    /// Prompts, and waits for the end while the lease is renewed and the draft is shown.
    async fn converse(&self, turn: &Turn, token: i64, session: &str) -> Outcome {
        let meta = ours(json!({
            "delivery": turn.delivery.id,
            "attempt": turn.delivery.attempts,
            "conversation": turn.conversation.id,
            "title": turn.conversation.title,
            "message": turn.message.id,
            "position": turn.message.position,
            "sender": turn.message.sender,
            "on_behalf_of": turn.delivery.on_behalf_of,
        }));
        let prompt = self.link.prompt(session, prompt_of(&turn.message.body), meta);
        tokio::pin!(prompt);
        let limit = self.manifest.prompt_timeout;
        let too_late = tokio::time::sleep(limit);
        tokio::pin!(too_late);
        let mut renew = tokio::time::interval(self.pace.renew);
        renew.tick().await;
        let mut show = tokio::time::interval(self.pace.draft);
        loop {
            tokio::select! {
                // A message that breaks the process must count as a failed attempt, or it would be tried for ever.
                biased;
                said = &mut prompt => return match said {
                    Ok(Said::Cancelled) => Outcome::Failed("it gave this up without being asked to".into()),
                    Ok(said) => Outcome::Done(said),
                    Err(error) => Outcome::Failed(error),
                },
                () = self.broken.cancelled() => return Outcome::Failed("its process ended in the middle of it".into()),
                () = self.stop.cancelled() => {
                    self.link.cancel(session);
                    let _ = tokio::time::timeout(CANCEL, &mut prompt).await;
                    return Outcome::GivenBack;
                }
                () = &mut too_late => {
                    let waited = turn.waits_for_people();
                    self.link.cancel(session);
                    let _ = tokio::time::timeout(CANCEL, &mut prompt).await;
                    return Outcome::Failed(match waited {
                        true => format!("nobody answered what it asks permission for within {} s", limit.as_secs()),
                        false => format!("it did not finish within {} s", limit.as_secs()),
                    });
                }
                _ = renew.tick() => {
                    let renewal = RenewDelivery { delivery: turn.delivery.id, token };
                    if matches!(self.store.run(&Actor::system(), renewal).await, Ok(false)) {
                        self.link.cancel(session);
                        return Outcome::Lost;
                    }
                }
                _ = show.tick() => turn.show(&self.store),
            }
        }
    }
}

/// The text of a prompt: agents expect a command at its very beginning, so mentions before one are left out.
fn prompt_of(body: &str) -> String {
    if syntax::slash_command(body).is_none() {
        return body.to_owned();
    }
    let mut rest = body.trim_start();
    while let Some(after) = rest.strip_prefix('@') {
        rest = after.find(char::is_whitespace).map_or("", |end| after[end..].trim_start());
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_comes_first_and_other_text_stays_as_it_is() {
        assert_eq!(prompt_of("@the_author @echo /scaffold pods\nmore"), "/scaffold pods\nmore");
        assert_eq!(prompt_of("@the_author hello"), "@the_author hello");
        assert_eq!(prompt_of("  /find x"), "/find x");
    }
}
