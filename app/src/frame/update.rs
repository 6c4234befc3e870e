//! What the page says about itself: that there is a newer version, or that it broke. It stands in the document and is no part of
//! what the browser takes over: it must still be there when that broke.

use leptos::prelude::*;

/// Hidden until something in the page itself broke, see `crate::crash`. The last thing of a page, which [`crate::document`] has browsers wait for.
#[component]
pub fn CrashBar() -> impl IntoView {
    view! {
        <div class="update-bar" id="crash-bar" role="alert" data-tone="bad" hidden>
            <span>"This page broke and no longer answers. Drafts are kept; reload it to go on. The browser's console has the details."</span>
            <a class="btn go" href="" rel="external">"Reload"</a>
        </div>
    }
}

/// The offer of a newer version, found by `public/pwa.js`; hidden until there is one. It waits: whoever is writing finishes first.
#[component]
pub fn UpdateBar() -> impl IntoView {
    view! {
        <div class="update-bar" id="update-bar" role="status" hidden>
            <span>"A newer version of the workshop is there."</span>
            <button type="button" class="btn quiet" data-later>"Later"</button>
            <button type="button" class="btn go" data-now>"Reload"</button>
        </div>
    }
}
