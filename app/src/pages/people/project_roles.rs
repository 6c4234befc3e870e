//! Roles on single projects: who holds which, and a way to give one and to take it away.

use domain::{ProjectId, Role};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::SetProjectRole;
use super::api::PeopleView;
use crate::components::{
    Choice, Confirm, ProblemNote, RoleSelect, action_problem, announce, empty, field_problem, other_problem, when_done,
};
use crate::pages::account::ProjectName;

/// The fields that say themselves what is wrong with them.
const FIELDS: [&str; 2] = ["who", "project"];

/// A role that someone, or a group, holds on one project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Held {
    /// Whose, as the form sends it: `user:ada`, `group:crew`.
    who: String,
    /// Whose, in words.
    name: String,
    project: ProjectId,
    /// The project's short name.
    slug: String,
    role: Role,
}

/// Every role on a single project: the people's, then the groups'.
fn held(view: &PeopleView) -> Vec<Held> {
    let slug = |id: ProjectId| {
        let known = view.projects.iter().find(|project| project.id == id);
        known.map_or_else(|| "a project that is gone".to_owned(), |project| project.slug.to_string())
    };
    let people = view.people.iter().map(|person| {
        let name = person.user.name.to_string();
        (format!("user:{name}"), name, &person.user.project_roles)
    });
    let groups = view.groups.iter().map(|group| {
        let name = &group.name;
        (format!("group:{name}"), format!("the group {name}"), &group.project_roles)
    });
    let roles = people.chain(groups).flat_map(|(who, name, roles)| {
        let one = move |(project, role): (&ProjectId, &Role)| (who.clone(), name.clone(), *project, *role);
        roles.iter().map(one)
    });
    roles.map(|(who, name, project, role)| Held { who, name, project, slug: slug(project), role }).collect()
}

/// The section.
#[component]
pub(super) fn ProjectRoles(
    /// The people.
    people: RwSignal<PeopleView>,
    /// Loads them anew.
    again: Callback<()>,
) -> impl IntoView {
    let set = ServerAction::<SetProjectRole>::new();
    let form = NodeRef::new();
    when_done(set, move |()| {
        empty(form);
        announce("The role was changed. The sessions of those who hold it have ended.");
        again.run(());
    });
    let problem = action_problem(set);
    let roles = Memo::new(move |_| people.with(held));
    let none = Memo::new(move |_| roles.with(Vec::is_empty));
    let no_project = Memo::new(move |_| people.with(|view| view.projects.is_empty()));
    view! {
        <section class="section" id="project-roles" aria-labelledby="project-roles-title">
            <div class="section-head"><h2 id="project-roles-title">"Roles on single projects"</h2></div>
            <ProblemNote problem=other_problem(problem, &FIELDS)/>
            {move || none.get().then(|| view! {
                <p class="faint">"None. Such a role counts on one project, where it is higher than what someone has otherwise."</p>
            })}
            <ul class="list" hidden=move || none.get()>
                <For each=move || roles.get() key=Held::clone children=move |held| view! { <Line held set/> }/>
            </ul>
            {move || if no_project.get() {
                view! { <p class="faint">"There is no project yet."</p> }.into_any()
            } else {
                view! { <Give people set form/> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Line(held: Held, set: ServerAction<SetProjectRole>) -> impl IntoView {
    let Held { who, name, project, slug, role } = held;
    let (of, warning) = match who.strip_prefix("group:") {
        Some(group) => (group.to_owned(), "Its members keep what they have otherwise. Their sessions end."),
        None => (name.clone(), "They keep what they have otherwise. Their sessions end."),
    };
    view! {
        <li class="row account-line">
            <span class="account-what"><b>{name}</b>" "<span class="faint">{format!("{role} on {slug}")}</span></span>
            <Confirm label="Take away" warning>
                <ActionForm action=set>
                    <input type="hidden" name="who" value=who/>
                    <input type="hidden" name="project" value=project.to_string()/>
                    <input type="hidden" name="role" value=""/>
                    <button class="btn danger">{format!("Take {role} on {slug} from {of}")}</button>
                </ActionForm>
            </Confirm>
        </li>
    }
}

/// The form that gives a role, or another one in its place.
#[component]
fn Give(
    people: RwSignal<PeopleView>,
    set: ServerAction<SetProjectRole>,
    form: NodeRef<leptos::html::Form>,
) -> impl IntoView {
    let problem = action_problem(set);
    let (about_who, about_project) = (field_problem(problem, "who"), field_problem(problem, "project"));
    let open = move || about_who.with(Option::is_some) || about_project.with(Option::is_some);
    // The options follow who comes and goes without touching what is chosen.
    let users = Memo::new(move |_| {
        people.with(|view| view.people.iter().map(|person| person.user.name.to_string()).collect::<Vec<_>>())
    });
    let groups = Memo::new(move |_| {
        people.with(|view| view.groups.iter().map(|group| group.name.to_string()).collect::<Vec<_>>())
    });
    let projects = Memo::new(move |_| people.with(|view| view.projects.clone()));
    let option = |kind: &'static str| move |name: String| view! { <option value=format!("{kind}:{name}")>{name.clone()}</option> };
    let project =
        |project: ProjectName| view! { <option value=project.id.to_string()>{project.slug.to_string()}</option> };
    view! {
        <details class="unfold account-after" open=open>
            <summary>"Give a role on one project"</summary>
            <ActionForm action=set node_ref=form>
                <div class="form">
                    <div class="form-pair">
                        <Choice name="who" label="Who" required=true problem=about_who>
                            <option value="">"Choose…"</option>
                            <optgroup label="People">{move || users.get().into_iter().map(option("user")).collect_view()}</optgroup>
                            {move || {
                                let groups = groups.get();
                                (!groups.is_empty()).then(|| view! {
                                    <optgroup label="Groups">{groups.into_iter().map(option("group")).collect_view()}</optgroup>
                                })
                            }}
                        </Choice>
                        <Choice name="project" label="Project" required=true problem=about_project>
                            <option value="">"Choose…"</option>
                            {move || projects.get().into_iter().map(project).collect_view()}
                        </Choice>
                        <div class="field"><RoleSelect id="project-role" label="Role" chosen=Some(Role::Editor)/></div>
                    </div>
                    <p class="actions">
                        <button class="btn go" disabled=move || set.pending().get()>"Give role"</button>
                        <span class="faint">"Ends their sessions."</span>
                    </p>
                </div>
            </ActionForm>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use domain::Group;
    use uuid::Uuid;

    use super::super::samples::person;
    use super::*;

    #[test]
    fn every_role_on_a_project_is_listed_the_groups_last() {
        let id = |n: u128| ProjectId(Uuid::from_u128(n));
        let user = |name: &str, roles: &[(ProjectId, Role)]| {
            let mut person = person(name, &name.to_uppercase());
            person.user.project_roles = roles.iter().copied().collect();
            person
        };
        let view = PeopleView {
            seq: 0,
            me: "ada".parse().unwrap(),
            people: vec![user("ada", &[]), user("bo", &[(id(1), Role::Editor), (id(9), Role::Admin)])],
            invitations: vec![],
            groups: vec![Group {
                name: "crew".parse().unwrap(),
                members: vec![],
                role: None,
                project_roles: [(id(1), Role::Operator)].into(),
            }],
            projects: vec![ProjectName { id: id(1), slug: "pods".parse().unwrap() }],
            link: None,
        };
        let told: Vec<String> = held(&view)
            .iter()
            .map(|held| format!("{} {}: {} on {}", held.who, held.name, held.role, held.slug))
            .collect();
        assert_eq!(
            told,
            [
                "user:bo bo: editor on pods",
                "user:bo bo: admin on a project that is gone",
                "group:crew the group crew: operator on pods"
            ]
        );
    }
}
