//! What sandboxes of a project or a helper may have, and which commands may run in them without asking.

use domain::EventData;
use domain::access::{Action, Subject};
use domain::policy::{Policy, PolicySubject};
use domain::sandbox::Preset;
use leptos::prelude::*;

use super::api::{PolicyView, load_policy};
use super::limits::LimitsOf;
use super::rules::Rules;
use crate::components::RelativeTime;
use crate::live::{loads_anew, use_live};

/// Where a form leads back to: a path of ours, or else the Overview.
#[cfg(any(feature = "ssr", test))]
#[must_use]
pub(super) fn back(path: &str) -> String {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if ours { path.to_owned() } else { "/".to_owned() }
}

/// The section.
#[component]
pub fn PolicyPart(
    /// The policy, as it was loaded.
    view: PolicyView,
    /// The last event known when it was.
    seq: i64,
    /// The page this stands on.
    back: String,
) -> impl IntoView {
    let live = use_live();
    let subject = StoredValue::new(view.policy.subject.clone());
    let shown = RwSignal::new(view);
    let again = loads_anew(
        move || load_policy(subject.get_value()),
        move |fresh| {
            if let Ok(fresh) = fresh {
                shown.try_set(fresh);
            }
        },
    );
    live.each_event(seq, move |event| {
        if let EventData::PolicyChanged(policy) = &event.what
            && (policy.subject == subject.get_value() || policy.subject == PolicySubject::Workshop)
        {
            again.run(());
        }
    });
    view! {
        <section class="panel policy" aria-labelledby="policy-title">
            <h3 id="policy-title">"Sandbox"</h3>
            {move || view! { <Shown view=shown.get() back=back.clone() again/> }}
        </section>
    }
}

/// The presets that concern a subject.
fn presets(subject: &PolicySubject) -> Vec<Preset> {
    match subject {
        PolicySubject::Workshop => Preset::ALL.to_vec(),
        PolicySubject::Project(_) => vec![Preset::Build, Preset::Run],
        PolicySubject::Helper(_) => vec![Preset::Helper],
    }
}

#[component]
fn Shown(view: PolicyView, back: String, again: Callback<()>) -> impl IntoView {
    let PolicyView { policy, profiles } = view;
    let Policy { subject, limits, rules, updated_at, updated_by } = policy;
    let place = match &subject {
        PolicySubject::Project(id) => Subject::Project(*id),
        _ => Subject::Workshop,
    };
    let may = use_live().refusal(Action::Tighten, move || place).with_untracked(Option::is_none);
    let with_rules = !matches!(subject, PolicySubject::Helper(_));
    let (of, at) = (subject.clone(), back.clone());
    let part = move |preset: Preset| {
        let limits = limits.get(&preset).copied().unwrap_or_default();
        let profile = profiles.get(&preset).copied().unwrap_or_else(|| preset.profile());
        view! { <LimitsOf subject=of.clone() preset limits profile may back=at.clone() again/> }
    };
    view! {
        <div class="policy-body">
            {presets(&subject).into_iter().map(part).collect_view()}
            {with_rules.then(|| view! { <Rules subject rules may back again/> })}
            {updated_at.map(|at| view! {
                <p class="faint">"Changed "<RelativeTime at/>{updated_by.map(|by| format!(" by {}", by.name()))}</p>
            })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_the_workshop_only() {
        assert_eq!(back("/projects/pod?run=1"), "/projects/pod?run=1");
        for path in ["", "https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/a\r\nb"] {
            assert_eq!(back(path), "/", "{path}");
        }
    }
}
