//! Everyone with an account: their role, when they were last here, and whether they are shut out.

use std::hash::Hash;

use domain::{Grants, User, UserName};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{DisableUser, RemoveUser, SetRole};
use super::api::{PeopleView, Person};
use crate::components::{
    Badge, Confirm, ProblemNote, RelativeTime, RoleSelect, Sigil, Tone, action_problem, announce, when_done,
};
use crate::pages::account::{ProjectName, in_words};

/// What can be done with people; one of each for the whole list.
#[derive(Clone, Copy)]
struct Acts {
    role: ServerAction<SetRole>,
    disable: ServerAction<DisableUser>,
    remove: ServerAction<RemoveUser>,
}

/// The section.
#[component]
pub(super) fn PeopleList(
    /// The people.
    people: RwSignal<PeopleView>,
    /// Loads them anew.
    again: Callback<()>,
) -> impl IntoView {
    let acts = Acts { role: ServerAction::new(), disable: ServerAction::new(), remove: ServerAction::new() };
    when_done(acts.role, move |()| {
        announce("The role was changed. Their sessions have ended.");
        again.run(());
    });
    when_done(acts.disable, move |()| again.run(()));
    when_done(acts.remove, move |()| {
        announce("Removed. What they said stays.");
        again.run(());
    });
    let (role, disable, remove) =
        (action_problem(acts.role), action_problem(acts.disable), action_problem(acts.remove));
    let problem = Signal::derive(move || role.get().or_else(|| disable.get()).or_else(|| remove.get()));
    let all = Memo::new(move |_| people.with(|view| view.people.clone()));
    view! {
        <section class="section" aria-labelledby="accounts-title">
            <div class="section-head"><h2 id="accounts-title">"Accounts"</h2></div>
            <ProblemNote problem/>
            <ul class="list">
                <For
                    each=move || all.get()
                    key=key
                    children=move |person| view! { <Line person people acts/> }
                />
            </ul>
        </section>
    }
}

/// What tells lines apart: a changed person is a new line.
fn key(person: &Person) -> impl Eq + Hash + 'static + use<> {
    let Person { user, seen_at, groups } = person.clone();
    (user.name, user.display_name, user.role, user.project_roles, user.disabled, seen_at, groups)
}

#[component]
fn Line(person: Person, people: RwSignal<PeopleView>, acts: Acts) -> impl IntoView {
    let (me, more) = people.with_untracked(|view| (view.me == person.user.name, more_roles(&person, &view.projects)));
    let Person { user, seen_at, .. } = person;
    let User { name, display_name, role, disabled, .. } = user;
    view! {
        <li class="row person-line">
            <Sigil name=name.to_string()/>
            <span class="account-what">
                <b>{display_name.clone()}</b>" "<code class="faint">{name.to_string()}</code>
                {me.then(|| view! { " "<Badge text="you" tone=Tone::Info/> })}
                {disabled.then(|| view! { " "<Badge text="shut out" tone=Tone::Warn/> })}
                <span class="sub">
                    {match seen_at {
                        Some(at) => view! { "Last here "<RelativeTime at/> }.into_any(),
                        None => "Not signed in anywhere".into_any(),
                    }}
                    {more.map(|more| format!(" · {more}"))}
                </span>
            </span>
            {if me {
                view! { <span class="faint">{role.map_or("no role", domain::Role::name)}</span> }.into_any()
            } else {
                view! { <Manage name role disabled acts/> }.into_any()
            }}
        </li>
    }
}

/// What can be done with someone else.
#[component]
fn Manage(
    name: UserName,
    #[prop(optional_no_strip)] role: Option<domain::Role>,
    disabled: bool,
    acts: Acts,
) -> impl IntoView {
    let name = StoredValue::new(name.to_string());
    let hidden = move || view! { <input type="hidden" name="user" value=name.get_value()/> };
    view! {
        <div class="actions person-acts">
            <ActionForm action=acts.role>
                <div class="one-line">
                    {hidden()}
                    <RoleSelect
                        id=format!("role-of-{}", name.get_value())
                        label=format!("Role of {}", name.get_value())
                        quiet=true
                        chosen=role
                        or_none=true
                    />
                    <button class="btn" aria-label=format!("Change the role of {}", name.get_value())>"Change"</button>
                </div>
            </ActionForm>
            <ActionForm action=acts.disable>
                {hidden()}
                <input type="hidden" name="disabled" value=(!disabled).to_string()/>
                <button class="btn" aria-label=format!("{} {}", if disabled { "Enable" } else { "Disable" }, name.get_value())>
                    {if disabled { "Enable" } else { "Disable" }}
                </button>
            </ActionForm>
            <Confirm
                label="Remove"
                warning="Their password, sessions and tokens go, and nobody can take their name again. What they said stays."
            >
                <ActionForm action=acts.remove>
                    {hidden()}
                    <button class="btn danger">"Remove "{name.get_value()}</button>
                </ActionForm>
            </Confirm>
        </div>
    }
}

/// The roles that someone has besides their own for the whole workshop, in words.
fn more_roles(person: &Person, projects: &[ProjectName]) -> Option<String> {
    let local = Grants { workshop: None, projects: person.user.project_roles.clone() };
    let local = (!local.projects.is_empty()).then(|| in_words(&local, projects));
    let groups = (!person.groups.is_empty()).then(|| format!("in {}", person.groups.join(", ")));
    let parts: Vec<String> = local.into_iter().chain(groups).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use domain::{ProjectId, Role};
    use uuid::Uuid;

    use super::super::samples::person;
    use super::*;

    #[test]
    fn roles_by_projects_and_groups_are_told_beside_the_own_one() {
        let pods = ProjectName { id: ProjectId(Uuid::from_u128(1)), slug: "pods".parse().unwrap() };
        let mut person = person("ada", "Ada");
        let words = |person: &Person| more_roles(person, std::slice::from_ref(&pods));
        assert_eq!(words(&person), None);
        person.user.project_roles.insert(pods.id, Role::Editor);
        assert_eq!(words(&person).as_deref(), Some("editor on pods"));
        person.groups = vec!["crew".into()];
        assert_eq!(words(&person).as_deref(), Some("editor on pods · in crew"));
    }
}
