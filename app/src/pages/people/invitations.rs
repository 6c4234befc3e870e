//! Invitations: those that can still be used, and a new one, whose link is shown once.

use domain::{Invitation, Role};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{InvitePerson, MOST_DAYS, RevokeInvitation};
use super::api::PeopleView;
use crate::components::{
    Field, Icon, ProblemNote, RelativeTime, RoleSelect, Shape, ShownOnce, action_problem, announce, field_problem,
    other_problem, when_done,
};
use crate::pages::account::ProjectName;

/// What to do with the link.
const ADVICE: &str = "Copy it now and send it to the one you invite: it is not shown again, and makes one account.";

/// The section.
#[component]
pub(super) fn Invitations(
    /// The people.
    people: RwSignal<PeopleView>,
    /// Loads them anew.
    again: Callback<()>,
) -> impl IntoView {
    let (invite, revoke) = (ServerAction::<InvitePerson>::new(), ServerAction::<RevokeInvitation>::new());
    let link = RwSignal::new(people.with_untracked(|view| view.link.clone()));
    when_done(invite, move |new| {
        link.set(Some(new.link.clone()));
        again.run(());
    });
    when_done(revoke, move |()| {
        announce("That link opens nothing any more.");
        again.run(());
    });
    let open = Memo::new(move |_| people.with(|view| view.invitations.clone()));
    view! {
        <section class="section" id="invitations" aria-labelledby="invitations-title">
            <div class="section-head"><h2 id="invitations-title">"Invitations"</h2></div>
            {move || link.get().map(|secret| view! { <ShownOnce id="invitation-link" label="The link of your invitation" advice=ADVICE secret/> })}
            <ProblemNote problem=action_problem(revoke)/>
            {move || open.with(Vec::is_empty).then(|| view! { <p class="faint">"None is open. Whoever gets the link of one makes their own account by it."</p> })}
            <ul class="list" hidden=move || open.with(Vec::is_empty)>
                <For
                    each=move || open.get()
                    key=|invitation| invitation.id
                    children=move |invitation| view! { <Line invitation people revoke/> }
                />
            </ul>
            <NewInvitation people invite/>
        </section>
    }
}

#[component]
fn Line(invitation: Invitation, people: RwSignal<PeopleView>, revoke: ServerAction<RevokeInvitation>) -> impl IntoView {
    let gives = people.with_untracked(|view| gives(&invitation, &view.projects));
    let Invitation { id, created_by, created_at, expires_at, .. } = invitation;
    let by = created_by.map_or_else(|| "the workshop".to_owned(), |name| name.to_string());
    let name = format!("Revoke the invitation as {gives}");
    view! {
        <li class="row account-line">
            <span class="account-what">
                <b>"As "{gives}</b>
                <span class="sub">"By "{by}", "<RelativeTime at=created_at/>"; holds until "<RelativeTime at=expires_at/></span>
            </span>
            <ActionForm action=revoke>
                <input type="hidden" name="invitation" value=id.to_string()/>
                <button class="btn" aria-label=name>"Revoke"</button>
            </ActionForm>
        </li>
    }
}

/// What an invitation gives, in words.
fn gives(invitation: &Invitation, projects: &[ProjectName]) -> String {
    let role = invitation.role.with_article();
    let Some(id) = invitation.project else { return role.to_owned() };
    match projects.iter().find(|project| project.id == id) {
        Some(project) => format!("{role} on {}", project.slug),
        None => format!("{role} on a project that is gone"),
    }
}

#[component]
fn NewInvitation(people: RwSignal<PeopleView>, invite: ServerAction<InvitePerson>) -> impl IntoView {
    let problem = action_problem(invite);
    let projects = people.with_untracked(|view| view.projects.clone());
    let option = |project: ProjectName| view! { <option value=project.id.to_string()>{format!("only {}", project.slug)}</option> };
    view! {
        <ActionForm action=invite>
            <div class="form account-after">
                <h3>"Invite someone"</h3>
                <div class="form-pair">
                    <div class="field"><RoleSelect id="invite-role" label="Role" chosen=Some(Role::Editor)/></div>
                    <div class="field">
                        <label for="invite-project">"Where"</label>
                        <select id="invite-project" name="project">
                            <option value="">"the whole workshop"</option>
                            {projects.into_iter().map(option).collect_view()}
                        </select>
                    </div>
                    <Field
                        name="days"
                        label="Days it holds"
                        kind="number"
                        range=(1, MOST_DAYS)
                        value="7"
                        help=format!("From 1 to {MOST_DAYS}.")
                        required=true
                        problem=field_problem(problem, "days")
                    />
                </div>
                <ProblemNote problem=other_problem(problem, &["days"])/>
                <p class="actions">
                    <button class="btn go" disabled=move || invite.pending().get()><Icon shape=Shape::Plus/>"Make invitation"</button>
                </p>
            </div>
        </ActionForm>
    }
}

#[cfg(test)]
mod tests {
    use domain::{InvitationId, ProjectId, Timestamp};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_an_invitation_gives_is_told_in_words() {
        let pods = ProjectName { id: ProjectId(Uuid::from_u128(1)), slug: "pods".parse().unwrap() };
        let words = |role, project| {
            let invitation = Invitation {
                id: InvitationId(Uuid::nil()),
                role,
                project,
                created_by: None,
                created_at: Timestamp::default(),
                expires_at: Timestamp::default(),
                used_by: None,
                revoked: false,
            };
            gives(&invitation, std::slice::from_ref(&pods))
        };
        assert_eq!(words(Role::Admin, None), "an admin");
        assert_eq!(words(Role::Viewer, Some(pods.id)), "a viewer on pods");
        assert_eq!(words(Role::Viewer, Some(ProjectId(Uuid::nil()))), "a viewer on a project that is gone");
    }
}
