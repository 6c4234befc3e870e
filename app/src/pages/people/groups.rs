//! Groups: people who share a role.

use std::sync::Arc;

use domain::{Group, UserName};
use leptos::form::ActionForm;
use leptos::prelude::*;
use maud::{Markup, html};

use super::acts::{PutGroup, RemoveGroup};
use super::api::{PeopleView, Person};
use crate::components::{
    Field, ProblemNote, action_problem, announce, empty, field_problem, other_problem, role_select, rows, when_done,
};
use crate::format::counted;
use crate::pages::account::{ProjectName, in_words};

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
    let new_choices = Memo::new(move |_| choices("new-group", None, &people.with(everyone)).into_string());
    // A line is what it shows: one that shows something else is another line.
    let lines = Memo::new(move |_| {
        people.with(|view| {
            let everyone = everyone(view);
            let line = |group| Arc::from(line(group, &everyone, &view.projects).into_string());
            view.groups.iter().map(line).collect::<Vec<Arc<str>>>()
        })
    });
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
                    <div class="form" inner_html=move || new_choices.get()></div>
                    <p class="actions"><button class="btn go" disabled=move || put.pending().get()>"Make group"</button></p>
                </div>
            </ActionForm>
        </details>
    };
    view! {
        <section class="section" id="groups" aria-labelledby="groups-title">
            <div class="section-head"><h2 id="groups-title">"Groups"</h2></div>
            <ProblemNote problem=elsewhere/>
            {move || lines.with(Vec::is_empty).then(|| view! { <p class="faint">"None. People in a group have its role besides their own."</p> })}
            <ul
                class="list"
                hidden=move || lines.with(Vec::is_empty)
                aria-busy=move || (put.pending().get() || remove.pending().get()).to_string()
                on:submit=move |event| {
                    rows::send(&event, put);
                    rows::send(&event, remove);
                }
            >
                <For
                    each=move || lines.get()
                    key=Arc::clone
                    children=|line| view! { <li class="row account-line" inner_html=line></li> }
                />
            </ul>
            {new}
        </section>
    }
}

/// Whom a group can have in it: their names, and what they are called.
fn everyone(view: &PeopleView) -> Vec<(UserName, String)> {
    let person = |person: &Person| (person.user.name.clone(), person.user.display_name.clone());
    view.people.iter().map(person).collect()
}

/// A line of the list, with the forms that change and remove the group.
fn line(group: &Group, everyone: &[(UserName, String)], projects: &[ProjectName]) -> Markup {
    let name = group.name.as_str();
    let count = counted(i64::try_from(group.members.len()).unwrap_or(i64::MAX), "member");
    let change = html! {
        div.form {
            input type="hidden" name="new" value="false";
            input type="hidden" name="name" value=(name);
            (choices(&format!("group-{name}"), Some(group), everyone))
            p.actions { button.btn { "Save " (name) } }
        }
    };
    let remove = html! {
        input type="hidden" name="name" value=(name);
        button.btn.danger { "Remove " (name) }
    };
    html! {
        details.unfold.account-what {
            summary { b { (name) } " " span.faint { (count) ", " (in_words(&group.grants(), projects)) } }
            (rows::form::<PutGroup>(&change))
        }
        (rows::confirm(
            "Remove",
            "Its members stay, without the roles they had by it. Their sessions end.",
            &rows::form::<RemoveGroup>(&remove),
        ))
    }
}

/// The role of a group, and who is in it.
fn choices(id: &str, group: Option<&Group>, everyone: &[(UserName, String)]) -> Markup {
    let role = group.and_then(|group| group.role);
    let members = group.map(|group| group.members.as_slice()).unwrap_or_default();
    html! {
        div.field { (role_select(&format!("{id}-role"), "Role", role)) }
        fieldset.check-list {
            legend { "Who is in it" }
            @for (name, display_name) in everyone {
                label.check-line {
                    input type="checkbox" name="members[]" value=(name) checked[members.contains(name)];
                    span { (display_name) " " code.faint { (name) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Role;

    use super::*;

    #[test]
    fn a_line_has_both_forms_and_what_people_call_themselves_is_text() {
        let group = Group {
            name: "crew".parse().unwrap(),
            members: vec!["ada".parse().unwrap()],
            role: Some(Role::Editor),
            project_roles: Default::default(),
        };
        let everyone = [("ada", "Ada <b> & \"co\""), ("bo", "Bo")];
        let everyone = everyone.map(|(name, called)| (name.parse().unwrap(), called.to_owned()));
        let line = line(&group, &everyone, &[]).into_string();
        for part in [
            r#"<summary><b>crew</b> <span class="faint">1 member, editor</span></summary>"#,
            r#"<form action="/api/fn/put_group" method="post">"#,
            r#"<form action="/api/fn/remove_group" method="post">"#,
            r#"<option value="editor" selected title="#,
            r#"value="ada" checked><span>Ada &lt;b&gt; &amp; &quot;co&quot; <code class="faint">ada</code>"#,
            r#"value="bo"><span>Bo "#,
        ] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
}
