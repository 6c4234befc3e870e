//! The title of a page that changes while the page is open.

use leptos::prelude::*;
use leptos_meta::Title;

/// The title, following `text`.
#[component]
pub fn LiveTitle(
    /// What it says.
    text: Memo<String>,
) -> impl IntoView {
    // The server writes the title last, when what the page followed may be gone already.
    let first = text.get_untracked();
    view! { <Title text=move || text.try_get().unwrap_or_else(|| first.clone())/> }
}
