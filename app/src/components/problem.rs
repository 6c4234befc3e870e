//! A failure in words, and what to do about it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use maud::{Markup, html};

use super::Shape;
use crate::error::AppError;

/// What went wrong with a form, beside the form. What was typed stays where it is.
#[component]
pub fn ProblemNote(
    /// The failure, when there is one.
    #[prop(into)]
    problem: Signal<Option<AppError>>,
) -> impl IntoView {
    let inside = move || problem.with(|problem| note(problem.as_ref())).into_string();
    view! { <div role="alert" class="problem-slot" inner_html=inside></div> }
}

/// The same in a part that is text.
#[must_use]
pub fn problem_note(problem: Option<&AppError>) -> Markup {
    html! { div.problem-slot role="alert" { (note(problem)) } }
}

fn note(problem: Option<&AppError>) -> Markup {
    html! {
        @if let Some(error) = problem {
            p.problem {
                (Shape::Warning)
                span {
                    (error.detail())
                    @if let Some(id) = &error.0.request_id { " " small.faint { "Request " code { (id) } } }
                }
            }
        }
    }
}

/// A whole page that could not be shown.
#[component]
pub fn ProblemPage(
    /// Why.
    error: AppError,
) -> impl IntoView {
    view! { <main class="page" id="main" inner_html=problem(&error).into_string()></main> }
}

/// What a page shows in place of what could not be shown, as text.
#[must_use]
pub fn problem(error: &AppError) -> Markup {
    let advice = match error.0.status {
        404 => "Check the address, or go on from the Overview.",
        403 => "Your account page shows which roles you have.",
        401 => "Load the page again: it leads to the form for signing in.",
        _ => "Load the page again. If it stays so, the server's log has the details.",
    };
    html! {
        h1 { (error.0.title) }
        p.lede { (error.detail()) }
        p { (advice) }
        @if let Some(id) = &error.0.request_id { p.faint { "Request " code { (id) } } }
        p.actions.problem-way { a.btn.go href="/" { "To the Overview" } }
    }
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
