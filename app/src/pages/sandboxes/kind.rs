//! Which kind of sandbox is in use, and why: a line on the Overview.

use leptos::prelude::*;

use super::api::{Kind, load_kind};
use super::wording;
use crate::components::{Icon, Shape};
use crate::error::AppError;

/// The kind of sandbox as a resource of the page. To be called outside of anything that waits.
#[must_use]
pub fn sandbox_kind() -> Resource<Result<Kind, AppError>> {
    Resource::new(|| (), |()| load_kind())
}

/// The line.
#[component]
pub fn SandboxKind(
    /// The kind.
    kind: Resource<Result<Kind, AppError>>,
) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <p class="sandbox-kind faint">"Looking at the sandboxes…"</p> }>
            {move || Suspend::new(async move {
                match kind.await {
                    Ok(kind) => view! { <Shown kind/> }.into_any(),
                    Err(error) => view! { <p class="problem" role="alert">{error.detail().to_owned()}</p> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(kind: Kind) -> impl IntoView {
    let Kind { room, why, fix, warnings } = kind;
    let (tone, shape) = match room {
        Some(_) if warnings.is_empty() => ("good", Shape::Sandbox),
        Some(_) => ("warn", Shape::Sandbox),
        None => ("bad", Shape::Warning),
    };
    let title = match room {
        Some(room) => format!("Sandboxes by {}", wording::room(room)),
        None => "No sandboxes: helpers and commands are refused".to_owned(),
    };
    let more = warnings.len();
    view! {
        <section class="sandbox-kind" data-tone=tone aria-label="Sandboxes">
            <Icon shape/>
            <div>
                <p><b>{title}</b>" "<span class="sandbox-why">{why}</span>{fix.map(|fix| view! { " "<span>{fix}</span> })}</p>
                {(more > 0).then(|| view! {
                    <details>
                        <summary>{if more == 1 { "One thing to know".to_owned() } else { format!("{more} things to know") }}</summary>
                        <ul class="sandbox-warnings">{warnings.into_iter().map(|warning| view! { <li>{warning}</li> }).collect_view()}</ul>
                    </details>
                })}
            </div>
        </section>
    }
}
