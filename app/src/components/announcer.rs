//! Short notices: seen for a moment at the edge of the page, and read out by screen readers.

use std::time::Duration;

use leptos::prelude::*;
use maud::html;

/// How long a notice stays in sight.
const SHOWN: Duration = Duration::from_secs(6);

#[derive(Clone, Copy)]
struct Notices(RwSignal<Option<String>>);

#[cfg(feature = "hydrate")]
thread_local! {
    static NOTICES: std::cell::Cell<Option<Notices>> = const { std::cell::Cell::new(None) };
}

/// Says something in passing. On the server nobody listens.
pub fn announce(text: impl Into<String>) {
    #[cfg(feature = "hydrate")]
    if let Some(Notices(shown)) = NOTICES.get() {
        let text = text.into();
        shown.set(Some(text.clone()));
        set_timeout(
            move || {
                if shown.with_untracked(|now| now.as_ref() == Some(&text)) {
                    shown.set(None);
                }
            },
            SHOWN,
        );
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (text.into(), SHOWN);
    }
}

/// Where notices appear. Once per page.
#[component]
pub fn Announcer() -> impl IntoView {
    let notices = Notices(RwSignal::new(None));
    #[cfg(feature = "hydrate")]
    NOTICES.set(Some(notices));
    let inside = move || html! { (notices.0.get().unwrap_or_default()) }.into_string();
    let shown = move || notices.0.with(Option::is_some).to_string();
    view! { <div class="toast" role="status" aria-live="polite" data-shown=shown inner_html=inside></div> }
}
