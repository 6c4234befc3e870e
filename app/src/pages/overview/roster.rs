//! The helpers at a glance, each in a line: who it is, what it does, how long it has been up.

use domain::projection::{HelperEntry, Workshop};
use domain::{Helper, HelperName, ProcessStatus, StepState, TaskState};
use leptos::prelude::*;

use crate::components::{EmptyState, RelativeTime, Sigil, Since, Status, StatusWord, glow_when_changed};
use crate::live::use_live;

/// What a helper is doing, in half a sentence; none: nothing to tell, see when it was last active.
pub(crate) fn doing(workshop: &Workshop, entry: &HelperEntry) -> Option<String> {
    let Helper { name, paused, .. } = &entry.helper;
    if let Some(process) = &entry.process
        && !matches!(process.status, ProcessStatus::Running | ProcessStatus::Starting)
        && let Some(reason) = &process.reason
    {
        return Some(reason.clone());
    }
    if *paused {
        return Some("Paused: deliveries are held back".into());
    }
    let task =
        workshop.tasks.iter().find(|task| task.state == TaskState::Working && task.owner.by.helper() == Some(name))?;
    let step = task.steps.iter().position(|step| step.state == StepState::Working);
    Some(match step {
        Some(at) => format!("{}, step {} of {}: {}", task.title, at + 1, task.steps.len(), task.steps[at].title),
        None => task.title.clone(),
    })
}

/// The list.
#[component]
pub(super) fn Roster() -> impl IntoView {
    let live = use_live();
    let names =
        live.slice(|workshop| workshop.helpers.iter().map(|entry| entry.helper.name.clone()).collect::<Vec<_>>());
    view! {
        <section class="section" aria-labelledby="helpers-title">
            <div class="section-head">
                <h2 id="helpers-title">"Helpers"</h2>
                <a class="more" href="/helpers">"All helpers"</a>
            </div>
            <Show
                when=move || !names.with(Vec::is_empty)
                fallback=|| view! {
                    <EmptyState
                        title="No helper yet"
                        text="Helpers answer messages. The built-in ones appear as soon as the supervisor has registered them; your own come from a folder under data/helpers."
                        command="tatwats helper list"
                    />
                }
            >
                <div class="list">
                    <For each=move || names.get() key=Clone::clone children=move |name| view! { <HelperLine name/> }/>
                </div>
            </Show>
        </section>
    }
}

#[component]
fn HelperLine(name: HelperName) -> impl IntoView {
    let live = use_live();
    let of = name.clone();
    let entry = live.slice(move |workshop| workshop.helper(of.as_str()).cloned());
    let of = name.clone();
    let doing = live.slice(move |workshop| workshop.helper(of.as_str()).and_then(|entry| doing(workshop, entry)));
    let status = Signal::derive(move || {
        entry.with(|entry| entry.as_ref().map_or(Status::from(ProcessStatus::Stopped), Status::from))
    });
    let waiting = Memo::new(move |_| entry.with(|entry| entry.as_ref().map_or(0, |entry| entry.helper.waiting)));
    let glow = glow_when_changed(move || (status.get().word, doing.get()));
    let up = move || {
        let process = entry.with(|entry| entry.as_ref().and_then(|entry| entry.process.clone()))?;
        let alive = process.status.is_alive();
        let at = if alive { process.started_at } else { process.ended_at.unwrap_or(process.started_at) };
        Some(if alive { view! { <Since at/> }.into_any() } else { view! { <RelativeTime at/> }.into_any() })
    };
    let last = move || {
        doing.get().map(|text| text.into_any()).or_else(|| {
            let at = entry.with(|entry| entry.as_ref().and_then(|entry| entry.helper.active_at));
            at.map(|at| view! { "Idle. Last active " <RelativeTime at/> }.into_any())
        })
    };
    let description = move || entry.with(|entry| entry.as_ref().map(|entry| entry.helper.description.clone()));
    view! {
        <a class=move || format!("row helper-line {}", glow.get()) href=format!("/helpers/{name}")>
            <Sigil name=name.to_string()/>
            <span class="helper-line-name">
                <b>{name.to_string()}</b>
                <span class="sub">{move || last().unwrap_or_else(|| description().into_any())}</span>
            </span>
            <StatusWord status/>
            <span class="helper-line-wait num">{waiting}<span class="sub">" waiting"</span></span>
            <span class="helper-line-up sub num">{up}</span>
        </a>
    }
}
