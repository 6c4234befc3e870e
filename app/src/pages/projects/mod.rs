//! Projects: the list, and the one that is open in it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::Ready;
use crate::live::use_live;

/// The page at `/projects` and below.
#[component]
pub fn ProjectsPage() -> impl IntoView {
    let live = use_live();
    view! {
        <Title text="Projects"/>
        <Ready>
            <main class="page" id="main">
                <h1>"Projects"</h1>
                <p class="lede">{move || live.slice(|workshop| workshop.projects.len()).get()}</p>
            </main>
        </Ready>
    }
}
