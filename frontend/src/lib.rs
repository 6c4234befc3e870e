//! Starts the pages in the browser, on top of what the server rendered.

use leptos::leptos_dom::helpers::location;
use wasm_bindgen::prelude::*;

/// Called by the page (`app/src/start.js`) once the browser has loaded this module. Ends when the page is taken over.
///
/// # Errors
/// When the page's own code does not come. Then it stays as the server rendered it.
#[wasm_bindgen]
pub async fn hydrate() -> Result<(), JsError> {
    app::crash::show_crashes();
    app::pages::later::fetch(&location().pathname().unwrap_or_default()).await?;
    leptos::mount::hydrate_body(app::App);
    Ok(())
}
