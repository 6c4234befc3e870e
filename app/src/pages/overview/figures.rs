//! The figures at the top: how much is said, how much waits, who runs, what was made.

use domain::projection::{Workshop, limits};
use domain::{ProcessStatus, ProjectStatus, Timestamp};
use leptos::prelude::*;

use crate::components::Sparkline;
use crate::format::counted;
use crate::live::use_live;

/// How many helpers are running, and how many there are.
pub(crate) fn running(workshop: &Workshop) -> (i64, i64) {
    let runs = |process: &domain::Process| process.status == ProcessStatus::Running;
    let running = workshop.helpers.iter().filter(|entry| entry.process.as_ref().is_some_and(runs)).count();
    (count(running), count(workshop.helpers.len()))
}

/// Messages by minute over the last hour up to now, oldest first.
fn by_minute(workshop: &Workshop, now: Timestamp) -> Vec<i64> {
    let last = now.max(workshop.as_of).minute();
    (last - limits::MINUTES + 1..=last).map(|minute| workshop.minutes.get(&minute).copied().unwrap_or(0)).collect()
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

/// The four of them.
#[component]
pub(super) fn Figures() -> impl IntoView {
    let live = use_live();
    let minutes = live.slice(move |workshop| by_minute(workshop, live.now.get()));
    let hour = move || minutes.with(|minutes| minutes.iter().sum::<i64>());
    let peak = move || minutes.with(|minutes| minutes.iter().copied().max().unwrap_or(0));
    let this_minute = move || minutes.with(|minutes| minutes.last().copied().unwrap_or(0));
    let words = Signal::derive(move || {
        format!("Messages per minute over the last hour: {} in all, {} at most", hour(), peak())
    });
    let waiting = live.slice(|workshop| workshop.helpers.iter().map(|entry| entry.helper.waiting).sum::<i64>());
    let busy = live.slice(|workshop| count(workshop.helpers.iter().filter(|entry| entry.helper.waiting > 0).count()));
    let helpers = live.slice(running);
    let projects = live.slice(|workshop| {
        let making = workshop.projects.iter().filter(|project| project.status == ProjectStatus::Making).count();
        (count(workshop.projects.len()), count(making))
    });
    view! {
        <section class="figures" aria-label="Figures">
            <div class="figure">
                <p class="figure-label">"Messages per minute"</p>
                <p class="figure-value">{this_minute}<small>{move || format!("{} in the last hour", hour())}</small></p>
                <Sparkline values=minutes label=words/>
            </div>
            <a class="figure" href="/helpers">
                <p class="figure-label">"Waiting deliveries"</p>
                <p class="figure-value">
                    {move || waiting.get()}
                    <small>{move || if busy.get() == 0 { "nobody waits".to_owned() } else { format!("for {}", counted(busy.get(), "helper")) }}</small>
                </p>
            </a>
            <a class="figure" href="/helpers">
                <p class="figure-label">"Helpers running"</p>
                <p class="figure-value">{move || helpers.get().0}<small>{move || format!("of {}", helpers.get().1)}</small></p>
            </a>
            <a class="figure" href="/projects">
                <p class="figure-label">"Projects"</p>
                <p class="figure-value">
                    {move || projects.get().0}
                    <small>{move || match projects.get() {
                        (0, _) => "none yet".to_owned(),
                        (_, 0) => "all ready".to_owned(),
                        (_, making) => format!("{making} being made"),
                    }}</small>
                </p>
            </a>
        </section>
    }
}
