//! What a search over the messages found, with the words marked.

use leptos::prelude::*;

use super::api::Hit;
use super::model::spoken;
use super::place::{Place, escaped};
use crate::components::{PartySigil, RelativeTime};
use crate::error::AppError;
use crate::format::counted;
use crate::json::JsonResource;
use crate::plain::plain;

/// The messages found.
#[component]
pub fn Hits(
    /// Where the page is.
    place: Place,
    /// What was found.
    hits: JsonResource<Result<Vec<Hit>, AppError>>,
) -> impl IntoView {
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                let found = hits.await;
                let words = place.words.get_untracked();
                if words.trim().is_empty() {
                    return ().into_any();
                }
                match found {
                    Err(error) => view! { <p class="side-note" role="alert">{error.detail().to_owned()}</p> }.into_any(),
                    Ok(found) => view! { <Found words found/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(words: String, found: Vec<Hit>) -> impl IntoView {
    let count = i64::try_from(found.len()).unwrap_or(0);
    let title = match count {
        0 => format!("No message has “{words}” in it."),
        50 => format!("The newest 50 messages with “{words}”"),
        _ => format!("{} with “{words}”", counted(count, "message")),
    };
    let line = move |hit: Hit| {
        let Hit { conversation, position, sender, at, snippet, title } = hit;
        let href = format!("/conversations/{conversation}?at={position}&q={}#m{position}", escaped(&words));
        let who = spoken(&sender);
        view! {
            <li>
                <a class="hit" href=href>
                    <span class="hit-head"><PartySigil party=sender size="s"/><b>{who}</b><span class="hit-title">{title}</span><RelativeTime at/></span>
                    <span class="hit-text" inner_html=plain(&snippet)></span>
                </a>
            </li>
        }
    };
    view! {
        <section class="hits" aria-label="Messages found">
            <div role="status"><h2>{title}</h2></div>
            <ul>{found.into_iter().map(line).collect_view()}</ul>
        </section>
    }
}
