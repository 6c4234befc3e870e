//! Hands the outbox to the workshop: at once while it answers, again as soon as it is back.

use std::time::Duration;

use domain::{ConversationId, ErrorCode, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts::post_message;
use super::keep;
use super::outbox::{Entry, Outbox, Stage};
use crate::error::AppError;
use crate::live::{Connection, use_live};

/// The longest pause between two tries, in seconds.
const LONGEST_PAUSE: u64 = 30;

/// The messages on their way, for all pages of the tab.
#[derive(Clone, Copy)]
pub struct Sending {
    /// The messages.
    pub outbox: RwSignal<Outbox>,
    failures: StoredValue<u32>,
}

/// Makes the outbox of the tab and puts it into the context. Called once, by the app, after the live stream's.
pub fn provide_sending() {
    let sending = Sending { outbox: RwSignal::new(Outbox::default()), failures: StoredValue::new(0) };
    provide_context(sending);
    let live = use_live();
    Effect::new(move |begun: Option<bool>| {
        let awake = live.awake.get();
        if awake && begun != Some(true) {
            sending.outbox.set(Outbox::restored(keep::entries()));
        }
        if live.connection.with(|connection| *connection == Connection::Live) {
            sending.failures.set_value(0);
            sending.flush();
        }
        awake
    });
}

impl Sending {
    /// Takes a message; it stays until the workshop has it or its writer takes it back.
    pub fn send(self, conversation: ConversationId, body: String, reply_to: Option<MessageId>) {
        let entry =
            Entry { key: new_key(), conversation, body, reply_to, written: now_millis(), stage: Stage::Waiting };
        keep::put(&entry);
        self.outbox.update(|outbox| outbox.add(entry));
        self.flush();
    }

    /// Tries a refused message again, under the same key.
    pub fn retry(self, key: &str) {
        self.outbox.update(|outbox| outbox.set(key, Stage::Waiting));
        self.flush();
    }

    /// Takes a message out, and gives it back.
    pub fn take_back(self, key: &str) -> Option<Entry> {
        keep::forget(key);
        self.outbox.try_update(|outbox| outbox.remove(key)).flatten()
    }

    fn flush(self) {
        let Some(entry) = self.outbox.try_update(Outbox::next).flatten() else { return };
        spawn_local(async move {
            let reply_to = entry.reply_to.map(|id| id.to_string()).unwrap_or_default();
            let result = post_message(entry.conversation, entry.body.clone(), reply_to, entry.key.clone()).await;
            self.settle(&entry, result.map(|_| ()));
        });
    }

    fn settle(self, entry: &Entry, result: Result<(), AppError>) {
        let stage = match result {
            Ok(()) => {
                keep::forget(&entry.key);
                Stage::Sent
            }
            Err(err) if matches!(err.code(), ErrorCode::Unavailable | ErrorCode::TooMany) => Stage::Waiting,
            Err(err) => Stage::Refused(err.detail().to_owned()),
        };
        if let Stage::Refused(_) = &stage {
            keep::put(&Entry { stage: stage.clone(), ..entry.clone() });
        }
        let passing = stage == Stage::Waiting;
        self.outbox.update(|outbox| outbox.set(&entry.key, stage));
        if !passing {
            self.failures.set_value(0);
            self.flush();
            return;
        }
        let failures = self.failures.get_value();
        self.failures.set_value(failures + 1);
        let pause = (1 << failures.min(5)).min(LONGEST_PAUSE);
        set_timeout(move || self.flush(), Duration::from_secs(pause));
    }
}

/// A fresh idempotency key.
fn new_key() -> String {
    // Absent outside of secure contexts; there the moment and a die do: keys need only differ, not be secret.
    window().crypto().ok().map_or_else(
        || format!("{}-{}", now_millis(), js_sys::Math::random()),
        |crypto| {
            let random = js_sys::Reflect::get(&crypto, &"randomUUID".into()).is_ok_and(|found| found.is_function());
            if random { crypto.random_uuid() } else { format!("{}-{}", now_millis(), js_sys::Math::random()) }
        },
    )
}

fn now_millis() -> i64 {
    #[allow(clippy::cast_possible_truncation)] // milliseconds since 1970 fit
    {
        js_sys::Date::now() as i64
    }
}
