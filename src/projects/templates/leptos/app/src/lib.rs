//! The app: notes that stay on this device.

mod app;
mod composer;
mod device;
mod note;
mod notes;
mod toasts;

use wasm_bindgen::prelude::*;

/// Where everything starts.
#[wasm_bindgen(start)]
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
