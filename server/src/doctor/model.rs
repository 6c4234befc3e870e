//! The language model: whether one is set. It is not asked anything, since that may cost money.

use super::Report;
use crate::config::Config;

const CHECK: &str = "model";

pub(super) fn check(config: &Config, report: &mut Report) {
    match &config.model {
        None => report.ok(CHECK, "none is set: helpers answer slash commands, and say so when asked in free text"),
        Some(model) => {
            let key = if model.key.is_some() { "with a key" } else { "without a key" };
            report.ok(CHECK, format!("{} at {}, {key}", model.name, model.url));
        }
    }
}
