//! Projects: the list, and the one that is open in it, live.

mod api;
mod detail;
mod files;
mod list;
#[cfg(feature = "ssr")]
mod load;
mod new;
mod tree;

use domain::Slug;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

use super::conversations::provide_seconds;
use super::sandboxes::run_of_address;
use crate::components::{EmptyState, WithWorkshop};
use crate::error::AppError;
use crate::json::resource;
use crate::live::use_live;
use api::{load_file, load_project, load_templates};
use detail::ProjectDetail;
use list::ProjectList;
use new::NewProject;

/// The page at `/projects` and `/projects/NAME`.
#[component]
pub fn ProjectsPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_location().query);
    let open = Memo::new(move |_| params.with(|params| params.get("slug")));
    let path = Memo::new(move |_| query.with(|query| query.get("file")));
    let making = Memo::new(move |_| query.with(|query| query.get_str("new").is_some()));
    provide_seconds();
    // All of them stand outside of anything that waits, so that server and browser number them alike.
    let detail = resource(
        move || open.get(),
        |open| async move {
            let Some(name) = open else { return Ok(None) };
            let slug: Slug = name.parse().map_err(|_| AppError::not_found("project"))?;
            load_project(slug).await?.ok_or_else(|| AppError::not_found("project")).map(Some)
        },
    );
    let file = resource(
        move || (open.get(), path.get()),
        |(open, path)| async move {
            let (slug, path) = (open?.parse::<Slug>().ok()?, path?);
            Some(load_file(slug, path).await)
        },
    );
    let run = run_of_address();
    let templates = resource(|| (), |()| load_templates());
    reload_when_made(open, move || detail.refetch());
    use_live().on_resync(move || detail.refetch());
    let empty = use_live().slice(|workshop| workshop.projects.is_empty());
    // On a phone one column shows at a time; an empty list would say less than what stands beside it.
    let column = move || if open.with(Option::is_some) || making.get() || empty.get() { "detail" } else { "list" };
    view! {
        <WithWorkshop>
            <main class="projects-page" id="main" data-column=column>
                <h1 class="sr-only">"Projects"</h1>
                <ProjectList open/>
                <div class="detail">
                    <Transition fallback=|| view! { <div class="thread-skeleton" aria-busy="true"><div class="skeleton"></div><div class="skeleton"></div></div> }>
                        {move || Suspend::new(async move {
                            match detail.await {
                                Ok(Some(view)) => {
                                    let title = view.project.title.clone();
                                    view! { <Title text=title/><ProjectDetail view open=path file run/> }.into_any()
                                }
                                Ok(None) => view! { <Title text="Projects"/><NewProject templates/> }.into_any(),
                                Err(error) => view! {
                                    <Title text="Not found"/>
                                    <EmptyState title=error.0.title.clone() text=error.0.detail.clone()>
                                        <a class="btn" href="/projects">"All projects"</a>
                                    </EmptyState>
                                }
                                .into_any(),
                            }
                        })}
                    </Transition>
                </div>
            </main>
        </WithWorkshop>
    }
}

/// Loads the open project anew when it has a new commit: its files and commits are not in the stream.
fn reload_when_made(open: Memo<Option<String>>, reload: impl Fn() + 'static) {
    let live = use_live();
    let commit = live.slice(move |workshop| {
        let open = open.get()?;
        workshop
            .projects
            .iter()
            .find(|project| project.slug.as_str() == open)
            .map(|project| (open, project.commit.clone()))
    });
    Effect::new(move |before: Option<Option<(String, Option<String>)>>| {
        let now = commit.get();
        if let (Some(Some((open, old))), Some((still, new))) = (&before, &now)
            && open == still
            && old != new
        {
            reload();
        }
        now
    });
}
