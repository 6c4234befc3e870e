//! The facts of a helper's process: numbers with their units, live.

use domain::helper::RestartPolicy;
use domain::projection::HelperEntry;
use domain::stream::Measured;
use domain::{HelperName, Process};
use leptos::prelude::*;

use crate::components::{Countdown, RelativeTime, Since};
use crate::format;
use crate::live::use_live;

/// The facts.
#[component]
pub(super) fn Facts(
    /// Whose.
    name: HelperName,
    /// The helper as it stands.
    entry: Memo<HelperEntry>,
    /// What was measured before the page was loaded.
    measured: Option<Measured>,
) -> impl IntoView {
    let live = use_live();
    let process = Memo::new(move |_| entry.with(|entry| entry.process.clone()));
    let alive =
        Memo::new(move |_| process.with(|process| process.as_ref().is_some_and(|process| process.status.is_alive())));
    let measured = Memo::new(move |_| {
        let heard = live.measures.with(|measures| measures.get(&name).cloned());
        if alive.get() { heard.or_else(|| measured.clone()) } else { None }
    });
    let unknown = move || if alive.get() { "not measured yet" } else { "not running" };
    let policy = move || match entry.with(|entry| entry.helper.restart) {
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "only after a failure",
        RestartPolicy::Never => "never",
    };
    let version = move || {
        entry.with(|entry| match entry.helper.version.as_str() {
            "" => String::new(),
            version => format!("{version}, "),
        })
    };
    let kind = move || if entry.with(|entry| entry.helper.built_in) { "built in" } else { "hired by a manifest" };
    view! {
        <section class="section" aria-labelledby="process-title">
            <div class="section-head"><h2 id="process-title">"Process"</h2></div>
            <dl class="facts">
                {move || process.get().map(|process| view! { <Run process/> })}
                <dt>"Processor"</dt>
                <dd>{move || measured.get().map_or_else(|| unknown().into(), |measured| format::permille(measured.cpu_permille))}</dd>
                <dt>"Memory"</dt>
                <dd>{move || measured.get().map_or_else(|| unknown().into(), |measured| format::bytes(measured.memory_bytes))}</dd>
                <dt>"Processes"</dt>
                <dd>{move || measured.get().map_or_else(|| unknown().into(), |measured| measured.pids.to_string())}</dd>
                <dt>"Network"</dt>
                <dd>{move || measured.get().map_or_else(|| unknown().into(), |measured| traffic(&measured))}</dd>
                <dt>"Started again"</dt>
                <dd>{policy}" when it ends"</dd>
                <dt>"Version"</dt>
                <dd>{version}{kind}</dd>
                <dt>"Last active"</dt>
                <dd>
                    {move || match entry.with(|entry| entry.helper.active_at) {
                        Some(at) => view! { <RelativeTime at/> }.into_any(),
                        None => "never".into_any(),
                    }}
                </dd>
            </dl>
        </section>
    }
}

/// What went over the network, in words.
fn traffic(measured: &Measured) -> String {
    match (measured.sent_bytes, measured.received_bytes) {
        (Some(0), Some(0)) => "nothing sent or received".into(),
        (Some(sent), Some(received)) => {
            format!("{} sent, {} received", format::bytes(sent), format::bytes(received))
        }
        _ => "this machine's own, not counted".into(),
    }
}

/// The facts of one run.
#[component]
fn Run(process: Process) -> impl IntoView {
    let Process { pid, room, started_at, ended_at, restarts, next_start_at, status, .. } = process;
    view! {
        {if status.is_alive() {
            view! { <dt>"Up"</dt><dd><Since at=started_at word="for"/></dd> }.into_any()
        } else {
            view! { <dt>"Started"</dt><dd><RelativeTime at=started_at/></dd> }.into_any()
        }}
        {ended_at.map(|at| view! { <dt>"Ended"</dt><dd><RelativeTime at/></dd> })}
        {next_start_at.map(|until| view! { <dt>"Next start"</dt><dd><Countdown until/></dd> })}
        <dt>"Sandbox"</dt>
        <dd>{room.map_or("none", crate::pages::sandboxes::room_word)}</dd>
        <dt>"Process id"</dt>
        <dd>{pid.map_or_else(|| "none".into(), |pid| pid.to_string())}</dd>
        <dt>"Restarts"</dt>
        <dd>{restarts}</dd>
    }
}
