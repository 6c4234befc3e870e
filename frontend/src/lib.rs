//! Starts the pages in the browser, on top of what the server rendered.

/// Called by the page once the browser has loaded this module.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::crash::show_crashes();
    leptos::mount::hydrate_body(app::App);
}
