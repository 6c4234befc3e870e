//! The documents as text and as files.

use std::path::Path;
use std::sync::OnceLock;
use std::{fs, io};

use serde::Serialize;

use super::{asyncapi, openapi};

/// The OpenAPI document as text.
pub fn openapi_text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| pretty(openapi()))
}

/// The AsyncAPI document as text.
pub fn asyncapi_text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| pretty(asyncapi()))
}

fn documents() -> [(&'static str, &'static str); 2] {
    [("openapi.json", openapi_text()), ("asyncapi.json", asyncapi_text())]
}

/// Writes the documents into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    documents().into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

/// The names of those documents in `folder` that are missing or are not what the code says.
#[must_use]
pub fn drifted(folder: &Path) -> Vec<&'static str> {
    let differs = |name: &str, text: &str| fs::read_to_string(folder.join(name)).map_or(true, |found| found != text);
    documents().into_iter().filter(|(name, text)| differs(name, text)).map(|(name, _)| name).collect()
}

/// Serialising these documents cannot fail: they hold no maps with keys that are not text.
fn pretty(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
