//! Deliveries and tasks in words: pure, so that server, browser and tests say the same.

use domain::retry::MAX_ATTEMPTS;
use domain::{Delivery, DeliveryStatus, Step, Task, TaskState, Timestamp};

use crate::components::Tone;
use crate::format::{coarse, duration};

/// What holds a queued delivery back, when something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// Deliveries to the helper are paused.
    Paused,
    /// People have stopped the helper.
    Stopped,
    /// The helper's process is down and will be started again.
    Down,
    /// The helper's manifest is gone.
    Gone,
}

/// Where a delivery stands, in words. `now` is unknown where no clock may be read; then nothing ticks.
#[must_use]
pub fn delivery(delivery: &Delivery, held_back: Option<HeldBack>, now: Option<Timestamp>) -> (Tone, String) {
    let since = |from: Timestamp| now.map(|now| format!(" {}", duration(now.micros_since(from)))).unwrap_or_default();
    match delivery.status {
        DeliveryStatus::Queued => match held_back {
            None => (Tone::Neutral, format!("queued{}", since(delivery.queued_at))),
            Some(why) => (Tone::Warn, format!("queued{}: {}", since(delivery.queued_at), why.words())),
        },
        DeliveryStatus::Delivered => {
            let again = if delivery.attempts > 1 {
                format!(", attempt {} of {MAX_ATTEMPTS}", delivery.attempts)
            } else {
                String::new()
            };
            (Tone::Info, format!("at work{}{again}", since(delivery.delivered_at.unwrap_or(delivery.queued_at))))
        }
        DeliveryStatus::Answered => {
            let took = delivery.answered_at.map(|at| at.micros_since(delivery.queued_at));
            let verb = if delivery.answer.is_some() { "answered" } else { "done, without an answer," };
            (
                Tone::Good,
                took.map_or_else(
                    || verb.trim_end_matches(',').to_owned(),
                    |took| format!("{verb} in {}", took_words(took)),
                ),
            )
        }
        DeliveryStatus::Failed => {
            let next = delivery.attempts + 1;
            let left = delivery.next_attempt_at.zip(now).map(|(at, now)| at.micros_since(now));
            let when = match left {
                Some(0) => " now".to_owned(),
                // Rounded up, so that the countdown never shows 0 before it is over.
                Some(left) => format!(" in {}", coarse(left + 999_999)),
                None => String::new(),
            };
            (Tone::Warn, format!("attempt {next} of {MAX_ATTEMPTS}{when}{}", reason(delivery)))
        }
        DeliveryStatus::Dead => {
            (Tone::Bad, format!("given up after {} attempts{}", delivery.attempts, reason(delivery)))
        }
    }
}

impl HeldBack {
    const fn words(self) -> &'static str {
        match self {
            Self::Paused => "deliveries to it are paused",
            Self::Stopped => "it is stopped",
            Self::Down => "it is not running and will be started again",
            Self::Gone => "there is no such helper any more",
        }
    }
}

fn reason(delivery: &Delivery) -> String {
    delivery.error.as_deref().map(|error| format!(": {}", error.trim_end_matches('.'))).unwrap_or_default()
}

/// Where a task stands, in a word, with how long it took or has been going on.
#[must_use]
pub fn task(task: &Task, now: Option<Timestamp>) -> (Tone, String) {
    let (tone, word) = match task.state {
        TaskState::Submitted if task.cancel_requested => (Tone::Warn, "canceling"),
        TaskState::Working if task.cancel_requested => (Tone::Warn, "canceling"),
        TaskState::Submitted => (Tone::Neutral, "waiting to begin"),
        TaskState::Working => (Tone::Info, "working"),
        TaskState::InputRequired => (Tone::Warn, "waiting for you"),
        TaskState::Completed => (Tone::Good, "done"),
        TaskState::Failed => (Tone::Bad, "failed"),
        TaskState::Canceled => (Tone::Neutral, "canceled"),
    };
    match task.ended_at.or(now) {
        Some(end) if task.ended_at.is_some() => {
            (tone, format!("{word} · {}", took_words(end.micros_since(task.created_at))))
        }
        Some(end) => (tone, format!("{word} · {}", duration(end.micros_since(task.created_at)))),
        None => (tone, word.to_owned()),
    }
}

/// How long a step took, or has been going on.
#[must_use]
pub fn step(step: &Step, now: Option<Timestamp>) -> String {
    match (step.started_at, step.ended_at.or(now)) {
        (Some(start), Some(end)) if step.ended_at.is_some() => took_words(end.micros_since(start)),
        (Some(start), Some(end)) => duration(end.micros_since(start)),
        _ => String::new(),
    }
}

/// How long something took; what is over in no time says so in milliseconds.
fn took_words(micros: i64) -> String {
    if micros < 100_000 { format!("{} ms", micros.max(0) / 1_000) } else { duration(micros) }
}

#[cfg(test)]
mod tests {
    use domain::DeliveryId;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn some_delivery(status: DeliveryStatus) -> Delivery {
        let id = uuid::Uuid::nil();
        Delivery {
            id: DeliveryId(id),
            message: id.into(),
            conversation: id.into(),
            project: None,
            helper: "the_author".parse().unwrap(),
            on_behalf_of: None,
            token: None,
            status,
            attempts: 1,
            queued_at: at(1_000),
            delivered_at: Some(at(1_100)),
            answered_at: None,
            next_attempt_at: None,
            answer: None,
            error: None,
        }
    }

    fn words(change: impl FnOnce(&mut Delivery), status: DeliveryStatus) -> String {
        let mut some = some_delivery(status);
        change(&mut some);
        delivery(&some, None, Some(at(4_000))).1
    }

    #[test]
    fn each_status_says_how_long_and_why() {
        assert_eq!(words(|_| (), DeliveryStatus::Queued), "queued 3.0 s");
        assert_eq!(words(|_| (), DeliveryStatus::Delivered), "at work 2.9 s");
        assert_eq!(words(|d| d.attempts = 3, DeliveryStatus::Delivered), "at work 2.9 s, attempt 3 of 5");
        let answered = |d: &mut Delivery| {
            d.answered_at = Some(at(1_420));
            d.answer = Some(d.message);
        };
        assert_eq!(words(answered, DeliveryStatus::Answered), "answered in 0.4 s");
        assert_eq!(
            words(|d| d.answered_at = Some(at(1_023)), DeliveryStatus::Answered),
            "done, without an answer, in 23 ms"
        );
        assert_eq!(
            words(|d| d.answered_at = Some(at(1_420)), DeliveryStatus::Answered),
            "done, without an answer, in 0.4 s"
        );
        let failed = |d: &mut Delivery| {
            d.next_attempt_at = Some(at(7_100));
            d.error = Some("It ended with exit 1.".into());
        };
        assert_eq!(words(failed, DeliveryStatus::Failed), "attempt 2 of 5 in 4 s: It ended with exit 1");
        assert_eq!(words(|d| d.attempts = 5, DeliveryStatus::Dead), "given up after 5 attempts");
    }

    #[test]
    fn what_holds_a_delivery_back_is_said() {
        let (tone, words) = delivery(&some_delivery(DeliveryStatus::Queued), Some(HeldBack::Paused), None);
        assert_eq!((tone, words.as_str()), (Tone::Warn, "queued: deliveries to it are paused"));
    }

    #[test]
    fn without_a_clock_nothing_ticks() {
        assert_eq!(delivery(&some_delivery(DeliveryStatus::Queued), None, None).1, "queued");
    }
}
