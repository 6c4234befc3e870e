//! Helpers: the list, and the one that is open in it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::Ready;

/// The page at `/helpers` and below.
#[component]
pub fn HelpersPage() -> impl IntoView {
    view! {
        <Title text="Helpers"/>
        <Ready>
            <main class="page" id="main">
                <h1>"Helpers"</h1>
            </main>
        </Ready>
    }
}
