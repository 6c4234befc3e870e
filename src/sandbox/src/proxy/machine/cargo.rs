//! What cargo is configured with, and what it has used.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Where cargo keeps its things.
pub(super) fn home(variables: &BTreeMap<String, String>) -> Option<PathBuf> {
    let of = |name: &str| variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    of("CARGO_HOME").or_else(|| Some(of("HOME")?.join(".cargo")))
}

/// Its configuration; empty where there is none, or none that can be read.
pub(super) fn config(home: &Path) -> toml::Table {
    let read = |name: &str| fs::read_to_string(home.join(name)).ok();
    read("config.toml").or_else(|| read("config")).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The places that it fetches from: indexes in its cache (a folder `index.<host>-<hash>` each), and where they say that
/// packages lie. Old indexes were Git repositories on hosts that serve much else; those do not count.
pub(super) fn places_in_use(home: &Path) -> Vec<String> {
    let mut places = Vec::new();
    for index in fs::read_dir(home.join("registry/index")).into_iter().flatten().flatten() {
        let Ok(text) = fs::read_to_string(index.path().join("config.json")) else { continue };
        let Ok(config) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let name = index.file_name();
        let host = name.to_str().and_then(|name| Some(name.rsplit_once('-')?.0.to_owned()));
        places.extend(host);
        // It may end in marks such as `{crate}`, which are in no host.
        let downloads = config["dl"].as_str().filter(|url| !url.split('/').nth(2).unwrap_or("{").contains('{'));
        places.extend(downloads.map(|url| url.split('{').next().unwrap_or_default().to_owned()));
    }
    places.sort();
    places
}
