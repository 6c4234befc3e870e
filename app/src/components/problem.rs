//! A failure in words, and what to do about it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{Icon, Shape};
use crate::error::AppError;

/// What went wrong with a form, beside the form. What was typed stays where it is.
#[component]
pub fn ProblemNote(
    /// The failure, when there is one.
    #[prop(into)]
    problem: Signal<Option<AppError>>,
) -> impl IntoView {
    view! {
        <div role="alert" class="problem-slot">
            {move || {
                problem.get().map(|error| {
                    let id = error.0.request_id.clone();
                    view! {
                        <p class="problem">
                            <Icon shape=Shape::Warning/>
                            <span>
                                {error.0.detail.clone()}
                                {id.map(|id| view! { " " <small class="faint">"Request " <code>{id}</code></small> })}
                            </span>
                        </p>
                    }
                })
            }}
        </div>
    }
}

/// A whole page that could not be shown.
#[component]
pub fn ProblemPage(
    /// Why.
    error: AppError,
) -> impl IntoView {
    view! { <main class="page" id="main"><Problem error/></main> }
}

/// What a page shows in place of what could not be shown.
#[component]
pub fn Problem(
    /// Why.
    error: AppError,
) -> impl IntoView {
    let advice = match error.0.status {
        404 => "Check the address, or go on from the Overview.",
        403 => "Your account page shows which roles you have.",
        401 => "Load the page again: it leads to the form for signing in.",
        _ => "Load the page again. If it stays so, the server's log has the details.",
    };
    view! {
        <h1>{error.0.title.clone()}</h1>
        <p class="lede">{error.0.detail.clone()}</p>
        <p>{advice}</p>
        {error.0.request_id.clone().map(|id| view! { <p class="faint">"Request " <code>{id}</code></p> })}
        <p class="actions problem-way"><a class="btn go" href="/">"To the Overview"</a></p>
    }
}

/// What a page left unsaid, in words: the fallback of an error boundary.
#[component]
pub fn Broken(
    /// What went wrong.
    #[prop(into)]
    errors: Signal<Errors>,
) -> impl IntoView {
    let first = move || errors.with(|errors| errors.iter().next().map(|(_, error)| AppError::of_view(error)));
    move || first().map(|error| view! { <ProblemPage error/> })
}

/// The words for one field of a form.
pub fn field_problem(problem: Signal<Option<AppError>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || problem.with(|problem| problem.as_ref().and_then(|error| error.about(field))))
}

/// The failure of a form, when it is about none of these fields, which say it themselves.
pub fn other_problem(problem: Signal<Option<AppError>>, fields: &'static [&'static str]) -> Signal<Option<AppError>> {
    Signal::derive(move || problem.get().filter(|error| fields.iter().all(|field| error.about(field).is_none())))
}

/// Calls `f` with what a form's action came to, each time that it succeeded.
pub fn when_done<S>(action: ServerAction<S>, f: impl Fn(&S::Output) + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Effect::new(move |_| {
        value.with(|value| {
            if let Some(Ok(output)) = value {
                f(output);
            }
        });
    });
}

/// Empties a form: what was typed into it is done.
pub fn empty(form: NodeRef<leptos::html::Form>) {
    if let Some(form) = form.get_untracked() {
        form.reset();
    }
}

/// The failure of the newest run of a form's action, if that failed.
pub fn action_problem<S>(action: ServerAction<S>) -> Signal<Option<AppError>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|value| value.as_ref().and_then(|result| result.as_ref().err().cloned())))
}
