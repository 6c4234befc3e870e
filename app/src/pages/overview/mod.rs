//! Overview: what is the state, what changed last, what needs me, what can I do.

mod feed;
mod figures;
mod first_app;
mod needs;
mod needs_view;
mod roster;

use domain::access::{Action, Subject};
use leptos::prelude::*;
use leptos_meta::Title;

use super::sandboxes::{Kind, SandboxKind, sandbox_kind};
use crate::components::Ready;
use crate::error::AppError;
use crate::format::counted;
use crate::live::use_live;
use feed::Feed;
use figures::Figures;
pub(super) use figures::running;
use first_app::FirstApp;
use needs_view::NeedsYou;
use roster::Roster;
pub(super) use roster::doing;

/// The page at `/`.
#[component]
pub fn OverviewPage() -> impl IntoView {
    // Outside of anything that waits, so that server and browser number it alike.
    let kind = sandbox_kind();
    view! {
        <Title text="Overview"/>
        <Ready>
            <Overview kind/>
        </Ready>
    }
}

#[component]
fn Overview(kind: Resource<Result<Kind, AppError>>) -> impl IntoView {
    let live = use_live();
    let needs = needs_view::needs(live);
    let running = live.slice(|workshop| figures::running(workshop).0);
    let lede = move || {
        let at_work = match running.get() {
            0 => "No helper is running".to_owned(),
            count => format!("{} running", counted(count, "helper")),
        };
        let wanted = match needs.with(Vec::len) {
            0 => "nothing needs you".to_owned(),
            1 => "one thing needs you".to_owned(),
            count => format!("{count} things need you"),
        };
        format!("{at_work}, {wanted}.")
    };
    let no_project = live.slice(|workshop| Some(workshop.projects.is_empty()));
    let may_ask = move || live.may(Action::Talk, Subject::Workshop) && live.may(Action::MakeProject, Subject::Workshop);
    view! {
        <main class="page overview" id="main">
            <h1>"Overview"</h1>
            <p class="lede">{lede}</p>
            <Figures/>
            <div class="overview-columns">
                <div class="overview-wide">
                    <Show when=move || no_project.get() == Some(true) && may_ask()>
                        <FirstApp/>
                    </Show>
                    <Roster/>
                    <Feed/>
                    <SandboxKind kind/>
                </div>
                <NeedsYou needs/>
            </div>
        </main>
    }
}
