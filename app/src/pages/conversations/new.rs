//! A new conversation: its title and whom to invite.

use domain::conversation::MAX_TITLE;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::OpenConversation;
use crate::components::{Field, ProblemNote, Sigil, action_problem};
use crate::live::use_live;

/// The form.
#[component]
pub fn NewConversation() -> impl IntoView {
    let open = ServerAction::<OpenConversation>::new();
    let problem = action_problem(open);
    let about_title = Signal::derive(move || problem.get().and_then(|error| error.about("title")));
    let elsewhere = Signal::derive(move || problem.get().filter(|error| error.about("title").is_none()));
    let helpers = use_live().slice(|workshop| {
        let known =
            |entry: &domain::projection::HelperEntry| (entry.helper.name.to_string(), entry.helper.description.clone());
        workshop.helpers.iter().map(known).collect::<Vec<_>>()
    });
    view! {
        <section class="thread start" aria-labelledby="new-title">
            <div class="start-inner">
                <h2 id="new-title">"New conversation"</h2>
                <p class="faint">"A thread of its own for one matter. With one helper in it, everything you say is for that helper; with several, call each by name."</p>
                <ActionForm action=open>
                    <Field
                        name="title"
                        label="Title"
                        placeholder="pod-tracker"
                        max=u32::try_from(MAX_TITLE).unwrap_or(120)
                        required=true
                        problem=about_title
                    />
                    <fieldset class="invite-list">
                        <legend>"Helpers to invite"</legend>
                        {move || {
                            let line = |(name, description): (String, String)| view! {
                                <label class="invite-line">
                                    <input type="checkbox" name="helpers[]" value=name.clone()/>
                                    <Sigil name=name.clone() size="s"/>
                                    <span><b>{name}</b>" "<span class="faint">{description}</span></span>
                                </label>
                            };
                            helpers.get().into_iter().map(line).collect_view()
                        }}
                    </fieldset>
                    <ProblemNote problem=elsewhere/>
                    <p class="actions">
                        <button class="btn go" disabled=move || open.pending().get()>"Open conversation"</button>
                        <a class="btn quiet" href="/conversations">"Cancel"</a>
                    </p>
                </ActionForm>
            </div>
        </section>
    }
}
