//! What needs a person: each with why, and what to do next. Pure, from the workshop alone.

use domain::permission::Permission;
use domain::projection::{HelperEntry, Workshop};
use domain::retry::MAX_ATTEMPTS;
use domain::{Delivery, DeliveryId, HelperName, PermissionId, ProcessStatus, Task, TaskState, Timestamp};

use crate::components::Tone;
use crate::format::counted;

/// How long a failed task asks for attention, in seconds.
const REMEMBERED: i64 = 24 * 3600;

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Put the delivery back into the queue.
    Requeue(DeliveryId),
    /// Start the helper.
    Start(HelperName),
    /// Start the helper's process anew.
    Restart(HelperName),
    /// Let deliveries through again.
    Resume(HelperName),
    /// Answer what a helper asks; “always” too, where there is a project to keep the rule.
    Answer(PermissionId, bool),
    /// Only look.
    Look,
}

/// One thing that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// What it is about; the same while it lasts.
    pub(super) key: String,
    pub(super) tone: Tone,
    pub(super) title: String,
    /// Why.
    pub(super) why: String,
    pub(super) remedy: Remedy,
    /// The page that shows it, and what the link to it says.
    pub(super) link: (String, &'static str),
    /// When it came up.
    pub(super) at: Option<Timestamp>,
}

/// Everything that needs a person, the worst first.
pub(super) fn needs(workshop: &Workshop, now: Timestamp) -> Vec<Need> {
    let mut found: Vec<Need> = workshop.helpers.iter().filter_map(of_helper).collect();
    found.extend(workshop.tasks.iter().filter_map(|task| of_task(task, now)));
    found.extend(workshop.dead.iter().map(of_dead));
    found.extend(workshop.permissions.iter().map(of_permission));
    let (mut worst, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|need| need.tone == Tone::Bad);
    worst.extend(others);
    worst
}

fn of_helper(entry: &HelperEntry) -> Option<Need> {
    let name = &entry.helper.name;
    let waiting = entry.helper.waiting;
    let link = (format!("/helpers/{name}"), "Show its log");
    let reason = |otherwise: &str| {
        let reason = entry.process.as_ref().and_then(|process| process.reason.clone());
        reason.unwrap_or_else(|| otherwise.to_owned())
    };
    let at = entry.process.as_ref().map(|process| process.ended_at.unwrap_or(process.started_at));
    let need = |tone, title: String, why, remedy| {
        Some(Need { key: format!("helper {name}"), tone, title, why, remedy, link, at })
    };
    match entry.process.as_ref().map(|process| process.status) {
        Some(ProcessStatus::Failed) => need(
            Tone::Bad,
            format!("{name} failed"),
            format!("{} It is not started again by itself.", sentence(&reason("Its process ended."))),
            Remedy::Start(name.clone()),
        ),
        Some(ProcessStatus::BackingOff) => need(
            Tone::Warn,
            format!("{name} keeps ending"),
            format!("{} It is started again by itself after a pause.", sentence(&reason("Its process ended."))),
            Remedy::Start(name.clone()),
        ),
        Some(ProcessStatus::Unhealthy) => need(
            Tone::Warn,
            format!("{name} does not answer"),
            sentence(&reason("It does not answer pings. It may be busy, or stuck.")),
            Remedy::Restart(name.clone()),
        ),
        _ if entry.helper.paused && waiting > 0 => need(
            Tone::Warn,
            format!("{name} is paused"),
            format!("{} held back until you let it through.", counted(waiting, "message")),
            Remedy::Resume(name.clone()),
        ),
        _ if !entry.helper.wanted && waiting > 0 => need(
            Tone::Warn,
            format!("{name} is stopped"),
            format!("{} waiting for it. Start it to have that answered.", counted(waiting, "message")),
            Remedy::Start(name.clone()),
        ),
        _ => None,
    }
}

fn of_dead(delivery: &Delivery) -> Need {
    let why = delivery.error.as_deref().unwrap_or("It ended without a word.");
    Need {
        key: format!("delivery {}", delivery.id),
        tone: Tone::Bad,
        title: format!("{} could not answer a message", delivery.helper),
        why: format!("Given up after {MAX_ATTEMPTS} attempts. {}", sentence(why)),
        remedy: Remedy::Requeue(delivery.id),
        link: (format!("/conversations/{}", delivery.conversation), "Open the conversation"),
        at: delivery.delivered_at.or(Some(delivery.queued_at)),
    }
}

fn of_permission(permission: &Permission) -> Need {
    let why = match &permission.command {
        Some(command) => format!("{}: {command}", permission.what),
        None => sentence(&permission.what),
    };
    Need {
        key: format!("permission {}", permission.id),
        tone: Tone::Warn,
        title: format!("{} asks for permission", permission.helper),
        why,
        remedy: Remedy::Answer(permission.id, permission.project.is_some()),
        link: (format!("/conversations/{}", permission.conversation), "Open the conversation"),
        at: Some(permission.asked_at),
    }
}

fn of_task(task: &Task, now: Timestamp) -> Option<Need> {
    let recent = task.ended_at.is_some_and(|at| now.micros_since(at) < REMEMBERED * 1_000_000);
    let (tone, title) = match task.state {
        TaskState::Failed if recent => (Tone::Bad, format!("“{}” failed", task.title)),
        TaskState::InputRequired => (Tone::Warn, format!("“{}” waits for your answer", task.title)),
        _ => return None,
    };
    let why = task.error.as_deref().unwrap_or("Open the conversation to see where it stands.");
    let href = task.conversation.map_or_else(|| "/projects".to_owned(), |id| format!("/conversations/{id}"));
    Some(Need {
        key: format!("task {}", task.id),
        tone,
        title,
        why: sentence(why),
        remedy: Remedy::Look,
        link: (href, "Open the conversation"),
        at: task.ended_at,
    })
}

/// The words with a capital at the start, unless that is a name, and a stop at the end.
fn sentence(words: &str) -> String {
    let words = words.trim();
    if words.split(' ').next().is_some_and(|first| first.contains('_')) {
        return format!("{}.", words.trim_end_matches('.'));
    }
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
