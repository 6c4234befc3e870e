//! Offers a newer version of the workshop. `public/pwa.js` finds out that there is one, and shows this.

use leptos::prelude::*;

/// The offer, hidden until there is one. It waits: whoever is writing finishes first.
#[component]
pub(super) fn UpdateBar() -> impl IntoView {
    view! {
        <div class="update-bar" id="update-bar" role="status" hidden>
            <span>"A newer version of the workshop is there."</span>
            <button type="button" class="btn quiet" data-later>"Later"</button>
            <button type="button" class="btn go" data-now>"Reload"</button>
        </div>
    }
}
