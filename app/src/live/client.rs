//! The live stream of this tab: what is subscribed, who listens, up to where it was heard.
//!
//! The state lives in a thread-local: a tab has one thread and one stream. Listeners are called with the state let
//! go, so they may call back into it.

mod hand_on;
mod link;
mod listener;
mod socket;

use std::cell::RefCell;
use std::time::Duration;

use domain::Timestamp;
use domain::stream::{ClientFrame, Cursor, ServerFrame, Topic};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use uuid::Uuid;

pub(super) use link::connect_now;
pub(super) use listener::Listener;

use super::Live;
use crate::few::Few;
use socket::Socket;

/// The state of the stream.
#[derive(Default)]
struct Client {
    live: Option<Live>,
    epoch: Uuid,
    /// The last event heard, in the stream's order: the cursor to go on from.
    seq: i64,
    topics: Few<Topic, usize>,
    listeners: Vec<(u64, Listener)>,
    next_listener: u64,
    socket: Option<Socket>,
    /// Whether the server has greeted this connection.
    greeted: bool,
    /// Whether a `subscribe` was said and not yet answered.
    asked: bool,
    /// Whether what to hear of has changed since.
    stale: bool,
    /// Frames heard and not yet handed on.
    gathered: Vec<ServerFrame>,
    /// Failed tries to connect in a row.
    tries: u32,
    retry: Option<TimeoutHandle>,
    heard_at: Timestamp,
    /// Since when the workshop is asked whether it is there and has said nothing.
    doubted_at: Option<Timestamp>,
    away_since: Option<Timestamp>,
    /// Whether a snapshot is being loaded in place of one that became void.
    resyncing: bool,
}

thread_local! {
    static CLIENT: RefCell<Client> = RefCell::new(Client::default());
}

/// Looks at and changes the state. `f` must not call anything that does the same.
fn with<T>(f: impl FnOnce(&mut Client) -> T) -> T {
    CLIENT.with_borrow_mut(f)
}

impl Client {
    /// Whether events still come in that belong to an earlier subscription.
    const fn awaits_hello(&self) -> bool {
        self.asked || self.stale
    }

    /// Says what to hear of and from where on; one at a time, so that each `hello` answers a known question.
    fn subscribe(&mut self) {
        if !self.greeted || self.asked {
            return;
        }
        self.stale = false;
        let mut topics: Vec<Topic> = self.topics.iter().map(|(topic, _)| topic.clone()).collect();
        topics.push(Topic::Workshop);
        let frame = ClientFrame::Subscribe { topics, after: Some(Cursor { epoch: self.epoch, seq: self.seq }) };
        self.asked = self.socket.as_ref().is_some_and(|socket| socket.say(&frame));
    }
}

/// Begins, once: from the snapshot's cursor, or from an earlier one that a listener needs.
pub(super) fn start(live: Live, epoch: Uuid, seq: i64) {
    let begun = with(|client| {
        let first = client.live.is_none();
        if first {
            client.live = Some(live);
            client.epoch = epoch;
            client.seq = client.listeners.iter().filter_map(|(_, listener)| listener.after()).fold(seq, i64::min);
        }
        !first
    });
    if !begun {
        live.now.set(clock());
        live.awake.set(true);
        link::begin();
    }
}

/// Adds a listener for as long as the calling component lives.
pub(super) fn listen(listener: Listener) {
    let id = with(|client| {
        let id = client.next_listener;
        client.next_listener += 1;
        if let Some(after) = listener.after()
            && client.live.is_some()
            && after < client.seq
        {
            client.seq = after;
            subscribe_soon(client);
        }
        client.listeners.push((id, listener));
        id
    });
    on_cleanup(move || with(|client| client.listeners.retain(|(other, _)| *other != id)));
}

/// Hears of `topic` too, for as long as the calling component lives.
pub(super) fn follow(topic: Topic) {
    with(|client| match client.topics.get_mut(&topic) {
        Some(count) => *count += 1,
        None => {
            client.topics.insert(topic.clone(), 1);
            subscribe_soon(client);
        }
    });
    on_cleanup(move || {
        with(|client| {
            if let Some(count) = client.topics.get_mut(&topic) {
                *count -= 1;
                if *count == 0 {
                    client.topics.remove(&topic);
                    subscribe_soon(client);
                }
            }
        });
    });
}

/// Subscribes once this turn of the browser is over, so that several changes are said together.
fn subscribe_soon(client: &mut Client) {
    if client.socket.is_some() && !client.stale {
        client.stale = true;
        set_timeout(
            || {
                with(|client| {
                    if client.stale {
                        client.subscribe();
                    }
                });
            },
            Duration::ZERO,
        );
    }
}

/// The browser's clock.
pub(crate) fn clock() -> Timestamp {
    // Whole milliseconds since 1970; the cast saturates.
    Timestamp::from_millis(js_sys::Date::now() as i64)
}
