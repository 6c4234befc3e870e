//! The badge that says how the live stream stands.

use leptos::prelude::*;
use maud::{Markup, html};

use crate::live::{Connection, Live};

/// The badge, as text. Follows the stream.
pub(super) fn connection_badge(live: Live) -> Markup {
    live.connection.with(|connection| {
        let words = connection.words(live.now.get(), |at| live.time_of_day(at));
        html! {
            button.connection type="button" data-does="connect" data-tone=(connection.tone().name()) title=(connection.meaning()) {
                i.dot aria-hidden="true" {}
                span.connection-word { (words) }
            }
            span.no-script { "not live without JavaScript" }
        }
    })
}

/// Tries to connect at once, or reloads a page that is too old.
pub(super) fn press(live: Live) {
    match live.connection.get_untracked() {
        Connection::Outdated => {
            if let Some(window) = web_sys::window() {
                // A reload that the browser refuses leaves everything as it is.
                let _ = window.location().reload();
            }
        }
        Connection::Live => {}
        _ => live.try_now(),
    }
}
