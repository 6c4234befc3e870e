//! Tokens for programs: what there is, and a new one, whose secret is shown once.

use domain::{ApiToken, Role};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{CreateToken, MOST_DAYS, RevokeToken};
use super::api::AccountView;
use super::roles::ProjectName;
use crate::components::{
    Badge, Confirm, Field, MayNot, ProblemNote, RelativeTime, RoleSelect, ShownOnce, Tone, action_problem, announce,
    field_problem, other_problem, when_done,
};

/// What a program does with it.
const ADVICE: &str = "Copy it now: it is not shown again. A program sends it as “Authorization: Bearer …”, and the \
                      command line signs in with it by “tatwats login”.";

/// The section.
#[component]
pub(super) fn Tokens(
    /// The account.
    account: RwSignal<AccountView>,
    /// Loads it anew.
    again: Callback<()>,
) -> impl IntoView {
    let (create, revoke) = (ServerAction::<CreateToken>::new(), ServerAction::<RevokeToken>::new());
    let secret = RwSignal::new(account.with_untracked(|account| account.secret.clone()));
    // Counts, so that the form is folded and empty again afterwards.
    let made = RwSignal::new(0_u32);
    when_done(create, move |new| {
        secret.set(Some(new.secret.0.clone()));
        made.update(|count| *count += 1);
        again.run(());
    });
    when_done(revoke, move |()| {
        announce("That token opens nothing any more.");
        again.run(());
    });
    let tokens = Memo::new(move |_| account.with(|account| account.tokens.clone()));
    let most = Memo::new(move |_| account.with(AccountView::most));
    view! {
        <section class="section" id="tokens" aria-labelledby="tokens-title">
            <div class="section-head"><h2 id="tokens-title">"Tokens for programs"</h2></div>
            {move || secret.get().map(|secret| view! { <ShownOnce id="token-secret" label="Your new token" advice=ADVICE secret/> })}
            <ProblemNote problem=action_problem(revoke)/>
            {move || tokens.with(Vec::is_empty).then(|| view! { <p class="faint">"None. A token lets a program, or the command line, act as you."</p> })}
            <ul class="list" hidden=move || tokens.with(Vec::is_empty)>
                <For
                    each=move || tokens.get()
                    key=|token| (token.id, token.used_at)
                    children=move |token| view! { <Line token account revoke/> }
                />
            </ul>
            {move || {
                made.track();
                match most.get() {
                    Some(most) => view! { <NewToken account most create/> }.into_any(),
                    None => view! { <MayNot why="You have no role yet, so a token of yours could do nothing. Ask an admin.".to_owned()/> }.into_any(),
                }
            }}
        </section>
    }
}

#[component]
fn Line(token: ApiToken, account: RwSignal<AccountView>, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    let (over, places) =
        account.with_untracked(|account| (!token.holds(account.at), places(&token, &account.projects)));
    let ApiToken { id, name, scope, expires_at, used_at, .. } = token;
    let until = if over { "ended " } else { "ends " };
    view! {
        <li class="row account-line">
            <span class="account-what">
                <b>{name.clone()}</b>" "<span class="faint">{scope.role.name()}" "{places}</span>
                <span class="sub">
                    {until}<RelativeTime at=expires_at/>", "
                    {match used_at {
                        Some(at) => view! { "last used "<RelativeTime at/> }.into_any(),
                        None => "never used".into_any(),
                    }}
                </span>
            </span>
            {over.then(|| view! { <Badge text="over" tone=Tone::Neutral/> })}
            {(!over).then(|| view! {
                <Confirm label="Revoke" warning=format!("Whatever shows “{name}” is turned away from then on.")>
                    <ActionForm action=revoke>
                        <input type="hidden" name="token" value=id.to_string()/>
                        <button class="btn danger">"Revoke "{name}</button>
                    </ActionForm>
                </Confirm>
            })}
        </li>
    }
}

/// Where a token may act, in words.
fn places(token: &ApiToken, projects: &[ProjectName]) -> String {
    let Some(ids) = &token.scope.projects else { return "wherever you may".to_owned() };
    let known: Vec<&str> =
        projects.iter().filter(|project| ids.contains(&project.id)).map(|project| project.slug.as_str()).collect();
    if known.is_empty() { "on no project that is left".to_owned() } else { format!("on {}", known.join(", ")) }
}

#[component]
fn NewToken(account: RwSignal<AccountView>, most: Role, create: ServerAction<CreateToken>) -> impl IntoView {
    let problem = action_problem(create);
    let projects = account.with_untracked(|account| account.projects.clone());
    let line = |project: ProjectName| {
        view! {
            <label class="check-line">
                <input type="checkbox" name="projects[]" value=project.id.to_string()/>
                <span>{project.slug.to_string()}</span>
            </label>
        }
    };
    view! {
        <details class="unfold account-after" open=move || problem.with(Option::is_some)>
            <summary>"New token"</summary>
            <ActionForm action=create>
                <div class="form">
                    <Field
                        name="name"
                        label="What it is for"
                        placeholder="laptop"
                        max=60
                        required=true
                        problem=field_problem(problem, "name")
                    />
                    <div class="form-pair">
                        <div class="field">
                            <RoleSelect id="token-role" label="Role, at most" most chosen=Some(most)/>
                            <p class="field-note">"It never gives more than you may do yourself."</p>
                        </div>
                        <Field
                            name="days"
                            label="Days it lasts"
                            kind="number"
                            range=(1, MOST_DAYS)
                            value="90"
                            help=format!("From 1 to {MOST_DAYS}.")
                            required=true
                            problem=field_problem(problem, "days")
                        />
                    </div>
                    {(!projects.is_empty()).then(|| view! {
                        <fieldset class="check-list">
                            <legend>"Only for these projects"</legend>
                            {projects.into_iter().map(line).collect_view()}
                            <p class="field-note">"None chosen: wherever you may."</p>
                        </fieldset>
                    })}
                    <ProblemNote problem=other_problem(problem, &["name", "days"])/>
                    <p class="actions"><button class="btn go" disabled=move || create.pending().get()>"Make token"</button></p>
                </div>
            </ActionForm>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use domain::{ProjectId, Scope, Timestamp, TokenId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn where_a_token_may_act_is_told_in_words() {
        let id = |n: u128| ProjectId(Uuid::from_u128(n));
        let project = |n: u128, slug: &str| ProjectName { id: id(n), slug: slug.parse().unwrap() };
        let known = [project(1, "pods"), project(2, "notes")];
        let token = |projects: Option<Vec<ProjectId>>| ApiToken {
            id: TokenId(Uuid::nil()),
            user: "ada".parse().unwrap(),
            name: "ci".into(),
            scope: Scope { role: Role::Viewer, projects },
            expires_at: Timestamp::default(),
            created_at: Timestamp::default(),
            used_at: None,
            revoked: false,
        };
        for (projects, words) in [
            (None, "wherever you may"),
            (Some(vec![]), "on no project that is left"),
            (Some(vec![id(9)]), "on no project that is left"),
            (Some(vec![id(2), id(1), id(9)]), "on pods, notes"),
        ] {
            assert_eq!(places(&token(projects), &known), words);
        }
    }
}
