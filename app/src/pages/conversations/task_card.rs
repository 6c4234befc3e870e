//! A task as a card: its steps, how far it is, how long it takes, and a Cancel that works.

use domain::access::{Action, Subject};
use domain::{ProjectStatus, Step, StepState, Task, TaskId};
use leptos::prelude::*;

use super::acts::CancelTask;
use super::seconds::use_seconds;
use super::wording;
use crate::components::{Icon, ProblemNote, Shape, Status, action_problem, glow_when_changed};
use crate::live::use_live;
use crate::pages::sandboxes::TaskOutput;

/// A task as a card. Needs [`super::seconds::provide_seconds`] above it.
#[component]
pub fn TaskCard(
    /// The task, as it moves on.
    #[prop(into)]
    task: Signal<Task>,
) -> impl IntoView {
    let seconds = use_seconds();
    let over = Memo::new(move |_| task.with(|task| task.state.is_over()));
    let state = Memo::new(move |_| {
        let (tone, words) = task.with(|task| wording::task(task, seconds.while_under_way(!task.state.is_over())));
        (tone.name(), words)
    });
    let glow = glow_when_changed(move || task.with(|task| task.state));
    let percent = Memo::new(move |_| task.with(Task::percent));
    let title = Memo::new(move |_| task.with(|task| task.title.clone()));
    let error = Memo::new(move |_| task.with(|task| task.error.clone()));
    let (id, live) = (task.with_untracked(|task| task.id), use_live());
    let cancellable =
        Memo::new(move |_| !over.get() && live.may(Action::CancelTask, Subject::of(task.with(|task| task.project))));
    let steps = Memo::new(move |_| task.with(|task| task.steps.clone()));
    view! {
        <section class=move || format!("task-card {}", glow.get()) aria-label=move || title.get() data-tone=move || state.get().0>
            <header class="task-head">
                <b>{move || title.get()}</b>
                <span class="status task-state" data-tone=move || state.get().0>
                    {move || view! { <Icon shape=Status::from(task.with(|task| task.state)).shape/> }}
                    <span class="num">{move || state.get().1}</span>
                </span>
                {move || cancellable.get().then(|| view! { <Cancel id/> })}
            </header>
            <div
                class="task-bar"
                role="progressbar"
                aria-label="Steps done"
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || percent.get().to_string()
            >
                <i style=move || format!("inline-size:{}%", percent.get())></i>
            </div>
            <ol class="task-steps">
                {move || steps.get().into_iter().map(|step| view! { <StepLine step/> }).collect_view()}
            </ol>
            <TaskOutput task=id/>
            {move || error.get().map(|error| view! { <p class="task-error">{error}</p> })}
            <Result task/>
        </section>
    }
}

#[component]
fn StepLine(step: Step) -> impl IntoView {
    let seconds = use_seconds();
    let (class, shape, word) = match step.state {
        StepState::Todo => ("todo", None, "to do"),
        StepState::Working => ("now", Some(Shape::Progress), "at work"),
        StepState::Done => ("done", Some(Shape::Check), "done"),
        StepState::Failed => ("failed", Some(Shape::Cross), "failed"),
    };
    let working = step.state == StepState::Working;
    let title = step.title.clone();
    let took = Memo::new(move |_| wording::step(&step, seconds.while_under_way(working)));
    view! {
        <li class=class>
            {match shape {
                Some(shape) => view! { <Icon shape/> }.into_any(),
                None => view! { <span class="step-dot" aria-hidden="true"></span> }.into_any(),
            }}
            <span>{title}<span class="sr-only">{format!(" ({word})")}</span></span>
            <span class="num">{move || took.get()}</span>
        </li>
    }
}

#[component]
fn Cancel(id: TaskId) -> impl IntoView {
    let cancel = ServerAction::<CancelTask>::new();
    view! {
        <ActionForm action=cancel>
            <input type="hidden" name="task" value=id.to_string()/>
            <button class="btn quiet btn-small" disabled=move || cancel.pending().get()>"Cancel"</button>
        </ActionForm>
        <ProblemNote problem=action_problem(cancel)/>
    }
}

/// What came of it: the project, once it stands.
#[component]
fn Result(task: Signal<Task>) -> impl IntoView {
    let live = use_live();
    let made = live.slice(move |workshop| {
        let id = task.with(|task| task.project)?;
        let project = workshop.projects.iter().find(|project| project.id == id)?;
        (project.status == ProjectStatus::Ready).then(|| (project.slug.to_string(), project.files))
    });
    move || {
        made.get().map(|(slug, files)| {
            view! {
                <p class="task-result">
                    <a class="btn btn-small" href=format!("/projects/{slug}")>{format!("Open {slug}")}</a>
                    <span class="faint">{crate::format::counted(files, "file")}</span>
                </p>
            }
        })
    }
}
