//! What happened lately, newest first.

use domain::projection::Activity;
use leptos::prelude::*;

use crate::components::{EmptyState, PartySigil, RelativeTime};
use crate::live::use_live;

/// The list. Lines that come in while the page is open glow once.
#[component]
pub(super) fn Feed() -> impl IntoView {
    let live = use_live();
    let lines = live.slice(|workshop| workshop.activity.clone());
    let first_sight = lines.with_untracked(|lines| lines.first().map_or(0, |line| line.seq));
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
                        key=|line| line.seq
                        children=move |line| {
                            let fresh = line.seq > first_sight;
                            view! { <Line line fresh/> }
                        }
                    />
                </ol>
            </Show>
        </section>
    }
}

#[component]
fn Line(line: Activity, fresh: bool) -> impl IntoView {
    let Activity { at, actor, text, href, .. } = line;
    let name = actor.by.name().to_owned();
    view! {
        <li class=if fresh { "glow-a" } else { "" }>
            <span class="faint"><RelativeTime at/></span>
            <PartySigil party=actor.by size="s"/>
            <a class="feed-text" href=href><b>{name}</b>" "{text}</a>
        </li>
    }
}
