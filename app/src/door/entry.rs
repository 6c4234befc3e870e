//! One labelled input of a form at the door, with what is wrong with it.

use domain::error::Problem;
use leptos::prelude::*;

/// A labelled input that works without a script.
#[component]
pub(super) fn Entry(
    /// The name under which the form sends it; also its id.
    name: &'static str,
    /// What to type.
    label: &'static str,
    /// A word of help below.
    #[prop(optional)]
    help: &'static str,
    /// What it holds at first.
    #[prop(optional)]
    value: String,
    /// Whether what is typed is hidden.
    #[prop(optional)]
    hidden: bool,
    /// What browsers and password managers may fill in, as HTML names it.
    autocomplete: &'static str,
    /// Whether it may stay empty.
    #[prop(optional)]
    may_be_empty: bool,
    /// Why the form was refused.
    problem: Option<Problem>,
) -> impl IntoView {
    let wrong = problem.filter(|problem| problem.field.as_deref() == Some(name)).map(|problem| problem.detail);
    let bad = wrong.is_some();
    let words = wrong.unwrap_or_else(|| help.to_owned());
    let note = format!("{name}-note");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                r#type=if hidden { "password" } else { "text" }
                // A password is never given back.
                value=(!hidden).then_some(value)
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=!may_be_empty
                aria-describedby=note.clone()
                aria-invalid=bad.then_some("true")
            />
            <p class="field-note" id=note data-bad=bad.to_string()>{words}</p>
        </div>
    }
}
