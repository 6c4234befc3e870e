//! The left of the page: every project and where it stands.

use domain::ProjectId;
use domain::access::{Action, Subject};
use domain::projection::ProjectEntry;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

use super::detail::address;
use crate::components::{Icon, RelativeTime, Shape, Sigil, StatusWord, glow_when_changed};
use crate::live::use_live;

/// How many projects are listed, in the address.
const MOST: &str = "most";
/// So many projects are listed at first; a link lists as many more.
const LINES: usize = 100;

/// The projects, newest first.
#[component]
pub fn ProjectList(
    /// The short name of the one that is open.
    open: Memo<Option<String>>,
) -> impl IntoView {
    let live = use_live();
    let projects = live.slice(|workshop| workshop.projects.clone());
    let Location { pathname, query, .. } = use_location();
    let most =
        Memo::new(move |_| query.with(|query| query.get_str(MOST).and_then(|most| most.parse().ok())).unwrap_or(LINES));
    let ids =
        Memo::new(move |_| projects.with(|projects| open.with(|open| listed(projects, most.get(), open.as_deref()))));
    let left = Memo::new(move |_| projects.with(Vec::len).saturating_sub(ids.with(Vec::len)));
    let further = move || {
        let mut query = query.get();
        query.replace(MOST, (most.get() + LINES).to_string());
        pathname.get() + &query.to_query_string()
    };
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
            {move || (left.get() > 0).then(|| view! {
                <p class="side-note"><a href=further>{move || format!("List {} more", left.get().min(LINES))}</a></p>
            })}
        </div>
    }
}

/// The newest ones, at most so many, and the one that is open.
fn listed(projects: &[ProjectEntry], most: usize, open: Option<&str>) -> Vec<ProjectId> {
    let newest = projects.iter().enumerate().filter(|(at, project)| *at < most || open == Some(project.slug.as_str()));
    newest.map(|(_, project)| project.id).collect()
}

#[component]
fn Line(id: ProjectId, projects: Memo<Vec<ProjectEntry>>, open: Memo<Option<String>>) -> impl IntoView {
    let project =
        Memo::new(move |_| projects.with(|projects| projects.iter().find(|project| project.id == id).cloned()));
    let glow = glow_when_changed(move || project.with(|project| project.as_ref().map(|project| project.status)));
    // The line goes with its project, a moment later.
    let first = project.get_untracked()?;
    let now = Memo::new(move |before: Option<&ProjectEntry>| {
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

#[cfg(test)]
mod tests {
    use domain::{ProjectStatus, Timestamp};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_open_one_is_listed_however_old_it_is() {
        let project = |number: u128| ProjectEntry {
            id: ProjectId(Uuid::from_u128(number)),
            slug: format!("p-{number}").parse().unwrap(),
            title: String::new(),
            template: "pwa".into(),
            status: ProjectStatus::Ready,
            commit: None,
            files: 0,
            updated_at: Timestamp::default(),
        };
        let projects: Vec<ProjectEntry> = (0..5).map(project).collect();
        let numbers = |most, open| listed(&projects, most, open).iter().map(|id| id.0.as_u128()).collect::<Vec<_>>();
        assert_eq!(numbers(2, None), [0, 1]);
        assert_eq!(numbers(2, Some("p-1")), [0, 1]);
        assert_eq!(numbers(2, Some("p-4")), [0, 1, 4]);
        assert_eq!(numbers(9, Some("gone")), [0, 1, 2, 3, 4]);
    }
}
