//! What is happening, as signals: a snapshot from the server, moved on in the browser by the one live stream of the tab.
//!
//! A page takes its slice of the workshop with [`Live::slice`], inside [`crate::components::WithWorkshop`]. A page with a
//! snapshot of its own (a thread, say) moves it on with [`Live::each_event`] and loads it anew in [`Live::on_resync`].
//! On the server all of this is still: signals hold the snapshot, and nobody calls back.

#[cfg(feature = "hydrate")]
mod client;
mod connection;
mod drafts;
mod fresh;
mod me;
mod signed_in;
mod snapshot;
mod when;

use std::sync::Arc;

use domain::projection::Workshop;
use domain::stream::{Measured, Notice, Topic};
use domain::{Event, HelperName, Timestamp};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
pub(crate) use client::clock;
pub use connection::Connection;
pub use drafts::Drafts;
pub use fresh::loads_anew;
pub use me::Me;
pub use signed_in::{StillSignedIn, still_signed_in};
#[cfg(feature = "ssr")]
pub use snapshot::Read;
pub use snapshot::{Found, LoadWorkshop, Sandboxes, Snapshot, load_workshop};
pub use when::Clocks;

use crate::error::AppError;
use crate::few::Few;

/// How long the browser is given to take over what the server rendered.
#[cfg(feature = "hydrate")]
const TAKING_OVER: std::time::Duration = std::time::Duration::from_millis(30);

/// What is happening. Copy it freely; there is one for the whole page.
#[derive(Clone, Copy)]
pub struct Live {
    workshop: RwSignal<Option<Workshop>>,
    /// Why there is no workshop to show, if there is none.
    pub missing: StoredValue<Option<AppError>>,
    /// Who looks, and what they may do.
    pub me: RwSignal<Option<Me>>,
    /// Which kind of sandbox there is; none without a workshop.
    pub sandboxes: RwSignal<Option<Sandboxes>>,
    /// How the stream stands.
    pub connection: RwSignal<Connection>,
    /// What each helper's process uses, by helper, as last heard.
    pub measures: RwSignal<Few<HelperName, Measured>>,
    /// The answers in the making.
    pub drafts: RwSignal<Drafts>,
    /// The present moment: the server's while it renders, the browser's afterwards, moved on every few seconds.
    pub now: RwSignal<Timestamp>,
    /// Whether this runs in a browser that has taken the page over. Views that need a clock wait for it.
    pub awake: RwSignal<bool>,
}

/// Makes the [`Live`] of the page from what was found, and puts it into the context. Called once.
pub fn provide_live(Found(found): Found) -> Live {
    let live = Live {
        workshop: RwSignal::new(None),
        missing: StoredValue::new(None),
        me: RwSignal::new(None),
        sandboxes: RwSignal::new(None),
        connection: RwSignal::new(Connection::Connecting),
        measures: RwSignal::new(Few::default()),
        drafts: RwSignal::new(Drafts::default()),
        now: RwSignal::new(Timestamp::default()),
        awake: RwSignal::new(false),
    };
    match found {
        Ok(snapshot) => {
            let Snapshot { workshop, at, measures, me, sandboxes } = Arc::unwrap_or_clone(snapshot);
            let measures = measures.into_iter().map(|measured| (measured.helper.clone(), measured));
            live.now.set(at);
            live.measures.update(|all| all.extend(measures));
            live.me.set(Some(me));
            live.sandboxes.set(Some(sandboxes));
            live.workshop.set(Some(workshop));
        }
        Err(error) => live.missing.set_value(Some(error)),
    }
    provide_context(live);
    live
}

/// The [`Live`] of the page.
///
/// # Panics
/// Outside of [`crate::App`].
#[must_use]
pub fn use_live() -> Live {
    expect_context::<Live>()
}

impl Live {
    /// Has the browser begin to hear the stream, once it has taken the page over. What begins earlier would move what is still
    /// compared with what the server rendered.
    pub fn begin(self) {
        #[cfg(feature = "hydrate")]
        Effect::new(move |_| {
            let cursor = self.workshop.with(|workshop| workshop.as_ref().map(|w| (w.epoch, w.seq)));
            if let Some((epoch, seq)) = cursor {
                // What the server rendered is taken over first, unchanged; then things may move.
                set_timeout(move || client::start(self, epoch, seq), TAKING_OVER);
            }
        });
    }

    /// A part of the workshop that follows it; its default when there is none.
    pub fn slice<T>(self, part: impl Fn(&Workshop) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: Default + PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.of(&part))
    }

    /// Something of the workshop as it stands, its default when there is none. Follows it.
    pub fn of<T: Default>(self, part: impl FnOnce(&Workshop) -> T) -> T {
        self.workshop.with(|workshop| workshop.as_ref().map(part).unwrap_or_default())
    }

    /// Looks at the workshop as it stands, without following it.
    pub fn peek<T>(self, look: impl FnOnce(&Workshop) -> T) -> Option<T> {
        self.workshop.with_untracked(|workshop| workshop.as_ref().map(look))
    }

    /// Calls `f` with every event after `after`, in order, each once, for as long as the calling component lives.
    pub fn each_event(self, after: i64, f: impl Fn(&Event) + 'static) {
        #[cfg(feature = "hydrate")]
        client::listen(client::Listener::event(after, f));
        #[cfg(not(feature = "hydrate"))]
        let _ = (after, f);
    }

    /// Calls `f` with every notice (drafts, measures, log lines), for as long as the calling component lives.
    pub fn each_notice(self, f: impl Fn(&Notice) + 'static) {
        #[cfg(feature = "hydrate")]
        client::listen(client::Listener::notice(f));
        #[cfg(not(feature = "hydrate"))]
        let _ = f;
    }

    /// Calls `f` after the log was restored or cut: what a page loaded before is void and must be loaded anew.
    pub fn on_resync(self, f: impl Fn() + 'static) {
        #[cfg(feature = "hydrate")]
        client::listen(client::Listener::resync(f));
        #[cfg(not(feature = "hydrate"))]
        let _ = f;
    }

    /// Also hears of `topic` (a process log, say), for as long as the calling component lives.
    pub fn follow(self, topic: Topic) {
        #[cfg(feature = "hydrate")]
        client::follow(topic);
        #[cfg(not(feature = "hydrate"))]
        let _ = topic;
    }

    /// Whether the stream is up.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.connection.with(|connection| matches!(connection, Connection::Live))
    }

    /// Tries to connect at once instead of waiting for the next try.
    pub fn try_now(self) {
        #[cfg(feature = "hydrate")]
        client::connect_now();
    }
}
