//! A new password in place of the present one.

use domain::account::MIN_PASSWORD;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::ChangePassword;
use super::api::AccountView;
use crate::components::{Field, ProblemNote, action_problem, announce, empty, field_problem, other_problem, when_done};

/// The fields that say themselves what is wrong with them.
const FIELDS: [&str; 3] = ["current", "password", "password_again"];

/// The section.
#[component]
pub(super) fn Password(
    /// The account.
    account: RwSignal<AccountView>,
) -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let problem = action_problem(change);
    let form = NodeRef::new();
    when_done(change, move |()| {
        empty(form);
        announce("Your password was changed. Every other session of yours has ended.");
    });
    let name = account.with_untracked(|account| account.user.name.to_string());
    let has_one = account.with_untracked(|account| account.user.has_password);
    let fields = view! {
        {has_one.then(|| view! {
            <Field
                name="current"
                label="Present password"
                kind="password"
                autocomplete="current-password"
                required=true
                problem=field_problem(problem, "current")
            />
        })}
        <Field
            name="password"
            label="New password"
            help=format!("At least {MIN_PASSWORD} characters. A few words that nobody would guess are best.")
            kind="password"
            autocomplete="new-password"
            required=true
            problem=field_problem(problem, "password")
        />
        <Field
            name="password_again"
            label="New password, again"
            kind="password"
            autocomplete="new-password"
            required=true
            problem=field_problem(problem, "password_again")
        />
    };
    view! {
        <section class="section" aria-labelledby="password-title">
            <div class="section-head"><h2 id="password-title">"Password"</h2></div>
            <ActionForm action=change node_ref=form>
                <div class="form">
                    // For password managers: whose password this is. The workshop knows.
                    <input type="text" autocomplete="username" value=name readonly hidden/>
                    {fields}
                    <ProblemNote problem=other_problem(problem, &FIELDS)/>
                    <p class="actions">
                        <button class="btn go" disabled=move || change.pending().get()>"Change password"</button>
                        <span class="faint">"Ends every session but this one."</span>
                    </p>
                </div>
            </ActionForm>
        </section>
    }
}
