//! What stands in place of a page that is still being loaded.

use leptos::prelude::*;

/// The rough shape of a page, for the moment before its content is there.
#[component]
pub fn PageSkeleton() -> impl IntoView {
    view! {
        <main class="page" id="main" aria-busy="true">
            <div class="skeleton skeleton-title"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
        </main>
    }
}
