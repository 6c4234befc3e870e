//! One run: its command, where it stands and why, its output, and a Stop that works.

use domain::access::{Action, Subject};
use domain::run::{AskedHost, Run, RunState};
use domain::{RunId, Slug};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::acts::StopRun;
use super::api::{Written, load_run};
use super::terminal::Terminal;
use super::wording;
use crate::components::{Icon, ProblemNote, RelativeTime, Shape, Status, StatusWord, action_problem};
use crate::error::AppError;
use crate::format;
use crate::json::{JsonResource, resource};
use crate::live::use_live;
use crate::pages::conversations::use_seconds;

/// The run that the address names, as a resource of the page. To be called outside of anything that waits.
#[must_use]
pub fn run_of_address() -> JsonResource<Result<Option<Written>, AppError>> {
    let query = use_location().query;
    let open = Memo::new(move |_| query.with(|query| query.get("run").and_then(|id| id.parse::<RunId>().ok())));
    resource(
        move || open.get(),
        |open| async move {
            match open {
                Some(run) => load_run(run).await,
                None => Ok(None),
            }
        },
    )
}

/// The run that is open, if one is.
#[component]
pub(super) fn RunPane(
    /// Of which project.
    slug: Slug,
    /// The run.
    run: JsonResource<Result<Option<Written>, AppError>>,
) -> impl IntoView {
    view! {
        <Transition fallback=|| ()>
            {move || {
                let slug = slug.clone();
                Suspend::new(async move {
                    match run.await {
                        Ok(Some(written)) => view! { <Open written slug/> }.into_any(),
                        Ok(None) => ().into_any(),
                        Err(error) => view! { <p class="problem" role="alert">{error.detail().to_owned()}</p> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Open(written: Written, slug: Slug) -> impl IntoView {
    let live = use_live();
    let Written { run: first, text } = written;
    let (id, subject) = (first.id, Subject::Project(first.project));
    let known = live.slice(move |workshop| workshop.runs.iter().find(|run| run.id == id).cloned());
    let at_first = first.clone();
    let run = Memo::new(move |_| known.get().unwrap_or_else(|| at_first.clone()));
    let status = Signal::derive(move || run.with(|run| Status::from(run)));
    let stoppable = Memo::new(move |_| run.with(|run| !run.is_over()) && live.may(Action::Run, subject));
    let may_type = live.refusal(Action::Run, move || subject).with_untracked(Option::is_none);
    view! {
        <section class="run" aria-labelledby="run-title" id="run">
            <header class="run-head">
                <h4 id="run-title"><code>{first.command.clone()}</code></h4>
                <StatusWord status/>
                {move || stoppable.get().then(|| view! { <Stop id/> })}
                <a class="btn quiet btn-small" href=format!("/projects/{slug}")>"Close"</a>
            </header>
            <Terminal run=first text=Some(text) input=may_type/>
            {move || run.with(wording::ending).map(|words| view! { <p class="run-ending" role="status">{words}</p> })}
            <Facts run/>
        </section>
    }
}

#[component]
fn Stop(id: RunId) -> impl IntoView {
    let stop = ServerAction::<StopRun>::new();
    view! {
        <ActionForm action=stop>
            <input type="hidden" name="run" value=id.to_string()/>
            <button class="btn btn-small" disabled=move || stop.pending().get()><Icon shape=Shape::Stop/>"Stop"</button>
        </ActionForm>
        <ProblemNote problem=action_problem(stop)/>
    }
}

/// What is known of it, in numbers with their units.
#[component]
fn Facts(run: Memo<Run>) -> impl IntoView {
    let seconds = use_seconds();
    let took = move || {
        let now = seconds.while_under_way(run.with(|run| run.state == RunState::Running));
        run.with(|run| wording::took(run, now))
    };
    let by = move || run.with(|run| run.owner.by.name().to_owned());
    let behind = move || run.with(|run| run.owner.on_behalf_of.as_ref().map(|user| format!(" for {user}")));
    let bytes = |count: i64| format::bytes(u64::try_from(count).unwrap_or(0));
    view! {
        <dl class="facts run-facts">
            <dt>"Asked for by"</dt>
            <dd>{by}{behind}", "<RelativeTime at=Signal::derive(move || run.with(|run| run.created_at))/></dd>
            <dt>"Limits"</dt>
            <dd>{move || run.with(|run| wording::preset(run.preset))}</dd>
            {move || run.with(|run| run.room).map(|room| view! { <dt>"Sandbox"</dt><dd>{wording::room(room)}</dd> })}
            {move || took().map(|took| view! { <dt>"Took"</dt><dd class="num">{took}</dd> })}
            {move || run.with(|run| run.peak_memory_bytes).map(|peak| view! { <dt>"Memory at most"</dt><dd class="num">{bytes(peak)}</dd> })}
            {move || run.with(|run| run.cpu_micros).map(|micros| view! { <dt>"Processor time"</dt><dd class="num">{format::duration(micros)}</dd> })}
            {move || run.with(Run::is_over).then(|| view! {
                <dt>"Output"</dt>
                <dd class="num">{move || run.with(|run| format!("{}{}", bytes(run.output_bytes), if run.cut { ", cut" } else { "" }))}</dd>
            })}
            {move || {
                let hosts = run.with(|run| run.hosts.clone());
                (!hosts.is_empty()).then(|| view! { <dt>"Hosts it asked for"</dt><dd><Hosts hosts/></dd> })
            }}
        </dl>
    }
}

#[component]
fn Hosts(hosts: Vec<AskedHost>) -> impl IntoView {
    let line = |host: AskedHost| {
        let what = match host.allowed {
            true => format::bytes(u64::try_from(host.bytes).unwrap_or(0)),
            false => "not let through".to_owned(),
        };
        view! { <li><code>{host.host}</code>" "<span class="faint">{what}</span></li> }
    };
    view! { <ul class="run-hosts">{hosts.into_iter().map(line).collect_view()}</ul> }
}
