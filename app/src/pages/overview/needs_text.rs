//! What needs a person, as cards with a button each.

use domain::PermissionId;
use domain::access::{Action, Subject};
use leptos::server_fn::ServerFn;
use maud::{Markup, html};

use super::Shown;
use super::needs::{Need, Remedy};
use crate::components::{Shape, problem_note};
use crate::pages::conversations::RequeueDelivery;
use crate::pages::operate::{PauseHelper, RestartHelper, StartHelper};
use crate::pages::sandboxes::DecidePermission;

/// The section.
pub(super) fn needs_you(shown: &Shown<'_>, needs: Vec<Need>) -> Markup {
    let idle = shown.workshop.helpers.iter().all(|entry| entry.helper.waiting == 0);
    html! {
        section.section.needs aria-labelledby="needs-title" {
            div.section-head { h2 #needs-title { "Needs you" } }
            @if needs.is_empty() {
                p.needs-none {
                    (Shape::Check)
                    (if idle { "Nothing. Every message was answered." } else { "Nothing. The helpers are at work." })
                }
            }
            @for need in needs { (card(shown, &need)) }
        }
    }
}

fn card(shown: &Shown<'_>, need: &Need) -> Markup {
    let Need { key, tone, title, why, link: (href, link), at, .. } = need;
    html! {
        article.need data-key=(key) data-tone=(tone.name()) {
            h3 { (title) }
            p {
                (why)
                @if let Some(at) = at { " " span.faint { (shown.clocks.relative(*at)) } }
            }
            div.actions {
                (mend(shown, need))
                a.btn.quiet href=(href) { (link) }
            }
        }
    }
}

/// The button that mends it, for who may, with what went wrong when that failed.
fn mend(shown: &Shown<'_>, Need { key, remedy, .. }: &Need) -> Markup {
    let workshop = shown.workshop;
    let (action, project) = match remedy {
        Remedy::Requeue(id) => {
            (Action::Operate, workshop.dead.iter().find(|dead| dead.id == *id).and_then(|dead| dead.project))
        }
        Remedy::Answer(id, _) => {
            (Action::Decide, workshop.permissions.iter().find(|asked| asked.id == *id).and_then(|asked| asked.project))
        }
        _ => (Action::Operate, None),
    };
    if !shown.may(action, Subject::of(project)) {
        return html! {};
    }
    let named = |name: &str, value: &str| html! { input type="hidden" name=(name) value=(value); };
    match remedy {
        Remedy::Requeue(delivery) => {
            let hidden = named("delivery", &delivery.to_string());
            button::<RequeueDelivery>(shown, key, &hidden, Shape::Again, "Requeue")
        }
        Remedy::Start(helper) => {
            button::<StartHelper>(shown, key, &named("helper", helper.as_str()), Shape::Play, "Start now")
        }
        Remedy::Restart(helper) => {
            button::<RestartHelper>(shown, key, &named("helper", helper.as_str()), Shape::Again, "Restart")
        }
        Remedy::Resume(helper) => {
            let hidden = html! { (named("helper", helper.as_str())) (named("paused", "false")) };
            button::<PauseHelper>(shown, key, &hidden, Shape::Play, "Let them through")
        }
        Remedy::Answer(id, always) => answers(shown, key, *id, *always),
        Remedy::Look => html! {},
    }
}

fn button<A: ServerFn>(shown: &Shown<'_>, key: &str, hidden: &Markup, shape: Shape, label: &str) -> Markup {
    let form = shown.forms.form::<A>(key);
    let fields = html! {
        (hidden)
        button.btn disabled[form.sending] { (shape) (label) }
    };
    html! { (form.with(&fields)) (problem_note(form.problem.as_ref())) }
}

/// The answers to what a helper asks. Each is a form of its own, so that it works without JavaScript.
fn answers(shown: &Shown<'_>, key: &str, id: PermissionId, always: bool) -> Markup {
    let of = |answer: &str| shown.forms.form::<DecidePermission>(&format!("{key} {answer}"));
    let forms = [("once", "Allow once"), ("always", "Allow always"), ("no", "Deny")]
        .into_iter()
        .filter(|(answer, _)| always || *answer != "always")
        .map(|(answer, label)| (answer, label, of(answer)))
        .collect::<Vec<_>>();
    let sending = forms.iter().any(|(_, _, form)| form.sending);
    let answer = |answer: &str, label: &str| {
        html! {
            input type="hidden" name="permission" value=(id);
            input type="hidden" name="answer" value=(answer);
            button class=(if answer == "once" { "btn go btn-small" } else { "btn btn-small" }) disabled[sending] { (label) }
        }
    };
    html! {
        div.actions { @for (name, label, form) in &forms { (form.with(&answer(name, label))) } }
        (problem_note(forms.iter().find_map(|(_, _, form)| form.problem.as_ref())))
    }
}
