//! The commands of a project: a form for the next one, the one that is open, and those before.

use domain::access::{Action, Subject};
use domain::run::{Run, RunState};
use domain::{ProjectId, RunId, Slug};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::api::Written;
use super::command::CommandForm;
use super::run::RunPane;
use super::wording;
use crate::components::{MayNot, RelativeTime, Status, StatusWord};
use crate::error::AppError;
use crate::json::JsonResource;
use crate::live::use_live;

/// Runs shown in the list.
const SHOWN: usize = 20;

/// The section on a project's page.
#[component]
pub fn Runs(
    /// Which project.
    project: ProjectId,
    /// Its short name.
    slug: Slug,
    /// Its newest runs, as they were loaded.
    runs: Vec<Run>,
    /// The run that is open.
    open: JsonResource<Result<Option<Written>, AppError>>,
) -> impl IntoView {
    // As it is when the page is made: the form is not built anew by signals.
    let refused = use_live().refusal(Action::Run, move || Subject::Project(project)).get_untracked();
    view! {
        <section class="panel runs" aria-labelledby="runs-title">
            <h3 id="runs-title">"Run a command"</h3>
            {match refused {
                Some(why) => view! { <MayNot why/> }.into_any(),
                None => view! { <CommandForm slug=slug.clone()/> }.into_any(),
            }}
            <RunPane slug=slug.clone() run=open/>
            <List runs project slug/>
        </section>
    }
}

/// Those that were loaded and those that came since, newest first.
fn together(loaded: &[Run], live: Vec<Run>) -> Vec<Run> {
    let mut all = live;
    let rest: Vec<Run> = loaded.iter().filter(|run| all.iter().all(|other| other.id != run.id)).cloned().collect();
    all.extend(rest);
    all.sort_by_key(|run| std::cmp::Reverse(run.id));
    all.truncate(SHOWN);
    all
}

#[component]
fn List(runs: Vec<Run>, project: ProjectId, slug: Slug) -> impl IntoView {
    let live = use_live();
    let query = use_location().query;
    let open = Memo::new(move |_| query.with(|query| query.get("run").and_then(|id| id.parse::<RunId>().ok())));
    let here = live
        .slice(move |workshop| workshop.runs.iter().filter(|run| run.project == project).cloned().collect::<Vec<_>>());
    let all = Memo::new(move |_| together(&runs, here.get()));
    let slug = StoredValue::new(slug);
    view! {
        <Show when=move || !all.with(Vec::is_empty) fallback=|| view! {
            <p class="faint runs-none">"No command was run here yet. From a shell: "<code>"tatwats run PROJECT \"ls -l\""</code></p>
        }>
            <ol class="runs-list">
                <For
                    each=move || all.get()
                    key=|run| (run.id, run.state, run.verdict)
                    children=move |run| {
                        let id = run.id;
                        let status = Status::from(&run);
                        let href = slug.with_value(|slug| format!("/projects/{slug}?run={id}#run"));
                        let took = (run.state == RunState::Ended).then(|| wording::took(&run, None)).flatten();
                        view! {
                            <li>
                                <a class="run-line" href=href aria-current=move || (open.get() == Some(id)).then_some("true")>
                                    <code>{run.command.clone()}</code>
                                    <StatusWord status=Signal::stored(status)/>
                                    <span class="faint">{run.owner.by.name().to_owned()}", "<RelativeTime at=run.created_at/>{took.map(|took| format!(", {took}"))}</span>
                                </a>
                            </li>
                        }
                    }
                />
            </ol>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use domain::sandbox::Preset;
    use domain::{Actor, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn run(id: u128, state: RunState) -> Run {
        Run {
            id: RunId(Uuid::from_u128(id)),
            project: ProjectId(Uuid::from_u128(1)),
            command: "ls".into(),
            preset: Preset::Run,
            terminal: false,
            state,
            room: None,
            verdict: None,
            reason: None,
            owner: Actor::system(),
            task: None,
            conversation: None,
            output_bytes: 0,
            cut: false,
            peak_memory_bytes: None,
            cpu_micros: None,
            hosts: vec![],
            created_at: Timestamp::default(),
            started_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn what_came_since_stands_over_what_was_loaded() {
        let loaded = [run(2, RunState::Running), run(1, RunState::Ended)];
        let all = together(&loaded, vec![run(3, RunState::Queued), run(2, RunState::Ended)]);
        let shown: Vec<_> = all.iter().map(|run| (run.id.0.as_u128(), run.state)).collect();
        assert_eq!(shown, [(3, RunState::Queued), (2, RunState::Ended), (1, RunState::Ended)]);
    }
}
