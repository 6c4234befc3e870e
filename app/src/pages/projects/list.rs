//! The left of the page: every project and where it stands.

use domain::access::{Action, Subject};
use domain::{Project, ProjectId};
use leptos::prelude::*;

use super::detail::address;
use crate::components::{Icon, RelativeTime, Shape, Sigil, StatusWord, glow_when_changed};
use crate::live::use_live;

/// The projects, newest first.
#[component]
pub fn ProjectList(
    /// The short name of the one that is open.
    open: Memo<Option<String>>,
) -> impl IntoView {
    let live = use_live();
    let projects = live.slice(|workshop| workshop.projects.clone());
    let ids =
        Memo::new(move |_| projects.with(|projects| projects.iter().map(|project| project.id).collect::<Vec<_>>()));
    view! {
        <div class="side">
            <header class="side-head">
                <h2>"Projects"</h2>
                {move || live.may(Action::MakeProject, Subject::Workshop).then(|| view! {
                    <a class="btn btn-small" href="/projects?new=1"><Icon shape=Shape::Plus/>"New"</a>
                })}
            </header>
            <nav aria-label="Projects">
                <ul class="projects">
                    <For each=move || ids.get() key=|id| *id children=move |id| view! { <Line id projects open/> }/>
                </ul>
            </nav>
            {move || ids.with(Vec::is_empty).then(|| view! { <p class="side-note">"No project yet."</p> })}
        </div>
    }
}

#[component]
fn Line(id: ProjectId, projects: Memo<Vec<Project>>, open: Memo<Option<String>>) -> impl IntoView {
    let project =
        Memo::new(move |_| projects.with(|projects| projects.iter().find(|project| project.id == id).cloned()));
    let glow = glow_when_changed(move || project.with(|project| project.as_ref().map(|project| project.status)));
    // The line goes with its project, a moment later.
    let first = project.get_untracked()?;
    let now = Memo::new(move |before: Option<&Project>| {
        project.get().or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    let slug = now.with_untracked(|project| project.slug.clone());
    let href = address(&slug);
    let name = slug.to_string();
    let current = {
        let name = name.clone();
        move || open.with(|open| open.as_deref() == Some(&name)).then_some("page")
    };
    let commit = move || now.with(|project| project.commit.as_ref().map(|id| id.chars().take(7).collect::<String>()));
    Some(view! {
        <li class=move || glow.get()>
            <a class="project-line" href=href aria-current=current>
                <Sigil name=name.clone()/>
                <span class="project-line-name">
                    <b>{move || now.with(|project| project.title.clone())}</b>
                    <span class="faint"><code>{name}</code>" · "{move || now.with(|project| project.template.clone())}{move || commit().map(|id| format!(" · {id}"))}</span>
                </span>
                <span class="project-line-state">
                    <StatusWord status=Signal::derive(move || now.get().status.into())/>
                    <span class="faint"><RelativeTime at=Signal::derive(move || now.with(|project| project.updated_at))/></span>
                </span>
            </a>
        </li>
    })
}
