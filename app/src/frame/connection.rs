//! The badge that says how the live stream stands.

use leptos::prelude::*;

use crate::live::{Connection, use_live};

/// The badge. Pressing it tries to connect at once, or reloads a page that is too old.
#[component]
pub(super) fn ConnectionBadge() -> impl IntoView {
    let live = use_live();
    let words = Memo::new(move |_| {
        live.connection.with(|connection| connection.words(live.now.get(), |at| live.time_of_day(at)))
    });
    let press = move |_| match live.connection.get_untracked() {
        Connection::Outdated => {
            if let Some(window) = web_sys::window() {
                // A reload that the browser refuses leaves everything as it is.
                let _ = window.location().reload();
            }
        }
        Connection::Live => {}
        _ => live.try_now(),
    };
    view! {
        <button
            type="button"
            class="connection"
            data-tone=move || live.connection.with(|connection| connection.tone().name())
            title=move || live.connection.with(Connection::meaning)
            on:click=press
        >
            <i class="dot" aria-hidden="true"></i>
            <span class="connection-word">{words}</span>
        </button>
        <span class="no-script">"not live without JavaScript"</span>
    }
}
