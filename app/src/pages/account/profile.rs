//! What one is called, and where one lives.

use domain::account::MAX_DISPLAY_NAME;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::SaveProfile;
use super::api::AccountView;
use crate::components::{Field, ProblemNote, action_problem, announce, field_problem, other_problem, when_done};

/// The section.
#[component]
pub(super) fn Profile(
    /// The account.
    account: RwSignal<AccountView>,
    /// The time zones that can be chosen.
    zones: Vec<String>,
    /// Loads it anew.
    again: Callback<()>,
) -> impl IntoView {
    let save = ServerAction::<SaveProfile>::new();
    let problem = action_problem(save);
    when_done(save, move |()| {
        announce("Your profile was saved.");
        again.run(());
    });
    let (display_name, time_zone) =
        account.with_untracked(|account| (account.user.display_name.clone(), account.user.time_zone.clone()));
    view! {
        <section class="section" aria-labelledby="profile-title">
            <div class="section-head"><h2 id="profile-title">"Profile"</h2></div>
            <ActionForm action=save>
                <div class="form">
                    <Field
                        name="display_name"
                        label="Display name"
                        help="What others read beside your sigil."
                        value=display_name
                        autocomplete="name"
                        max=u32::try_from(MAX_DISPLAY_NAME).unwrap_or(80)
                        required=true
                        problem=field_problem(problem, "display_name")
                    />
                    <Field
                        name="time_zone"
                        label="Time zone"
                        help="Like Europe/Berlin. Dates and times are shown in it."
                        value=time_zone
                        max=64
                        list="time-zones"
                        required=true
                        problem=field_problem(problem, "time_zone")
                    />
                    <datalist id="time-zones">
                        {zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}
                    </datalist>
                    <ProblemNote problem=other_problem(problem, &["display_name", "time_zone"])/>
                    <p class="actions"><button class="btn go" disabled=move || save.pending().get()>"Save profile"</button></p>
                </div>
            </ActionForm>
        </section>
    }
}
