//! Says so while the page cannot be live, and how old what it shows is.

use domain::Timestamp;
use leptos::prelude::*;
use maud::html;

use crate::format;
use crate::live::use_live;

/// A short interruption is the badge's business alone.
const BRIEF_MICROS: i64 = 3_000_000;

/// The line below the top bar; nothing while all is well.
#[component]
pub(super) fn Away() -> impl IntoView {
    let live = use_live();
    // Set by the service worker on a page that it had kept.
    let kept_at = RwSignal::new(None::<Timestamp>);
    Effect::new(move |_| {
        if live.awake.get() {
            let root = document().document_element();
            kept_at.set(root.and_then(|root| root.get_attribute("data-kept-at")).and_then(|text| text.parse().ok()));
        }
    });
    Effect::new(move |_| {
        if live.is_live() {
            kept_at.set(None);
        }
    });
    let words = Memo::new(move |_| {
        let now = live.now.get();
        let since = live.connection.with(|connection| connection.away_since())?;
        if let Some(at) = kept_at.get() {
            let age = format::relative(at, now);
            return Some(format!("Offline. Showing what was here at {} ({age}).", live.time_of_day(at)));
        }
        (now.micros_since(since) > BRIEF_MICROS).then(|| {
            let since = live.time_of_day(since);
            format!("Offline since {since}. Showing what was here then; it catches up by itself, and drafts are kept.")
        })
    });
    view! {
        <div role="status" inner_html=move || words.get().map(|words| html! { p.away { (words) } }).unwrap_or_default().into_string()></div>
    }
}
