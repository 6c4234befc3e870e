//! A clock that ticks each second, for what is under way. Unknown until the browser has taken the page over.

use std::time::Duration;

use domain::Timestamp;
use leptos::prelude::*;

use crate::live::use_live;

/// The present moment, second by second.
#[derive(Clone, Copy)]
pub struct Seconds(ReadSignal<Option<Timestamp>>);

/// Starts the clock for as long as the calling component lives, and puts it into the context.
pub fn provide_seconds() {
    let live = use_live();
    let (now, set_now) = signal(None::<Timestamp>);
    Effect::new(move |_| {
        if !live.awake.get() {
            return;
        }
        let tick = move || {
            set_now.try_set(Some(clock()));
        };
        tick();
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    provide_context(Seconds(now));
}

/// The clock of the page.
///
/// # Panics
/// Outside of a component that called [`provide_seconds`].
#[must_use]
pub fn use_seconds() -> Seconds {
    expect_context::<Seconds>()
}

impl Seconds {
    /// The present moment, followed, while `ticking`; otherwise nothing.
    #[must_use]
    pub fn while_under_way(self, ticking: bool) -> Option<Timestamp> {
        ticking.then(|| self.0.get()).flatten()
    }
}

/// The browser's clock.
#[allow(clippy::cast_possible_truncation)] // milliseconds since 1970 fit
fn clock() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}
