//! Conversations: the list, and the one that is open in it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::Ready;
use crate::live::use_live;

/// The page at `/conversations` and below.
#[component]
pub fn ConversationsPage() -> impl IntoView {
    let live = use_live();
    view! {
        <Title text="Conversations"/>
        <Ready>
            <main class="page" id="main">
                <h1>"Conversations"</h1>
                <p class="lede">{move || live.slice(|workshop| workshop.conversations.len()).get()}</p>
            </main>
        </Ready>
    }
}
