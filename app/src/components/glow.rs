//! The changed thing glows once, briefly: never on first sight.

use leptos::prelude::*;

/// A class that is `glow-a` or `glow-b` after each change of `value`, by turns, so that the animation starts over.
pub fn glow_when_changed<T: PartialEq + Clone + Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<&'static str> {
    let changes = Memo::new(move |before: Option<&(T, u32)>| {
        let value = value();
        let count = before.map_or(0, |(old, count)| if *old == value { *count } else { count + 1 });
        (value, count)
    });
    Memo::new(move |_| changes.with(|(_, count)| glow(*count)))
}

/// The class of what has changed so many times.
#[must_use]
pub const fn glow(changes: u32) -> &'static str {
    match changes {
        0 => "",
        odd if odd % 2 == 1 => "glow-a",
        _ => "glow-b",
    }
}
