//! The files of a project, and what one of them says.

use domain::Slug;
use leptos::prelude::*;

use super::api::{FileLine, FileText};
use super::tree::{Node, tree};
use crate::components::{Icon, Shape};
use crate::error::AppError;
use crate::format::{bytes, counted};
use crate::json::JsonResource;
use crate::pages::conversations::escaped;

/// The address that shows a file of a project.
#[must_use]
pub fn file_address(slug: &Slug, path: &str) -> String {
    format!("/projects/{slug}?file={}#file", escaped(path))
}

/// The files as a tree; each leads to what it says.
#[component]
pub fn FileTree(
    /// Whose files.
    slug: Slug,
    /// The files.
    files: Vec<FileLine>,
    /// Whether there are more.
    truncated: bool,
    /// The one that is open.
    open: Memo<Option<String>>,
) -> impl IntoView {
    let count = i64::try_from(files.len()).unwrap_or(i64::MAX);
    let size = files.iter().map(|file| file.size).sum::<u64>();
    view! {
        <section class="panel" aria-labelledby="files-title">
            <h3 id="files-title">"Files" <span class="faint num">{format!("{}, {}", counted(count, "file"), bytes(size))}</span></h3>
            <ul class="tree">{branches(&slug, tree(&files), open)}</ul>
            {truncated.then(|| view! { <p class="faint">"There are more files than are listed here."</p> })}
        </section>
    }
}

fn branches(slug: &Slug, nodes: Vec<Node>, open: Memo<Option<String>>) -> AnyView {
    let branch = |node: Node| match node {
        Node::Folder { name, nodes } => view! {
            <li>
                <details open>
                    <summary><Icon shape=Shape::Folder/>{name}</summary>
                    <ul>{branches(slug, nodes, open)}</ul>
                </details>
            </li>
        }
        .into_any(),
        Node::File { name, file } => {
            let (href, path) = (file_address(slug, &file.path), file.path);
            let current = move || open.with(|open| open.as_deref() == Some(&path)).then_some("true");
            view! {
                <li>
                    <a class="tree-file" href=href aria-current=current data-noscroll="">
                        <Icon shape=Shape::File/>
                        <span>{name}</span>
                        <span class="faint num">{bytes(file.size)}</span>
                    </a>
                </li>
            }
            .into_any()
        }
    };
    nodes.into_iter().map(branch).collect_view().into_any()
}

/// What the open file says.
#[component]
pub fn OpenFile(
    /// What was loaded; nothing while no file is open.
    file: JsonResource<Option<Result<Option<FileText>, AppError>>>,
    /// The project's own address, to close the file.
    slug: Slug,
) -> impl IntoView {
    let home = format!("/projects/{slug}");
    view! {
        <Transition fallback=|| ()>
            {move || {
                let home = home.clone();
                Suspend::new(async move {
                    let Some(file) = file.await else { return ().into_any() };
                    let (path, body) = match file {
                        Ok(Some(FileText { path, size, text: Some(text) })) => {
                            (format!("{path} · {}", bytes(size)), view! { <pre class="code" tabindex="0"><code>{text}</code></pre> }.into_any())
                        }
                        Ok(Some(FileText { path, size, text: None })) => {
                            (format!("{path} · {}", bytes(size)), view! { <p class="faint">"This is no text. The preview shows it."</p> }.into_any())
                        }
                        Ok(None) => ("No such file".to_owned(), view! { <p>"There is no such file at the newest commit."</p> }.into_any()),
                        Err(error) => (error.0.title.clone(), view! { <p role="alert">{error.detail().to_owned()}</p> }.into_any()),
                    };
                    view! { <Panel title=path home>{body}</Panel> }
                    .into_any()
                })
            }}
        </Transition>
    }
}

/// Where the file is shown. Beside the tree on a wide page; below it on a narrow one, where it is brought into view.
#[component]
fn Panel(title: String, home: String, children: Children) -> impl IntoView {
    let place = NodeRef::<leptos::html::Section>::new();
    Effect::new(move |_| {
        let narrow = window().match_media("(max-width: 1180px)").ok().flatten().is_some_and(|query| query.matches());
        if let (true, Some(place)) = (narrow, place.get()) {
            place.scroll_into_view();
        }
    });
    view! {
        <section class="panel open-file" id="file" aria-label=title.clone() node_ref=place>
            <h3><span class="mono">{title.clone()}</span> <a class="btn btn-small quiet" href=home data-noscroll="">"Close"</a></h3>
            {children()}
        </section>
    }
}
