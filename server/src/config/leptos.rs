//! What the pages need at run time: the defaults of `Leptos.toml`, baked in, with the settings put over them.

use std::net::{Ipv4Addr, SocketAddr};

use leptos_config::{LeptosOptions, get_config_from_str};

use super::Config;

/// Kept equal to the metadata in `Cargo.toml` by a test.
const LEPTOS_TOML: &str = include_str!("../../../Leptos.toml");

/// The defaults, with what cargo-leptos sets in the environment over them.
pub(super) fn defaults() -> LeptosOptions {
    get_config_from_str(LEPTOS_TOML).unwrap_or_else(|_| {
        // Only a broken LEPTOS_* variable leads here: the text itself is checked by a test.
        LeptosOptions::builder().output_name("tatwats").site_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 3000))).build()
    })
}

/// What the pages need, for a server at `config`.
#[must_use]
pub fn options(config: &Config) -> LeptosOptions {
    let mut options = defaults();
    options.site_root = config.server.site.to_string_lossy().into();
    options.site_addr = config.server.listen;
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_time_defaults_are_those_of_the_build() {
        let manifest: toml::Table = include_str!("../../../Cargo.toml").parse().unwrap();
        let build = manifest["workspace"]["metadata"]["leptos"][0].as_table().unwrap();
        let run: toml::Table = LEPTOS_TOML.parse().unwrap();
        assert_eq!(run["package"]["metadata"]["leptos"].as_table().unwrap(), build);
        assert!(get_config_from_str(LEPTOS_TOML).is_ok());
    }
}
