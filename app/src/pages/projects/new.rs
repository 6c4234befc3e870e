//! A new project: its name, checked while it is typed, and its template.

use domain::Slug;
use domain::access::{Action, Subject};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::api::{MakeProject, TemplateLine};
use crate::components::{EmptyState, MayNot, ProblemNote, action_problem};
use crate::error::AppError;
use crate::json::JsonResource;
use crate::live::use_live;

/// What a project is, and the form that makes one.
#[component]
pub fn NewProject(
    /// The templates there are.
    templates: JsonResource<Result<Vec<TemplateLine>, AppError>>,
) -> impl IntoView {
    // As it is when the form is asked for: what waits for data, as the form does, is not built anew by signals.
    let refused = use_live().refusal(Action::MakeProject, || Subject::Workshop).get_untracked();
    view! {
        <div class="project start-inner">
            <a class="btn quiet project-back" href="/projects">"All projects"</a>
            <EmptyState
                title="Make a project"
                text="A project is a web app of its own: plain HTML, CSS and modules in a git repository, installable, and at work without a network. It is made from a template in about a second, and you see each step."
                command="tatwats project new hello-world"
            >
                {match refused {
                    Some(why) => view! { <MayNot why/> }.into_any(),
                    None => view! { <Form templates/> }.into_any(),
                }}
            </EmptyState>
        </div>
    }
}

#[component]
fn Form(templates: JsonResource<Result<Vec<TemplateLine>, AppError>>) -> impl IntoView {
    let make = ServerAction::<MakeProject>::new();
    let problem = action_problem(make);
    let typed = RwSignal::new(None::<String>);
    // The same rule as the server's; what only the server knows (reserved, taken) it says itself.
    let broken = move || {
        let typed = typed.get().filter(|name| !name.is_empty())?;
        typed.parse::<Slug>().err().map(|error| error.message)
    };
    let about_name = Memo::new(move |_| broken().or_else(|| problem.get().and_then(|error| error.about("name"))));
    let elsewhere = Signal::derive(move || problem.get().filter(|error| error.about("name").is_none()));
    view! {
        <ActionForm action=make>
            <div class="field">
                <label for="name">"Name"</label>
                <input
                    id="name"
                    name="name"
                    required
                    minlength="2"
                    maxlength="40"
                    placeholder="hello-world"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby="name-note"
                    aria-invalid=move || about_name.with(Option::is_some).then_some("true")
                    on:input=move |event| typed.set(Some(event_target_value(&event)))
                />
                <p class="field-note" id="name-note" data-bad=move || about_name.with(Option::is_some).to_string()>
                    {move || about_name.get().unwrap_or_else(|| "Small letters, digits and single “-”. It names the folder and the preview’s address.".into())}
                </p>
            </div>
            <Transition fallback=|| ()>
                {move || Suspend::new(async move {
                    match templates.await {
                        Ok(templates) => view! { <Templates templates/> }.into_any(),
                        Err(error) => view! { <p role="alert">{error.detail().to_owned()}</p> }.into_any(),
                    }
                })}
            </Transition>
            <ProblemNote problem=elsewhere/>
            <p class="actions"><button class="btn go" disabled=move || make.pending().get()>"Make project"</button></p>
        </ActionForm>
    }
}

#[component]
fn Templates(templates: Vec<TemplateLine>) -> impl IntoView {
    let about = templates.first().map(|template| template.description.clone());
    let missing: Vec<String> = templates.iter().filter_map(|template| template.missing.clone()).collect();
    let option = |template: TemplateLine| {
        let TemplateLine { name, version, title, description, missing } = template;
        view! { <option value=name title=description disabled=missing.is_some()>{format!("{title}, version {version}")}</option> }
    };
    view! {
        <div class="field">
            <label for="template">"Template"</label>
            <select id="template" name="template" aria-describedby="template-note">{templates.into_iter().map(option).collect_view()}</select>
            <p class="field-note" id="template-note">{about}</p>
            {missing.into_iter().map(|why| view! { <p class="field-note">{why}</p> }).collect_view()}
        </div>
    }
}
