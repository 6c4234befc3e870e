//! An unsaved persona, kept by the browser across reloads and outages.

use domain::HelperName;
use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use web_sys::Storage;

/// What was typed and not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) text: String,
    /// The mark of the saved text it was made from.
    pub(super) base: String,
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn key(helper: &HelperName) -> String {
    format!("tatwats.persona.{helper}")
}

/// What was being written.
pub(super) fn load(helper: &HelperName) -> Option<Draft> {
    domain::from_json(&storage()?.get_item(&key(helper)).ok()??).ok()
}

/// Keeps what is being written; nothing: forgets it. A browser that refuses keeps it only while the page is open.
pub(super) fn keep(helper: &HelperName, draft: Option<&Draft>) {
    let Some(storage) = storage() else { return };
    let _ = match draft.and_then(|draft| serde_json::to_string(draft).ok()) {
        Some(text) => storage.set_item(&key(helper), &text),
        None => storage.remove_item(&key(helper)),
    };
}
