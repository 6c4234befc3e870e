//! Hands on what was heard: to the signals of the page, and to those who listen.
//!
//! Frames are gathered for a moment and handed on together, so that a burst costs one redraw.

use std::time::Duration;

use domain::stream::{Notice, ServerFrame};
use domain::{Event, EventData};
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use super::super::{Connection, Drafts, Live, Me, load_workshop};
use super::{Client, Listener, clock, link, with};
use crate::components::announce;

/// How long frames are gathered.
const MOMENT: Duration = Duration::from_millis(16);
/// How long to wait before a snapshot is asked for again after that failed.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps a frame until the moment is over.
pub(super) fn gather(frame: ServerFrame) {
    with(|client| {
        (client.heard_at, client.doubted_at) = (clock(), None);
        client.gathered.push(frame);
        if client.gathered.len() == 1 {
            set_timeout(hand_on, MOMENT);
        }
    });
}

/// What one batch of frames comes down to.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    notices: Vec<Notice>,
    up: bool,
    void: bool,
}

fn hand_on() {
    let (live, batch, listeners) = with(|client| {
        let mut batch = Batch::default();
        for frame in std::mem::take(&mut client.gathered) {
            take_in(client, frame, &mut batch);
        }
        let listeners: Vec<Listener> = client.listeners.iter().map(|(_, listener)| listener.clone()).collect();
        (client.live, batch, listeners)
    });
    let Some(live) = live else { return };
    if batch.void {
        if !with(|client| std::mem::replace(&mut client.resyncing, true)) {
            resync(live);
        }
        return;
    }
    if batch.up {
        came_up(live);
    }
    apply(live, &batch);
    for listener in &listeners {
        match listener {
            Listener::Event { seen, call } => {
                for event in &batch.events {
                    if event.seq > seen.get() {
                        seen.set(event.seq);
                        call(event);
                    }
                }
            }
            Listener::Notice(call) => batch.notices.iter().for_each(|notice| call(notice)),
            Listener::Resync(_) => {}
        }
    }
}

/// Takes one frame into the batch and moves the cursor on.
fn take_in(client: &mut Client, frame: ServerFrame, batch: &mut Batch) {
    match frame {
        ServerFrame::Hello { epoch, .. } if epoch != client.epoch => {
            client.greeted = true;
            batch.void = true;
        }
        // The first one greets, the others answer.
        ServerFrame::Hello { .. } if !client.greeted => {
            client.greeted = true;
            client.subscribe();
        }
        ServerFrame::Hello { .. } => {
            client.asked = false;
            batch.up = true;
            if client.stale {
                client.subscribe();
            }
        }
        // After a new subscription the old one's events may still come in; the new one begins just after the cursor.
        ServerFrame::Event(event) if client.awaits_hello() && event.seq > client.seq + 1 => {}
        ServerFrame::Event(event) => {
            client.seq = client.seq.max(event.seq);
            batch.events.push(*event);
        }
        ServerFrame::Caught { seq } if !client.awaits_hello() => client.seq = client.seq.max(seq),
        ServerFrame::Caught { .. } | ServerFrame::Ping { .. } => {}
        ServerFrame::Gap { .. } => batch.void = true,
        ServerFrame::Notice(notice) => batch.notices.push(notice),
    }
}

fn came_up(live: Live) {
    let away_since = with(link::settled);
    if !live.is_live() {
        live.connection.set(Connection::Live);
        live.drafts.update(Drafts::clear);
        if away_since.is_some() {
            announce("The workshop is live again.");
            link::tell_page();
        }
    }
}

fn apply(live: Live, batch: &Batch) {
    if !batch.events.is_empty() {
        live.workshop.update(|workshop| {
            if let Some(workshop) = workshop {
                batch.events.iter().for_each(|event| workshop.apply(event));
            }
        });
        live.now.set(clock());
        let changed = |me: &Me| batch.events.iter().any(|event| me.is_changed_by(event));
        if live.me.with_untracked(|me| me.as_ref().is_some_and(changed)) {
            know_viewer_again(live);
        }
    }
    let ended = Drafts::over(batch.events.iter().filter_map(|event| match &event.what {
        EventData::DeliveryChanged(changed) => Some((changed.delivery.id, changed.delivery.status)),
        _ => None,
    }));
    let drafts: Vec<_> = batch
        .notices
        .iter()
        .filter_map(|notice| if let Notice::Draft(draft) = notice { Some(draft) } else { None })
        .collect();
    if !drafts.is_empty() || (!ended.is_empty() && live.drafts.with_untracked(|drafts| !drafts.is_empty())) {
        live.drafts.update(|all| {
            drafts.iter().for_each(|draft| all.put(draft));
            ended.iter().for_each(|delivery| all.end(*delivery));
        });
    }
    if batch.notices.iter().any(|notice| matches!(notice, Notice::Measured(_))) {
        live.measures.update(|measures| {
            for notice in &batch.notices {
                if let Notice::Measured(measured) = notice {
                    measures.insert(measured.helper.clone(), measured.clone());
                }
            }
        });
    }
}

/// Who looks, or what they may do, changed: asks anew. Who may not look at all any more keeps the page as it is, and
/// hears why from whatever they do next.
fn know_viewer_again(live: Live) {
    spawn_local(async move {
        if let Ok(snapshot) = load_workshop().await {
            live.me.set(Some(snapshot.me));
        }
    });
}

/// What the page holds is void: loads it anew and goes on from there.
fn resync(live: Live) {
    spawn_local(async move {
        let Ok(snapshot) = load_workshop().await else {
            set_timeout(move || resync(live), AGAIN);
            return;
        };
        let (epoch, seq): (Uuid, i64) = (snapshot.workshop.epoch, snapshot.workshop.seq);
        let listeners: Vec<Listener> = with(|client| {
            client.resyncing = false;
            client.epoch = epoch;
            client.seq = seq;
            client.gathered.clear();
            client.asked = false;
            client.subscribe();
            client.listeners.iter().map(|(_, listener)| listener.clone()).collect()
        });
        live.me.set(Some(snapshot.me));
        live.workshop.set(Some(snapshot.workshop));
        came_up(live);
        announce("The workshop's log was restored; the page was loaded anew.");
        for listener in listeners {
            match listener {
                Listener::Event { seen, .. } => seen.set(seq),
                Listener::Resync(call) => call(),
                Listener::Notice(_) => {}
            }
        }
    });
}
