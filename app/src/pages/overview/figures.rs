//! The figures at the top: how much is said, how much waits, who runs, what was made.

use domain::projection::{Workshop, limits};
use domain::{ProcessStatus, ProjectStatus, Timestamp};
use maud::{Markup, html};

use super::Shown;
use crate::components::sparkline;
use crate::format::counted;

/// How many helpers are running, and how many there are.
pub(crate) fn running(workshop: &Workshop) -> (i64, i64) {
    let runs = |process: &domain::Process| process.status == ProcessStatus::Running;
    let running = workshop.helpers.iter().filter(|entry| entry.process.as_ref().is_some_and(runs)).count();
    (count(running), count(workshop.helpers.len()))
}

/// Messages by minute over the last hour up to now, oldest first.
fn by_minute(workshop: &Workshop, now: Timestamp) -> Vec<i64> {
    let last = now.max(workshop.as_of).minute();
    (last - limits::MINUTES + 1..=last).map(|minute| workshop.minutes.get(&minute).copied().unwrap_or(0)).collect()
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

/// The four of them.
pub(super) fn figures(shown: &Shown<'_>) -> Markup {
    let Shown { workshop, .. } = shown;
    let minutes = by_minute(workshop, shown.now);
    let (hour, peak) = (minutes.iter().sum::<i64>(), minutes.iter().max().copied().unwrap_or(0));
    let this_minute = minutes.last().copied().unwrap_or(0);
    let words = format!("Messages per minute over the last hour: {hour} in all, {peak} at most");
    let waiting: i64 = workshop.helpers.iter().map(|entry| entry.helper.waiting).sum();
    let busy = match count(workshop.helpers.iter().filter(|entry| entry.helper.waiting > 0).count()) {
        0 => "nobody waits".to_owned(),
        busy => format!("for {}", counted(busy, "helper")),
    };
    let (running, helpers) = running(workshop);
    let making = workshop.projects.iter().filter(|project| project.status == ProjectStatus::Making).count();
    let making = match (workshop.projects.len(), making) {
        (0, _) => "none yet".to_owned(),
        (_, 0) => "all ready".to_owned(),
        (_, making) => format!("{making} being made"),
    };
    html! {
        section.figures aria-label="Figures" {
            div.figure {
                p.figure-label { "Messages per minute" }
                p.figure-value { (this_minute) small { (hour) " in the last hour" } }
                (sparkline(&minutes, &words))
            }
            (figure("/helpers", "Waiting deliveries", waiting, &busy))
            (figure("/helpers", "Helpers running", running, &format!("of {helpers}")))
            (figure("/projects", "Projects", count(workshop.projects.len()), &making))
        }
    }
}

/// A figure that leads to the page with what it counts.
fn figure(href: &str, label: &str, value: i64, about: &str) -> Markup {
    html! {
        a.figure href=(href) {
            p.figure-label { (label) }
            p.figure-value { (value) small { (about) } }
        }
    }
}
