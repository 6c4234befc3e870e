//! What happened lately, newest first. The same thing again and again is one line with a count.

use domain::projection::Activity;
use maud::{Markup, html};

use super::Shown;
use crate::components::{empty_state, sigil};
use crate::plain::plain;

/// One line: the newest of its kind in a row, and how often it happened.
struct Line<'a> {
    newest: &'a Activity,
    times: usize,
}

/// Neighbours that say the same, put together.
fn fold(activity: &[Activity]) -> impl Iterator<Item = Line<'_>> {
    let same = |a: &Activity, b: &Activity| a.actor == b.actor && a.text == b.text && a.href == b.href;
    let groups = activity.chunk_by(same);
    groups.filter_map(|group| Some(Line { newest: group.first()?, times: group.len() }))
}

/// The section. Lines that come in while the page is open glow once.
pub(super) fn feed(shown: &Shown<'_>) -> Markup {
    html! {
        section.section aria-labelledby="feed-title" {
            div.section-head { h2 #feed-title { "Happening now" } }
            @if shown.workshop.activity.is_empty() {
                (empty_state(
                    "Nothing has happened yet",
                    "Everything that people and helpers do appears here as it happens.",
                    "tatwats tail",
                ))
            } @else {
                ol.feed { @for line in fold(&shown.workshop.activity) { (feed_line(shown, &line)) } }
            }
        }
    }
}

fn feed_line(shown: &Shown<'_>, line: &Line<'_>) -> Markup {
    let Line { newest: Activity { seq, at, actor, text, href }, times } = line;
    // The server leads from a run's id to its project's page.
    let rel = href.starts_with("/runs/").then_some("external");
    let fresh = (*seq > shown.seen).then_some("glow-a");
    html! {
        li class=[fresh] data-key=(seq) {
            span.faint { (shown.clocks.relative(*at)) }
            (sigil(actor.by.name(), "s"))
            a.feed-text href=(href) rel=[rel] { b { (actor.by.name()) } " " (plain(text)) }
            @if *times > 1 { span.badge.feed-times { (times) " times" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Actor, Timestamp};

    #[test]
    fn neighbours_that_say_the_same_are_one_line() {
        let said = |seq, text: &str| Activity {
            seq,
            at: Timestamp::default(),
            actor: Actor::system(),
            text: text.into(),
            href: "/".into(),
        };
        let activity = [said(5, "ended"), said(4, "ended"), said(3, "began"), said(2, "ended")];
        let folded = fold(&activity);
        let lines: Vec<_> = folded.map(|line| (line.newest.seq, line.times)).collect();
        assert_eq!(lines, [(5, 2), (3, 1), (2, 1)]);
    }
}
