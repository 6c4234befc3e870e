//! Groups: people who share a role.

use domain::{Group, UserName};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{PutGroup, RemoveGroup};
use super::api::{PeopleView, Person};
use crate::components::{
    Confirm, Field, ProblemNote, RoleSelect, action_problem, announce, empty, field_problem, other_problem, when_done,
};
use crate::format::counted;
use crate::pages::account::in_words;

/// The section.
#[component]
pub(super) fn Groups(
    /// The people.
    people: RwSignal<PeopleView>,
    /// Loads them anew.
    again: Callback<()>,
) -> impl IntoView {
    let (put, remove) = (ServerAction::<PutGroup>::new(), ServerAction::<RemoveGroup>::new());
    let form = NodeRef::new();
    when_done(put, move |()| {
        empty(form);
        announce("The group was saved. The sessions of those whose role changed have ended.");
        again.run(());
    });
    when_done(remove, move |()| again.run(()));
    let problem = action_problem(put);
    let (other, removing) = (other_problem(problem, &["group"]), action_problem(remove));
    let elsewhere = Signal::derive(move || other.get().or_else(|| removing.get()));
    let about_name = field_problem(problem, "group");
    let groups = Memo::new(move |_| people.with(|view| view.groups.clone()));
    let new = view! {
        <details class="unfold account-after" open=move || about_name.with(Option::is_some)>
            <summary>"New group"</summary>
            <ActionForm action=put node_ref=form>
                <div class="form">
                    <input type="hidden" name="new" value="true"/>
                    <Field
                        name="name"
                        label="Name of the group"
                        help="Small letters, digits, “-”, “_” and “.”."
                        max=40
                        required=true
                        problem=about_name
                    />
                    <Choices people id="new-group" group=None/>
                    <p class="actions"><button class="btn go" disabled=move || put.pending().get()>"Make group"</button></p>
                </div>
            </ActionForm>
        </details>
    };
    view! {
        <section class="section" id="groups" aria-labelledby="groups-title">
            <div class="section-head"><h2 id="groups-title">"Groups"</h2></div>
            <ProblemNote problem=elsewhere/>
            {move || groups.with(Vec::is_empty).then(|| view! { <p class="faint">"None. People in a group have its role besides their own."</p> })}
            <ul class="list" hidden=move || groups.with(Vec::is_empty)>
                <For
                    each=move || groups.get()
                    key=|group| (group.name.clone(), group.members.clone(), group.role, group.project_roles.clone())
                    children=move |group| view! { <Line group people put remove/> }
                />
            </ul>
            {new}
        </section>
    }
}

#[component]
fn Line(
    group: Group,
    people: RwSignal<PeopleView>,
    put: ServerAction<PutGroup>,
    remove: ServerAction<RemoveGroup>,
) -> impl IntoView {
    let roles = people.with_untracked(|view| in_words(&group.grants(), &view.projects));
    let name = StoredValue::new(group.name.to_string());
    let count = counted(i64::try_from(group.members.len()).unwrap_or(i64::MAX), "member");
    let id = format!("group-{}", name.get_value());
    view! {
        <li class="row account-line">
            <details class="unfold account-what">
                <summary><b>{name.get_value()}</b>" "<span class="faint">{format!("{count}, {roles}")}</span></summary>
                <ActionForm action=put>
                    <div class="form">
                        <input type="hidden" name="new" value="false"/>
                        <input type="hidden" name="name" value=name.get_value()/>
                        <Choices people id group=Some(group)/>
                        <p class="actions"><button class="btn" disabled=move || put.pending().get()>"Save "{name.get_value()}</button></p>
                    </div>
                </ActionForm>
            </details>
            <Confirm label="Remove" warning="Its members stay, without the roles they had by it. Their sessions end.">
                <ActionForm action=remove>
                    <input type="hidden" name="name" value=name.get_value()/>
                    <button class="btn danger">"Remove "{name.get_value()}</button>
                </ActionForm>
            </Confirm>
        </li>
    }
}

/// The role of a group, and who is in it.
#[component]
fn Choices(people: RwSignal<PeopleView>, #[prop(into)] id: String, group: Option<Group>) -> impl IntoView {
    let role = group.as_ref().and_then(|group| group.role);
    let members = group.map(|group| group.members).unwrap_or_default();
    let all = Memo::new(move |_| {
        people.with(|view| {
            let person = |person: &Person| (person.user.name.clone(), person.user.display_name.clone());
            view.people.iter().map(person).collect::<Vec<(UserName, String)>>()
        })
    });
    let line = move |(name, display_name): (UserName, String)| {
        view! {
            <label class="check-line">
                <input type="checkbox" name="members[]" value=name.to_string() checked=members.contains(&name)/>
                <span>{display_name}" "<code class="faint">{name.to_string()}</code></span>
            </label>
        }
    };
    view! {
        <div class="field"><RoleSelect id=format!("{id}-role") label="Role" chosen=role or_none=true/></div>
        <fieldset class="check-list">
            <legend>"Who is in it"</legend>
            {move || all.get().into_iter().map(&line).collect_view()}
        </fieldset>
    }
}
