//! What the run of a task writes, on the card of that task.

use domain::{RunId, TaskId};
use leptos::prelude::*;

use super::terminal::Terminal;
use crate::live::use_live;

/// The terminal of a task's run while that is under way; nothing for a task that has none. Once shown it stays, so that
/// what a run wrote last can be read after it has failed.
#[component]
pub fn TaskOutput(
    /// Which task.
    task: TaskId,
) -> impl IntoView {
    let live = use_live();
    let known = live.slice(move |workshop| {
        let run = workshop.runs.iter().find(|run| run.task == Some(task))?;
        Some((run.id, run.is_over()))
    });
    let shown = Memo::new(move |before: Option<&Option<RunId>>| match known.get() {
        Some((run, false)) => Some(run),
        _ => before.copied().flatten(),
    });
    let run = move || {
        let shown = shown.get()?;
        live.peek(|workshop| workshop.runs.iter().find(|run| run.id == shown).cloned()).flatten()
    };
    move || run().map(|run| view! { <div class="task-output"><Terminal run text=None input=false/></div> })
}
