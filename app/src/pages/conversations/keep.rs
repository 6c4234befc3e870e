//! What the browser keeps across reloads and outages: drafts, and messages on their way.

use domain::ConversationId;
use leptos::prelude::window;
use web_sys::Storage;

use super::outbox::Entry;

const OUTBOX: &str = "tatwats.outbox.";
const DRAFT: &str = "tatwats.draft.";

/// The browser may refuse (private windows, full storage): then things are kept for as long as the page is open.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// The messages that were on their way when the page was left.
pub(super) fn entries() -> Vec<Entry> {
    let Some(storage) = storage() else { return Vec::new() };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
    names
        .filter(|name| name.starts_with(OUTBOX))
        .filter_map(|name| domain::from_json(&storage.get_item(&name).ok().flatten()?).ok())
        .collect()
}

/// Keeps a message on its way. Each has a name of its own, so that two tabs never write over each other.
pub(super) fn put(entry: &Entry) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(entry)) {
        let _ = storage.set_item(&format!("{OUTBOX}{}", entry.key), &text);
    }
}

/// Forgets a message: the workshop has it, or its writer took it back.
pub(super) fn forget(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("{OUTBOX}{key}"));
    }
}

/// What was being written in a conversation.
pub(super) fn draft(conversation: ConversationId) -> Option<String> {
    storage()?.get_item(&format!("{DRAFT}{conversation}")).ok().flatten().filter(|text| !text.is_empty())
}

/// Keeps what is being written in a conversation; tells whether that worked.
pub(super) fn set_draft(conversation: ConversationId, text: &str) -> bool {
    let Some(storage) = storage() else { return false };
    let name = format!("{DRAFT}{conversation}");
    if text.is_empty() { storage.remove_item(&name).is_ok() } else { storage.set_item(&name, text).is_ok() }
}
