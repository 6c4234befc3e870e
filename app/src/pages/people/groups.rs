//! Groups: people who share a role.

use domain::UserName;
use leptos::form::ActionForm;
use leptos::prelude::*;
use maud::{Markup, Render, html};

use super::acts::{PutGroup, RemoveGroup};
use super::api::{PeopleView, Person};
use crate::components::rows::{self, Gap, Rows};
use crate::components::{
    Field, ProblemNote, action_problem, announce, empty, field_problem, other_problem, role_options, role_select,
    row_form, when_done,
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
    let new_choices = Memo::new(move |_| {
        let candidates = people.with(candidates);
        let nobody = Members { candidates: &candidates, members: &[] };
        choices(&"new-group", role_options(None), &nobody).into_string()
    });
    let (list, lines) = (NodeRef::new(), Memo::new(move |_| people.with(lines)));
    rows::follow(list, lines);
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
            {move || lines.with(Rows::is_empty).then(|| view! { <p class="faint">"None. People in a group have its role besides their own."</p> })}
            <ul
                node_ref=list
                class="list"
                hidden=move || lines.with(Rows::is_empty)
                aria-busy=move || (put.pending().get() || remove.pending().get()).to_string()
                on:submit=move |event| {
                    row_form::send(&event, put);
                    row_form::send(&event, remove);
                }
                inner_html=lines.with_untracked(Rows::inside)
            ></ul>
            {new}
        </section>
    }
}

/// Someone whom a group can have in it.
struct Candidate {
    name: UserName,
    /// The choice of them: not chosen, and chosen.
    choice: [Markup; 2],
}

fn candidates(view: &PeopleView) -> Vec<Candidate> {
    let candidate = |person: &Person| {
        let (name, display_name) = (&person.user.name, &person.user.display_name);
        let choice = |chosen| {
            html! {
                label.check-line {
                    input type="checkbox" name="members[]" value=(name) checked[chosen];
                    span { (display_name) " " code.faint { (name) } }
                }
            }
        };
        Candidate { name: name.clone(), choice: [false, true].map(choice) }
    };
    view.people.iter().map(candidate).collect()
}

/// The choice of who is in a group.
struct Members<'a> {
    candidates: &'a [Candidate],
    members: &'a [UserName],
}

impl Render for Members<'_> {
    fn render_to(&self, to: &mut String) {
        for Candidate { name, choice: [out, within] } in self.candidates {
            let choice = if self.members.contains(name) { within } else { out };
            choice.render_to(to);
        }
    }
}

/// The lines of the list.
fn lines(view: &PeopleView) -> Rows {
    let candidates = candidates(view);
    let mut lines = rows::Writer::new(view.groups.len(), line);
    for group in &view.groups {
        let count = counted(i64::try_from(group.members.len()).unwrap_or(i64::MAX), "member");
        let about = format!("{count}, {}", in_words(&group.grants(), &view.projects));
        let members = Members { candidates: &candidates, members: &group.members };
        lines.add([&group.name.as_str(), &about, role_options(group.role), &members]);
    }
    lines.finish()
}

/// A line of the list, with the forms that change and remove the group.
fn line([name, about, options, members]: [Gap; 4]) -> Markup {
    let change = html! {
        div.form {
            input type="hidden" name="new" value="false";
            input type="hidden" name="name" value=(name);
            (choices(&html! { "group-" (name) }, &options, &members))
            p.actions { button.btn { "Save " (name) } }
        }
    };
    let remove = html! {
        input type="hidden" name="name" value=(name);
        button.btn.danger { "Remove " (name) }
    };
    html! {
        li.row.account-line {
            details.unfold.account-what {
                summary { b { (name) } " " span.faint { (about) } }
                (row_form::form::<PutGroup>(&change))
            }
            (row_form::confirm(
                "Remove",
                "Its members stay, without the roles they had by it. Their sessions end.",
                &row_form::form::<RemoveGroup>(&remove),
            ))
        }
    }
}

/// The role of a group, and who is in it.
fn choices(id: &impl Render, options: &impl Render, members: &impl Render) -> Markup {
    html! {
        div.field { (role_select(id, "Role", options)) }
        fieldset.check-list {
            legend { "Who is in it" }
            (members)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Group, Role};

    use super::super::samples::person;
    use super::*;

    #[test]
    fn a_line_has_both_forms_and_what_people_call_themselves_is_text() {
        let group = |name: &str, members: &[&str], role| Group {
            name: name.parse().unwrap(),
            members: members.iter().map(|name| name.parse().unwrap()).collect(),
            role,
            project_roles: Default::default(),
        };
        let view = PeopleView {
            seq: 0,
            me: "ada".parse().unwrap(),
            people: vec![person("ada", "Ada <b> & \"co\""), person("bo", "Bo")],
            invitations: vec![],
            groups: vec![group("crew", &["ada"], Some(Role::Editor)), group("guests", &[], None)],
            projects: vec![],
            link: None,
        };
        let lines = lines(&view);
        let [crew, guests] = lines.iter().collect::<Vec<_>>().try_into().unwrap();
        for part in [
            r#"<li class="row account-line"><details class="unfold account-what">"#,
            r#"<summary><b>crew</b> <span class="faint">1 member, editor</span></summary>"#,
            r#"<form action="/api/fn/put_group" method="post">"#,
            r#"<form action="/api/fn/remove_group" method="post">"#,
            r#"<input type="hidden" name="name" value="crew">"#,
            r#"<label for="group-crew-role">Role</label><select id="group-crew-role" name="role">"#,
            r#"<option value="editor" selected title="#,
            r#"value="ada" checked><span>Ada &lt;b&gt; &amp; &quot;co&quot; <code class="faint">ada</code>"#,
            r#"value="bo"><span>Bo "#,
        ] {
            assert!(crew.contains(part), "{part} is not in {crew}");
        }
        for part in ["0 members, no role", r#"<option value="" selected>"#, r#"value="ada"><span>"#, "Remove guests"] {
            assert!(guests.contains(part), "{part} is not in {guests}");
        }
    }
}
