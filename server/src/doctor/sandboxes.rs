//! Sandboxes: without a kind of them helpers and commands are refused, and everything else works.

use super::{Occasion, Report};
use crate::config::Config;
use crate::rooms::preflight;

pub(super) async fn check(config: &Config, occasion: Occasion, report: &mut Report) {
    if occasion == Occasion::Start {
        // The start itself looks, and says what it found.
        return;
    }
    let found = preflight(config).await;
    let facts = found.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect::<Vec<_>>().join("; ");
    match found.chosen {
        Some(kind) => report.ok("sandboxes", format!("{kind}. {} ({facts})", found.why)),
        None => {
            let why = format!("{} Helpers and commands are refused; everything else works.", found.why);
            report.warning("sandboxes", why, found.fix.unwrap_or_default());
        }
    }
    for warning in found.warnings {
        report.warning("sandboxes", warning, "docs/SANDBOX.md says what each kind protects from.");
    }
}
