//! What happened lately, newest first. The same thing again and again is one line with a count.

use domain::projection::Activity;
use leptos::prelude::*;

use crate::components::{EmptyState, PartySigil, RelativeTime};
use crate::live::use_live;
use crate::plain::plain;

/// One line: the newest of its kind in a row, and how often it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    newest: Activity,
    times: usize,
}

/// Neighbours that say the same, put together.
fn fold(activity: &[Activity]) -> Vec<Line> {
    let same = |a: &Activity, b: &Activity| a.actor == b.actor && a.text == b.text && a.href == b.href;
    let groups = activity.chunk_by(same);
    groups.filter_map(|group| Some(Line { newest: group.first()?.clone(), times: group.len() })).collect()
}

/// The list. Lines that come in while the page is open glow once.
#[component]
pub(super) fn Feed() -> impl IntoView {
    let live = use_live();
    let lines = live.slice(|workshop| fold(&workshop.activity));
    let first_sight = lines.with_untracked(|lines| lines.first().map_or(0, |line| line.newest.seq));
    view! {
        <section class="section" aria-labelledby="feed-title">
            <div class="section-head"><h2 id="feed-title">"Happening now"</h2></div>
            <Show
                when=move || !lines.with(Vec::is_empty)
                fallback=|| view! {
                    <EmptyState
                        title="Nothing has happened yet"
                        text="Everything that people and helpers do appears here as it happens."
                        command="tatwats tail"
                    />
                }
            >
                <ol class="feed">
                    <For
                        each=move || lines.get()
                        key=|line| line.newest.seq
                        children=move |line| {
                            let fresh = line.newest.seq > first_sight;
                            view! { <FeedLine line fresh/> }
                        }
                    />
                </ol>
            </Show>
        </section>
    }
}

#[component]
fn FeedLine(line: Line, fresh: bool) -> impl IntoView {
    let Line { newest: Activity { at, actor, text, href, .. }, times } = line;
    let name = actor.by.name().to_owned();
    let again = (times > 1).then(|| view! { <span class="badge feed-times">{times}" times"</span> });
    // The server leads from a run's id to its project's page.
    let rel = href.starts_with("/runs/").then_some("external");
    view! {
        <li class=if fresh { "glow-a" } else { "" }>
            <span class="faint"><RelativeTime at/></span>
            <PartySigil party=actor.by size="s"/>
            <a class="feed-text" href=href rel=rel><b>{name}</b>" "{plain(&text)}</a>
            {again}
        </li>
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
        let folded = fold(&[said(5, "ended"), said(4, "ended"), said(3, "began"), said(2, "ended")]);
        let lines: Vec<_> = folded.iter().map(|line| (line.newest.seq, line.times)).collect();
        assert_eq!(lines, [(5, 2), (3, 1), (2, 1)]);
    }
}
