//! Reads a line for the shell as far as rules need it: which commands it runs, and what the rules say of them.
//!
//! A rule is about a program and its words, not about what that program does: whoever allows `make *` allows what the
//! makefile says. What cannot be read for sure is never allowed without asking. The sandbox is the wall; this is the
//! doorbell.

mod pattern;
mod read;
#[cfg(test)]
mod tests;
mod words;
mod wrappers;

pub use pattern::{check_pattern, pattern_of};

use crate::policy::{Decision, Rule};
use pattern::Fit;
use read::Reading;

/// What the rules say of a line: the strictest that they say of any command in it. A command that no rule fits is
/// asked about, and so is what cannot be read for sure; that is refused when a rule refuses a program that occurs in it.
#[must_use]
pub fn decide(line: &str, rules: &[Rule]) -> Decision {
    let reading = Reading::of(line);
    let clear = reading.commands.iter().map(|command| {
        let fits = |decision: Decision, loosely: Fit| {
            rules.iter().any(|rule| rule.decision == decision && pattern::fits(&rule.pattern, &command.words, loosely))
        };
        if fits(Decision::Deny, Fit::Maybe) {
            Decision::Deny
        } else if fits(Decision::Ask, Fit::Maybe) {
            Decision::Ask
        } else if command.wraps || fits(Decision::Allow, Fit::Surely) {
            // What it wraps is decided upon by itself.
            Decision::Allow
        } else {
            Decision::Ask
        }
    });
    clear.chain(reading.unclear.then(|| unclear(line, rules))).max().unwrap_or(Decision::Allow)
}

fn unclear(line: &str, rules: &[Rule]) -> Decision {
    let denied = rules.iter().any(|rule| rule.decision == Decision::Deny && pattern::is_mentioned(&rule.pattern, line));
    if denied { Decision::Deny } else { Decision::Ask }
}
