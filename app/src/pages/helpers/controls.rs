//! Start, stop, restart, pause: each says why when it cannot be done now.

use domain::access::{Action, Subject};
use domain::projection::HelperEntry;
use domain::{HelperName, ProcessStatus};
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::components::{Confirm, Icon, MayNot, ProblemNote, Shape, action_problem};
use crate::live::use_live;
use crate::pages::operate::{PauseHelper, RestartHelper, StartHelper, StopHelper};

/// Why a helper cannot be started now.
fn no_start(entry: &HelperEntry) -> Option<&'static str> {
    match entry.process.as_ref().map(|process| process.status) {
        Some(ProcessStatus::Stopping) => Some("It is being stopped: wait for that to end."),
        Some(ProcessStatus::Starting | ProcessStatus::Running | ProcessStatus::Unhealthy) => {
            Some("It is running already.")
        }
        _ => None,
    }
}

/// Why a helper cannot be stopped or restarted now.
fn no_stop(entry: &HelperEntry) -> Option<&'static str> {
    match entry.process.as_ref().map(|process| process.status) {
        Some(ProcessStatus::Stopping) => Some("It is being stopped already."),
        Some(ProcessStatus::Stopped | ProcessStatus::Failed) | None => Some("It is not running."),
        _ => None,
    }
}

/// The buttons.
#[component]
pub(super) fn Controls(
    /// Whose.
    name: HelperName,
    /// The helper as it stands.
    entry: Memo<HelperEntry>,
) -> impl IntoView {
    let (start, stop) = (ServerAction::<StartHelper>::new(), ServerAction::<StopHelper>::new());
    let (restart, pause) = (ServerAction::<RestartHelper>::new(), ServerAction::<PauseHelper>::new());
    let refused = use_live().refusal(Action::Operate, || Subject::Workshop);
    let words = |why: Option<&'static str>| why.map(ToOwned::to_owned);
    let cannot_start = Memo::new(move |_| refused.get().or_else(|| words(entry.with(no_start))));
    let cannot_stop = Memo::new(move |_| refused.get().or_else(|| words(entry.with(no_stop))));
    let paused = Memo::new(move |_| entry.with(|entry| entry.helper.paused));
    let name = StoredValue::new(name.to_string());
    let hidden = move || view! { <input type="hidden" name="helper" value=name.get_value()/> };
    let problem = Signal::derive(move || {
        [action_problem(start), action_problem(stop), action_problem(restart), action_problem(pause)]
            .into_iter()
            .find_map(|problem| problem.get())
    });
    view! {
        <div class="actions detail-actions">
            <ActionForm action=start>
                {hidden()}
                <button class="btn" disabled=move || cannot_start.get().is_some() title=move || cannot_start.get()>
                    <Icon shape=Shape::Play/>"Start"
                </button>
            </ActionForm>
            <ActionForm action=restart>
                {hidden()}
                <button class="btn" disabled=move || cannot_stop.get().is_some() title=move || cannot_stop.get()>
                    <Icon shape=Shape::Again/>"Restart"
                </button>
            </ActionForm>
            <ActionForm action=pause>
                {hidden()}
                <input type="hidden" name="paused" value=move || (!paused.get()).to_string()/>
                <button class="btn" disabled=move || refused.with(Option::is_some) title=move || refused.get()>
                    {move || if paused.get() {
                        view! { <Icon shape=Shape::Play/>"Let deliveries through" }.into_any()
                    } else {
                        view! { <Icon shape=Shape::Pause/>"Pause deliveries" }.into_any()
                    }}
                </button>
            </ActionForm>
            <Show when=move || cannot_stop.get().is_none()>
                <Confirm label="Stop" warning="Its process ends, and messages to it wait until it is started again. What it is working on goes back into the queue.">
                    <ActionForm action=stop>
                        {hidden()}
                        <button class="btn danger"><Icon shape=Shape::Stop/>"Stop "{name.get_value()}</button>
                    </ActionForm>
                </Confirm>
            </Show>
        </div>
        {move || refused.get().map(|why| view! { <MayNot why/> })}
        <ProblemNote problem/>
    }
}
