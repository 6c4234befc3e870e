//! Overview: what is the state, what changed last, what needs me, what can I do.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::Ready;

/// The page at `/`.
#[component]
pub fn OverviewPage() -> impl IntoView {
    view! {
        <Title text="Overview"/>
        <Ready>
            <main class="page" id="main">
                <h1>"Overview"</h1>
            </main>
        </Ready>
    }
}
