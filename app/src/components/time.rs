//! Moments and spans that stay right while the page is open.
//!
//! The server writes the exact moment, the browser turns it into a relative one once it has taken over: so the two
//! always agree while hydrating, and a page without JavaScript never says "2 min ago" for hours. Exact moments are told
//! in the viewer's time zone, by either of them alike.

use domain::Timestamp;
use leptos::prelude::*;

use crate::live::use_live;

/// A moment, relative to now, with the exact moment on hover.
#[component]
pub fn RelativeTime(
    /// The moment.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let live = use_live();
    let text = Memo::new(move |_| live.clocks().ago(at.get()));
    view! { <time datetime=move || at.get().to_string() title=move || live.exact(at.get())>{text}</time> }
}

/// How long something has lasted since a moment: `up 4 d 2 h`. Without a clock: since when.
#[component]
pub fn Since(
    /// The moment.
    #[prop(into)]
    at: Signal<Timestamp>,
    /// The word before the span.
    #[prop(default = "up")]
    word: &'static str,
) -> impl IntoView {
    let live = use_live();
    let text = Memo::new(move |_| live.clocks().lasting(word, at.get()));
    view! { <time datetime=move || at.get().to_string() title=move || live.exact(at.get())>{text}</time> }
}

/// A moment to come, second by second.
#[component]
pub fn Countdown(
    /// The moment.
    #[prop(into)]
    until: Signal<Timestamp>,
) -> impl IntoView {
    let live = use_live();
    let seconds = RwSignal::new(None::<i64>);
    Effect::new(move |_| {
        let update = move || {
            #[cfg(feature = "hydrate")]
            seconds.set(Some(until.get_untracked().micros_since(crate::live::clock()) / 1_000_000));
        };
        if live.awake.get() {
            update();
            if let Ok(handle) = set_interval_with_handle(update, std::time::Duration::from_secs(1)) {
                on_cleanup(move || handle.clear());
            }
        }
    });
    let text = move || match seconds.get() {
        None => format!("at {}", live.short(until.get())),
        Some(0) => "now".into(),
        Some(left) => format!("in {left} s"),
    };
    view! { <time datetime=move || until.get().to_string() title=move || live.exact(until.get())>{text}</time> }
}
