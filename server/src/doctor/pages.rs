//! The built scripts and styles of the pages.

use super::Report;
use crate::config::{Config, leptos_options};

const CHECK: &str = "pages";

pub(super) fn check(config: &Config, report: &mut Report) {
    let options = leptos_options(config);
    let site = config.site();
    let folder = site.join(&*options.site_pkg_dir);
    let built = std::fs::read_dir(&folder).is_ok_and(|entries| {
        // They may lie there compressed only.
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains(".wasm"))
    });
    if built {
        report.ok(CHECK, format!("scripts and styles are in {}", folder.display()));
    } else {
        report.warning(
            CHECK,
            format!("no scripts in {}: pages are shown, but do not move by themselves", folder.display()),
            "script/server --build-only\nor say where they are: TATWATS_SITE=/path/to/site",
        );
    }
}
