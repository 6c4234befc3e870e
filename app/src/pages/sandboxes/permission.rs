//! What a helper asks to do, as a card with the answers; and what was answered, with a way to take it back.

use domain::PermissionId;
use domain::access::{Action, Subject};
use domain::permission::{Permission, PermissionState};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{DecidePermission, RevokePermission};
use crate::components::{
    Icon, ProblemNote, RelativeTime, Shape, Status, StatusWord, action_problem, glow_when_changed,
};
use crate::live::use_live;

/// The card.
#[component]
pub fn PermissionCard(
    /// What is asked, as it moves on.
    #[prop(into)]
    permission: Signal<Permission>,
) -> impl IntoView {
    let live = use_live();
    let state = Memo::new(move |_| permission.with(|permission| permission.state));
    let status = Signal::derive(move || Status::from(state.get()));
    let glow = glow_when_changed(move || state.get());
    let first = permission.get_untracked();
    let (id, project) = (first.id, first.project);
    let may = Memo::new(move |_| live.may(Action::Decide, Subject::of(project)));
    let refusal = live.refusal(Action::Decide, move || Subject::of(project));
    let decided = move || permission.with(|permission| permission.decided_by.as_ref().map(ToString::to_string));
    let lasting =
        move || permission.with(|permission| permission.rule.as_ref().map(|rule| format!("From now on: {rule}")));
    let revocable = move || {
        may.get() && permission.with(|permission| permission.state == PermissionState::Allowed && permission.always)
    };
    view! {
        <section class=move || format!("permission {}", glow.get()) data-tone=move || status.get().tone.name() aria-label=first.what.clone()>
            <header class="task-head">
                <Icon shape=Shape::Sandbox/>
                <b>{first.what.clone()}</b>
                <StatusWord status/>
            </header>
            {first.command.clone().map(|command| view! { <pre class="code permission-command">{command}</pre> })}
            {move || (state.get() == PermissionState::Asked).then(|| match (may.get(), refusal.get()) {
                (true, _) => view! { <Answers id always=project.is_some()/> }.into_any(),
                (false, why) => view! { <p class="faint">{why.unwrap_or_default()}" The helper waits for an answer."</p> }.into_any(),
            })}
            {move || decided().map(|by| view! {
                <p class="faint permission-foot">
                    {by}
                    {move || permission.with(|permission| permission.decided_at).map(|at| view! { ", "<RelativeTime at/> })}
                    {move || lasting().map(|words| format!(" · {words}"))}
                </p>
            })}
            {move || revocable().then(|| view! { <TakeBack id/> })}
        </section>
    }
}

/// The answers. Each is a form of its own, so that it works without JavaScript.
#[component]
pub fn Answers(
    /// To what.
    id: PermissionId,
    /// Whether “always” can be answered: only where there is a project to keep the rule.
    always: bool,
) -> impl IntoView {
    let decide = ServerAction::<DecidePermission>::new();
    let pending = decide.pending();
    let answer = move |answer: &'static str, class: &'static str, label: &'static str| {
        view! {
            <ActionForm action=decide>
                <input type="hidden" name="permission" value=id.to_string()/>
                <input type="hidden" name="answer" value=answer/>
                <button class=class disabled=move || pending.get()>{label}</button>
            </ActionForm>
        }
    };
    view! {
        <div class="actions">
            {answer("once", "btn go btn-small", "Allow once")}
            {always.then(|| answer("always", "btn btn-small", "Allow always"))}
            {answer("no", "btn btn-small", "Deny")}
        </div>
        <ProblemNote problem=action_problem(decide)/>
    }
}

#[component]
fn TakeBack(id: PermissionId) -> impl IntoView {
    let revoke = ServerAction::<RevokePermission>::new();
    view! {
        <ActionForm action=revoke>
            <input type="hidden" name="permission" value=id.to_string()/>
            <button class="btn quiet btn-small" disabled=move || revoke.pending().get()>"Take back"</button>
        </ActionForm>
        <ProblemNote problem=action_problem(revoke)/>
    }
}
