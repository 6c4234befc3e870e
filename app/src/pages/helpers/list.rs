//! The list of helpers.

use domain::projection::HelperEntry;
use domain::{HelperName, ProcessStatus};
use leptos::prelude::*;

use crate::components::{EmptyState, RelativeTime, Sigil, Since, Status, StatusWord, glow_when_changed};
use crate::format::{self, counted};
use crate::live::use_live;

/// The list; with a helper open, the narrow column beside it.
#[component]
pub(super) fn HelperList(
    /// The one that is open.
    open: Memo<Option<String>>,
) -> impl IntoView {
    let live = use_live();
    let names =
        live.slice(|workshop| workshop.helpers.iter().map(|entry| entry.helper.name.clone()).collect::<Vec<_>>());
    let running = live.slice(crate::pages::overview::running);
    view! {
        <section class="page split-list" aria-labelledby="helpers-title">
            <h1 id="helpers-title">"Helpers"</h1>
            <p class="lede">{move || format!("{} of {} running, each in a sandbox of its own.", running.get().0, running.get().1)}</p>
            <Show
                when=move || !names.with(Vec::is_empty)
                fallback=|| view! {
                    <EmptyState
                        title="No helper yet"
                        text="Helpers are workers with a persona. The built-in ones appear as soon as the supervisor has registered them. Hire your own: put a helper.toml into data/helpers/NAME."
                        command="tatwats helper list"
                    />
                }
            >
                <nav class="list" aria-label="Helpers">
                    <For each=move || names.get() key=Clone::clone children=move |name| view! { <Line name open/> }/>
                </nav>
            </Show>
        </section>
    }
}

#[component]
fn Line(name: HelperName, open: Memo<Option<String>>) -> impl IntoView {
    let live = use_live();
    let of = name.clone();
    let entry = live.slice(move |workshop| workshop.helper(of.as_str()).cloned());
    let of = name.clone();
    let doing = live.slice(move |workshop| {
        workshop.helper(of.as_str()).and_then(|entry| crate::pages::overview::doing(workshop, entry))
    });
    let status = Signal::derive(move || {
        entry.with(|entry| entry.as_ref().map_or(Status::from(ProcessStatus::Stopped), Status::from))
    });
    let glow = glow_when_changed(move || status.get().word);
    let of = name.to_string();
    let here = move || open.with(|open| open.as_deref() == Some(of.as_str())).then_some("page");
    let sub = move || {
        let (description, waiting, active_at) = entry.with(|entry| {
            entry.as_ref().map_or_else(Default::default, |HelperEntry { helper, .. }| {
                (helper.description.clone(), helper.waiting, helper.active_at)
            })
        });
        match (doing.get(), waiting, active_at) {
            (Some(doing), ..) => doing.into_any(),
            (None, 0, Some(at)) => view! { "Idle. Last active " <RelativeTime at/> }.into_any(),
            (None, 0, None) => description.into_any(),
            (None, waiting, _) => format!("{} waiting", counted(waiting, "message")).into_any(),
        }
    };
    let waiting = Memo::new(move |_| entry.with(|entry| entry.as_ref().map_or(0, |entry| entry.helper.waiting)));
    let alive_since = Memo::new(move |_| {
        entry.with(|entry| {
            let process = entry.as_ref()?.process.as_ref()?;
            process.status.is_alive().then_some(process.started_at)
        })
    });
    let of = name.clone();
    let used = Memo::new(move |_| {
        let measured = live.measures.with(|measures| measures.get(&of).cloned());
        let measured = measured.filter(|_| alive_since.get().is_some());
        measured.map(|used| format!("{}, {}", format::permille(used.cpu_permille), format::bytes(used.memory_bytes)))
    });
    view! {
        <a class=move || format!("row helper-entry {}", glow.get()) href=format!("/helpers/{name}") aria-current=here>
            <Sigil name=name.to_string()/>
            <span class="helper-line-name"><b>{name.to_string()}</b><span class="sub">{sub}</span></span>
            <StatusWord status/>
            <span>{waiting}" waiting"</span>
            <span title="Processor and memory">{used}</span>
            <span>{move || alive_since.get().map(|at| view! { <Since at/> })}</span>
        </a>
    }
}
