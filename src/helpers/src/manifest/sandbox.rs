//! Reads the table `[sandbox]` of a `helper.toml`: what a helper's sandbox is made from, and what it may have.

use domain::Result;
use domain::sandbox::Limits;
use sandbox::rooms::Image;
use toml::{Table, Value};

use super::read::complaint;
use crate::suggest;

/// Its keys. A helper runs for as long as it likes and what it writes goes to its log, so neither is limited here.
const KEYS: [&str; 10] = [
    "cpu_millis",
    "file_bytes",
    "image",
    "inodes",
    "memory_bytes",
    "network",
    "open_files",
    "pids",
    "tmp_bytes",
    "work_bytes",
];

/// What its sandbox is made from, and the limits it asks for.
///
/// # Errors
/// `Invalid`, naming the key and what would do.
pub(super) fn read(mut table: Table, command: &str) -> Result<(Image, Limits)> {
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(complaint(&format!("sandbox.{key}"), &suggest::unknown("key", key, &KEYS)));
    }
    let image = match table.remove("image") {
        None => image_of(command),
        Some(value) => named(&value)?,
    };
    // One by one, so that a complaint has a key.
    for (key, value) in &table {
        Table::from_iter([(key.clone(), value.clone())])
            .try_into::<Limits>()
            .map_err(|error| complaint(&format!("sandbox.{key}"), error.message()))?;
    }
    let limits: Limits = table.try_into().map_err(|error: toml::de::Error| complaint("sandbox", error.message()))?;
    Ok((image, limits))
}

/// The image for a program of that name. One that the helper brings along wants what programs usually find.
fn image_of(command: &str) -> Image {
    let name = command.rsplit('/').next().unwrap_or(command);
    if name.starts_with("python") { Image::Python } else { Image::Node }
}

fn named(value: &Value) -> Result<Image> {
    let names = Image::ALL.map(Image::name);
    let word =
        value.as_str().ok_or_else(|| complaint("sandbox.image", &format!("Name one of {}.", names.join(", "))))?;
    Image::from_name(word).ok_or_else(|| complaint("sandbox.image", &suggest::unknown("image", word, &names)))
}
