//! The connection under the stream: opened, watched, and opened again with growing pauses.

use std::time::Duration;

use domain::Timestamp;
use domain::stream::{CLOSE_MALFORMED, CLOSE_RESTART, CLOSE_SIGNED_OUT, CLOSE_SLOW};
use leptos::leptos_dom::helpers::{set_interval, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::{Connection, still_signed_in};
use super::socket::Socket;
use super::{Client, clock, hand_on, with};

/// Silence after which the connection counts as dead; the server pings every 15 seconds.
const SILENCE_SECONDS: i64 = 40;
/// How long the workshop may take to answer when it is asked whether it is there.
const PROBE_SECONDS: i64 = 2;
/// How long what was heard last counts as an answer while the device has no network.
const TRUST_SECONDS: i64 = 3;
/// The longest pause between two tries.
const LONGEST_PAUSE_SECONDS: i64 = 30;

/// Connects for the first time and keeps watch from then on.
pub(super) fn begin() {
    window_event_listener(leptos::ev::online, |_| connect_now());
    window_event_listener(leptos::ev::offline, |_| with(probe));
    // Timers sleep in hidden tabs.
    window_event_listener(leptos::ev::focus, |_| connect_now());
    set_interval(watch, Duration::from_secs(1));
    connect();
}

/// Tries now instead of later, when there is no connection.
pub(in crate::live) fn connect_now() {
    let idle = with(|client| {
        client.tries = 0;
        client.live.is_some() && client.socket.is_none()
    });
    if idle {
        connect();
    }
}

/// The device has no network. The workshop may run on this very device: ask it, and give it a moment to answer.
fn probe(client: &mut Client) {
    client.doubted_at.get_or_insert_with(clock);
    client.subscribe();
}

/// Whether the device has a network, as far as the browser knows.
fn online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

fn connect() {
    let opened = with(|client| {
        if let Some(retry) = client.retry.take() {
            retry.clear();
        }
        (client.heard_at, client.doubted_at) = (clock(), None);
        // What another connection said is not finished here.
        client.gathered.clear();
        (client.greeted, client.asked, client.stale) = (false, false, false);
        client.socket = Socket::open(hand_on::gather, |code| lost(Some(code)));
        client.socket.is_some()
    });
    if !opened {
        lost(None);
    }
}

/// The connection is gone, with the code it was closed with if it was.
fn lost(code: Option<u16>) {
    if code == Some(CLOSE_SIGNED_OUT) {
        sign_in_again();
        return;
    }
    let now = clock();
    let online = online();
    let (live, next) = with(|client| {
        client.socket = None;
        let since = *client.away_since.get_or_insert(now);
        let next = if code == Some(CLOSE_MALFORMED) {
            Connection::Outdated
        } else {
            // A reader that was cut off for being slow may come back at once.
            let pause = if code == Some(CLOSE_SLOW) { 0 } else { pause_seconds(client.tries) };
            client.tries += 1;
            schedule(client, pause);
            if online {
                Connection::Waiting { since, until: now.plus_seconds(pause) }
            } else {
                Connection::Offline { since }
            }
        };
        (client.live, next)
    });
    if let Some(live) = live {
        live.connection.set(next);
    }
    // A refused connection does not say why. A session that ended meanwhile would be refused for ever.
    if online && !matches!(code, Some(CLOSE_MALFORMED | CLOSE_RESTART | CLOSE_SLOW)) {
        spawn_local(async {
            if still_signed_in().await.is_err_and(|error| error.0.status == 401) {
                sign_in_again();
            }
        });
    }
}

/// Loads the page anew: the server leads to the sign-in, and from there back to this page.
fn sign_in_again() {
    if let Some(window) = web_sys::window() {
        // Fails only in a page that is being left.
        let _ = window.location().reload();
    }
}

fn schedule(client: &mut Client, pause_seconds: i64) {
    if let Some(retry) = client.retry.take() {
        retry.clear();
    }
    // Up to half a second more, so that a restarted server is not stormed by all at the same moment.
    let jitter = Duration::from_secs_f64(js_sys::Math::random() / 2.0);
    let pause = Duration::from_secs(u64::try_from(pause_seconds).unwrap_or(0)) + jitter;
    client.retry = set_timeout_with_handle(connect, pause).ok();
}

/// 1 s, 2 s, 4 s, … after the first tries, then every half minute.
fn pause_seconds(tries: u32) -> i64 {
    (1_i64 << tries.min(5)).min(LONGEST_PAUSE_SECONDS)
}

/// Once a second: moves the page's clock on, and notices a connection that died in silence.
fn watch() {
    let now = clock();
    let (live, silent) = with(|client| {
        let since = |moment| now.micros_since(moment) / 1_000_000;
        // What was on its way as the network went says nothing about now, so it is asked again and again.
        if since(client.heard_at) >= TRUST_SECONDS && !online() {
            probe(client);
        }
        let silent = since(client.heard_at) >= SILENCE_SECONDS
            || client.doubted_at.is_some_and(|moment| since(moment) >= PROBE_SECONDS);
        (client.live, client.socket.is_some() && silent)
    });
    if silent {
        lost(None);
    }
    if let Some(live) = live {
        let counting_down = live.connection.with_untracked(|connection| connection.away_since().is_some());
        if counting_down || now.micros_since(live.now.get_untracked()) >= 5_000_000 {
            live.now.set(now);
        }
    }
}

/// Tells scripts outside of this module that the stream is up again: `public/pwa.js` then looks for a newer version.
pub(super) fn tell_page() {
    if let (Some(window), Ok(event)) = (web_sys::window(), web_sys::CustomEvent::new("tatwats:live-again")) {
        // Fails for events that are being dispatched already.
        let _ = window.dispatch_event(&event);
    }
}

/// The stream is up: forget the troubles before.
pub(super) fn settled(client: &mut Client) -> Option<Timestamp> {
    client.tries = 0;
    client.away_since.take()
}
