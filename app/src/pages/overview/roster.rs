//! The helpers at a glance, each in a line: who it is, what it does, how long it has been up.

use domain::projection::{HelperEntry, Workshop};
use domain::{Helper, HelperName, ProcessStatus, StepState, TaskState};
use maud::{Markup, html};

use super::Shown;
use crate::components::{Status, empty_state, glow, sigil};
use crate::few::Few;

/// What a helper is doing, in half a sentence; none: nothing to tell, see when it was last active.
pub(crate) fn doing(workshop: &Workshop, entry: &HelperEntry) -> Option<String> {
    let Helper { name, paused, .. } = &entry.helper;
    if let Some(process) = &entry.process
        && !matches!(process.status, ProcessStatus::Running | ProcessStatus::Starting)
        && let Some(reason) = &process.reason
    {
        return Some(reason.clone());
    }
    if *paused {
        return Some("Paused: deliveries are held back".into());
    }
    let task =
        workshop.tasks.iter().find(|task| task.state == TaskState::Working && task.owner.by.helper() == Some(name))?;
    let step = task.steps.iter().position(|step| step.state == StepState::Working);
    Some(match step {
        Some(at) => format!("{}, step {} of {}: {}", task.title, at + 1, task.steps.len(), task.steps[at].title),
        None => task.title.clone(),
    })
}

/// What was last told of each helper, and how often that has changed while the page is open: a line glows then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Turns(Few<HelperName, (Told, u32)>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Told(&'static str, Option<String>);

/// The same after the workshop has moved on.
pub(super) fn turns(before: Option<&Turns>, workshop: &Workshop) -> Turns {
    let turn = |entry: &HelperEntry| {
        let name = entry.helper.name.clone();
        let told = Told(Status::from(entry).word, doing(workshop, entry));
        let changes = match before.and_then(|Turns(before)| before.get(&name)) {
            Some((old, changes)) => changes + u32::from(*old != told),
            None => 0,
        };
        (name, (told, changes))
    };
    let mut turns = Few::default();
    turns.extend(workshop.helpers.iter().map(turn));
    Turns(turns)
}

/// The section.
pub(super) fn roster(shown: &Shown<'_>) -> Markup {
    html! {
        section.section aria-labelledby="helpers-title" {
            div.section-head {
                h2 #helpers-title { "Helpers" }
                a.more href="/helpers" { "All helpers" }
            }
            @if shown.workshop.helpers.is_empty() {
                (empty_state(
                    "No helper yet",
                    "Helpers answer messages. The built-in ones appear as soon as the supervisor has registered them; your own come from a folder under data/helpers.",
                    "tatwats helper list",
                ))
            } @else {
                div.list { @for entry in &shown.workshop.helpers { (helper_line(shown, entry)) } }
            }
        }
    }
}

fn helper_line(shown: &Shown<'_>, entry: &HelperEntry) -> Markup {
    let Helper { name, description, active_at, waiting, .. } = &entry.helper;
    let Turns(turns) = shown.turns;
    let (told, changes) = turns.get(name).map_or((None, 0), |(Told(_, told), changes)| (told.as_ref(), *changes));
    html! {
        a class={ "row helper-line " (glow(changes)) } href={ "/helpers/" (name) } data-key=(name) {
            (sigil(name.as_str(), "m"))
            span.helper-line-name {
                b { (name) }
                span.sub {
                    @match (told, active_at) {
                        (Some(told), _) => (told),
                        (None, Some(at)) => { "Idle. Last active " (shown.clocks.relative(*at)) }
                        (None, None) => (description),
                    }
                }
            }
            (Status::from(entry))
            span.helper-line-wait.num { (waiting) span.sub { " waiting" } }
            span.helper-line-up.sub.num {
                @if let Some(process) = &entry.process {
                    @if process.status.is_alive() {
                        (shown.clocks.up(process.started_at))
                    } @else {
                        (shown.clocks.relative(process.ended_at.unwrap_or(process.started_at)))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{helper, workshop};
    use super::*;

    #[test]
    fn a_line_glows_when_what_it_says_has_changed_and_never_on_first_sight() {
        let mut workshop = workshop();
        let told = |turns: &Turns| turns.0.iter().map(|(_, (_, changes))| *changes).collect::<Vec<_>>();
        workshop.helpers = vec![helper(ProcessStatus::Running, None)];
        let first = turns(None, &workshop);
        assert_eq!(told(&first), [0]);
        workshop.helpers[0].helper.waiting = 3;
        assert_eq!(told(&turns(Some(&first), &workshop)), [0]);
        workshop.helpers = vec![helper(ProcessStatus::Failed, Some("It ended."))];
        let second = turns(Some(&first), &workshop);
        assert_eq!(told(&second), [1]);
        workshop.helpers[0].helper.paused = true;
        assert_eq!(told(&turns(Some(&second), &workshop)), [1], "why it failed is told first");
        workshop.helpers = vec![helper(ProcessStatus::Running, None)];
        assert_eq!(told(&turns(Some(&second), &workshop)), [2]);
    }
}
