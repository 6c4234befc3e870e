//! One project: where it stands, its preview, its files and commits, its brief, where it came from.

use domain::projection::ProjectEntry;
use domain::{Project, ProjectStatus, Slug, Task};
use leptos::prelude::*;

use super::api::{CommitLine, FileText, ProjectView};
use super::files::{FileTree, OpenFile};
use crate::components::{Icon, RelativeTime, Shape, Sigil, StatusWord};
use crate::error::AppError;
use crate::json::JsonResource;
use crate::live::use_live;
use crate::pages::conversations::TaskCard;
use crate::pages::sandboxes::{PolicyPart, Runs, Written};

/// One project.
#[component]
pub fn ProjectDetail(
    /// What was loaded.
    view: ProjectView,
    /// The file that is open.
    open: Memo<Option<String>>,
    /// What that file says.
    file: JsonResource<Option<Result<Option<FileText>, AppError>>>,
    /// The run that is open.
    run: JsonResource<Result<Option<Written>, AppError>>,
) -> impl IntoView {
    let ProjectView {
        project: first,
        brief,
        task,
        conversation,
        files,
        truncated,
        commits,
        preview,
        seq,
        runs,
        policy,
    } = view;
    let made = first.status == ProjectStatus::Ready;
    let (slug, id) = (first.slug.clone(), first.id);
    let entrance = format!("{}/app", address(&slug));
    let task = task.map(following);
    let at_first = first.clone();
    let known = use_live().slice(move |workshop| workshop.projects.iter().find(|project| project.id == id).cloned());
    let project = Memo::new(move |_| known.get().map_or_else(|| at_first.clone(), |now| as_it_is(&at_first, now)));
    // Not known yet is not gone: the page may be here before the event is.
    let here = Memo::new(move |before: Option<&(bool, bool)>| {
        let here = known.with(Option::is_some);
        (here || before.is_some_and(|(ever, _)| *ever), here)
    });
    let gone = Memo::new(move |_| here.with(|(ever, here)| *ever && !here));
    let ready = Memo::new(move |_| project.with(|project| project.status == ProjectStatus::Ready) && !gone.get());
    view! {
        <article class="project">
            <header class="project-head">
                <a class="btn quiet project-back" href="/projects" aria-label="All projects"><Icon shape=Shape::Left/></a>
                <Sigil name=slug.to_string() size="l"/>
                <div class="project-name">
                    <h2>{first.title.clone()}</h2>
                    <p class="faint"><code>{slug.to_string()}</code></p>
                </div>
                <Gone gone/>
                {move || (!gone.get()).then(|| view! { <StatusWord status=Signal::derive(move || project.get().status.into())/> })}
                {
                    let entrance = entrance.clone();
                    move || ready.get().then(|| view! {
                        <a class="btn go project-open" href=entrance.clone() target="_blank" rel="noopener external">"Open preview"<Icon shape=Shape::Out/></a>
                    })
                }
            </header>
            {move || (!ready.get()).then(|| task.map(|task| view! { <TaskCard task/> }))}
            {move || {
                let (preview, entrance) = (preview.clone(), entrance.clone());
                ready.get().then(|| view! {
                    <p class="project-preview">
                        "It runs at " <a href=entrance target="_blank" rel="noopener external"><code>{preview}</code></a>
                        ", an origin of its own: its code cannot act as you in the workshop. Whoever may see this project may open it. Open it there and install it like any app."
                    </p>
                })
            }}
            <Facts project conversation/>
            <div class="project-columns">
                {(!files.is_empty()).then(|| view! { <FileTree slug=slug.clone() files truncated open/> })}
                <div>
                    {made.then(|| view! { <Runs project=id slug=slug.clone() runs open=run/> })}
                    <OpenFile file slug=slug.clone()/>
                    {(!commits.is_empty()).then(|| view! { <Commits commits/> })}
                    {(!brief.is_empty()).then(|| view! {
                        <section class="panel" aria-labelledby="brief-title">
                            <h3 id="brief-title">"Brief"</h3>
                            <div class="prose" inner_html=brief></div>
                        </section>
                    })}
                    <PolicyPart view=policy seq back=address(&slug)/>
                    {move || ready.get().then(|| task.map(|task| view! {
                        <section class="panel" aria-labelledby="made-title">
                            <h3 id="made-title">"How it was made"</h3>
                            <TaskCard task/>
                        </section>
                    }))}
                </div>
            </div>
        </article>
    }
}

/// Said when the project was cleared away while it was looked at.
#[component]
fn Gone(gone: Memo<bool>) -> impl IntoView {
    move || {
        gone.get().then(|| {
            view! { <p class="project-gone" role="status">"Cleared away: nothing is left of it, and the name is free again."</p> }
        })
    }
}

/// The task as it moves on.
fn following(first: Task) -> Signal<Task> {
    let id = first.id;
    let known = use_live().slice(move |workshop| workshop.tasks.iter().find(|task| task.id == id).cloned());
    Signal::derive(move || known.get().unwrap_or_else(|| first.clone()))
}

#[component]
fn Facts(project: Memo<Project>, conversation: Option<(domain::ConversationId, String)>) -> impl IntoView {
    let template = move || project.with(|project| format!("{} {}", project.template, project.template_version));
    let commit =
        move || project.with(|project| project.commit.as_ref().map(|id| id.chars().take(7).collect::<String>()));
    let by = move || project.with(|project| project.created_by.by.name().to_owned());
    let on_behalf =
        move || project.with(|project| project.created_by.on_behalf_of.as_ref().map(|user| format!(" for {user}")));
    view! {
        <dl class="facts project-facts">
            <dt>"Template"</dt>
            <dd>{template}</dd>
            {move || commit().map(|id| view! { <dt>"Newest commit"</dt><dd><code>{id}</code></dd> })}
            <dt>"Made by"</dt>
            <dd>{by}{on_behalf}", "<RelativeTime at=Signal::derive(move || project.with(|project| project.created_at))/></dd>
            {conversation.map(|(id, title)| view! {
                <dt>"Asked for in"</dt>
                <dd><a href=format!("/conversations/{id}")>{title}</a></dd>
            })}
        </dl>
    }
}

#[component]
fn Commits(commits: Vec<CommitLine>) -> impl IntoView {
    let line = |commit: CommitLine| {
        let short: String = commit.id.chars().take(7).collect();
        view! {
            <li>
                <Icon shape=Shape::Commit/>
                <span class="commit-subject">{commit.subject}</span>
                <span class="faint"><code title=commit.id>{short}</code>" · "{commit.author}" · "<RelativeTime at=commit.at/></span>
            </li>
        }
    };
    view! {
        <section class="panel" aria-labelledby="commits-title">
            <h3 id="commits-title">"Commits"</h3>
            <ol class="commits">{commits.into_iter().map(line).collect_view()}</ol>
        </section>
    }
}

/// The project with what may have changed since it was loaded.
fn as_it_is(first: &Project, now: ProjectEntry) -> Project {
    let ProjectEntry { title, status, commit, files, updated_at, .. } = now;
    Project { title, status, commit, files, updated_at, ..first.clone() }
}

/// The address of a project.
#[must_use]
pub fn address(slug: &Slug) -> String {
    format!("/projects/{slug}")
}
