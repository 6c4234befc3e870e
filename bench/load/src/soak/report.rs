//! The report: what was done, what was found, and whether each promise held.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use super::fault::{Faults, Promise};
use super::holds::Holds;
use super::leak;
use super::load::Went;
use super::options::Options;
use super::plan::{CONVERSATIONS, HELPERS, Plan, USERS};
use super::world::World;
use crate::figures::percentile;

/// Faults of one kind that are told in words.
const TOLD: usize = 20;
/// Lives of the table at most.
const ROWS: usize = 32;

/// What was found out after the load.
#[derive(Debug)]
pub(crate) struct Found {
    /// The server before the load.
    pub(crate) rest: Holds,
    /// Once it had let go of the load.
    pub(crate) after: Holds,
    /// Started again on the same data.
    pub(crate) fresh: Holds,
    /// How long it took to stop.
    pub(crate) stopped: Duration,
    /// Messages that are kept.
    pub(crate) messages: usize,
    /// Answers of helpers among them.
    pub(crate) answers: usize,
    /// Projects that are kept.
    pub(crate) projects: usize,
    /// What the binary says of itself.
    pub(crate) version: String,
    /// Whether sandboxes were containers.
    pub(crate) engine: bool,
}

/// Writes it, in Markdown.
pub(crate) fn write(
    options: &Options,
    plan: Plan,
    world: &World,
    went: &Went,
    found: &Found,
    faults: &Faults,
) -> String {
    let mut text = String::new();
    let kills = went.restarts.len();
    let _ = writeln!(
        text,
        "# A soak of {} minutes\n\n\
         {USERS} people, {HELPERS} helpers and their work, on a server that was killed (`SIGKILL`) {kills} times, once a minute, and started \
         again on the same port and data; then {} under the same load without a kill, to see what grows. Every setting is the default. Made by \
         `script/soak`.\n",
        options.minutes,
        minutes(plan.stretch),
    );
    verdicts(&mut text, world, went, found, faults);
    done(&mut text, world, went, found);
    times(&mut text, world, went, found);
    held(&mut text, went, found);
    let kind = if found.engine { "containers" } else { "namespaces" };
    let _ = writeln!(
        text,
        "\nRun on {} with {}, built from {}, SQLite, sandboxes by {kind}, on {}.",
        options.date,
        found.version,
        options.commit,
        machine()
    );
    text
}

fn verdicts(text: &mut String, world: &World, went: &Went, found: &Found, faults: &Faults) {
    let _ = writeln!(text, "## What was promised\n\n| promise | held | evidence |\n|---|---|---|");
    let acknowledged: usize = world.acknowledged.borrow().iter().map(Vec::len).sum();
    for promise in Promise::ALL {
        let evidence = match promise {
            Promise::NothingLost => format!(
                "{acknowledged} messages were acknowledged; all are among the {} kept, under the same id, place and words. {} listeners had {} messages \
                 to hear and heard them. Every delivery to a helper was answered.",
                found.messages, went.listeners, went.to_hear
            ),
            Promise::NothingDoubled => format!(
                "No key, id or place comes twice, and no listener heard a message twice. {} messages were sent again after a kill, {} of which had been \
                 kept; {} once more though they were acknowledged. No helper answered a message twice.",
                world.counted("acknowledged at a later try"),
                world.counted("kept at a try that was cut off"),
                world.counted("sent again though acknowledged"),
            ),
            Promise::NothingReordered => {
                "What was acknowledged before something else was sent stands before it; places have no holes; all listeners heard them in that order."
                    .to_owned()
            }
            Promise::NoLeak => leaks(went),
            Promise::NoError => format!(
                "{} pages and {} of their files came whole, with their titles and without a word of trouble; no socket was closed and no request failed while the \
                 server was up; its log has no error.",
                world.counted("pages"),
                world.counted("files of pages"),
            ),
        };
        let (held, evidence) = match faults.of(promise) {
            None => ("yes", evidence),
            Some(broken) => ("**no**", format!("{} faults, see below", broken.count)),
        };
        let _ = writeln!(text, "| {} | {held} | {evidence} |", promise.words());
    }
    if !faults.broken().is_empty() {
        let _ = writeln!(text, "\n## What was broken\n");
        for broken in Promise::ALL.into_iter().filter_map(|promise| faults.of(promise)) {
            for fault in broken.first.iter().take(TOLD) {
                let _ = writeln!(text, "- {fault}");
            }
            if broken.count > TOLD {
                let _ = writeln!(text, "- and {} more of this kind", broken.count - TOLD);
            }
        }
    }
}

fn leaks(went: &Went) -> String {
    let mut text = String::new();
    if let Some(growth) = leak::growth(went.stretch()) {
        let told = if leak::tells_memory(went.stretch()) {
            format!(
                "memory changed by {:+.1} MiB a minute (a leak: more than {})",
                growth.memory,
                leak::MEMORY_A_MINUTE
            )
        } else {
            "memory was still filling with the newest events, so this run was too short to tell about it".to_owned()
        };
        let (files, threads) = (growth.files, growth.threads);
        let _ = write!(
            text,
            "In the second half of the stretch without a kill {told}, open files by {files:+.1}, threads by {threads:+.1}. "
        );
    }
    let lasts = went.lasts();
    if let Some(grew) = leak::growth_of_lives(&lasts[..went.restarts.len().min(lasts.len())]) {
        let most = leak::MEMORY_A_LIFE;
        let _ = write!(
            text,
            "From life to life, at the same age, it changed by {grew:+.1} MiB (a leak: more than {most}). "
        );
    }
    let gone = went.restarts.iter().map(|restart| restart.gone).max().unwrap_or_default();
    let _ = write!(
        text,
        "Once the load was gone, files, sockets, threads, processes and control groups went back to what they were at rest. What a killed server had started was gone after {:.0} ms at \
         most; a stopped one left no process, control group, container or half-made project.",
        gone.as_secs_f64() * 1000.0
    );
    text
}

fn done(text: &mut String, world: &World, went: &Went, found: &Found) {
    let count = |what| world.counted(what);
    let _ = writeln!(text, "\n## What was done\n\n| | |\n|---|---|");
    let mut row = |what: &str, how_many: String| {
        let _ = writeln!(text, "| {what} | {how_many} |");
    };
    row("kills", went.restarts.len().to_string());
    row(&format!("messages in {CONVERSATIONS} conversations, acknowledged"), count("messages").to_string());
    row("of these to helpers", format!("{}; {} answers", count("messages to helpers"), found.answers));
    row("tries while the server was away", count("tries while the server was away").to_string());
    row(
        "live sockets opened",
        format!(
            "{}; {} went by themselves, {} were cut off by a kill, {} were too slow; each that came back went on from its cursor",
            count("sockets"),
            count("sockets that went by themselves"),
            count("sockets cut off by a kill"),
            count("sockets cut off as too slow")
        ),
    );
    row("messages told to sockets", count("deliveries to sockets").to_string());
    row("pages", count("pages").to_string());
    row(
        "projects asked for, besides those by message",
        format!(
            "{}; {} were made, {} not (cancelled, or the server was killed meanwhile)",
            count("projects"),
            count("projects made"),
            count("projects not made")
        ),
    );
    row("projects at the end", found.projects.to_string());
    row("commands in sandboxes", count("runs").to_string());
}

fn times(text: &mut String, world: &World, went: &Went, found: &Found) {
    let _ = writeln!(text, "\n## How long it took, in milliseconds\n\n| | p50 | p99 | most |\n|---|---|---|---|");
    let mut row = |what: &str, mut took: Vec<Duration>| {
        let [half, nearly, all] = [50, 99, 100].map(|percent| match percentile(&mut took, percent) {
            Some(millis) => format!("{millis:.1}"),
            None => "–".to_owned(),
        });
        let _ = writeln!(text, "| {what} | {half} | {nearly} | {all} |");
    };
    row("from a kill to ready again", went.restarts.iter().map(|restart| restart.back).collect());
    row("until everything that it had started was gone", went.restarts.iter().map(|restart| restart.gone).collect());
    row("a message, from sent to acknowledged at the first try", world.answered.borrow().clone());
    row("a page, whole", world.pages.borrow().clone());
    row("to stop when asked to, at the end", vec![found.stopped]);
}

fn held(text: &mut String, went: &Went, found: &Found) {
    let _ = writeln!(
        text,
        "\n## What the server held\n\nAt the end of each life; the last life is told every half a minute. Memory in MiB, without and with what runs in sandboxes \
         (what processes share is counted for each).\n\n\
         | when | s | memory | sandboxes' | files | sockets | threads | tasks | processes | control groups | containers |\n|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut row = |when: &str, holds: &Holds| {
        let told = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
        let containers = holds.containers.and_then(|count| u64::try_from(count).ok());
        let _ = writeln!(
            text,
            "| {when} | {:.0} | {:.1} | {:.0} | {} | {} | {} | {} | {} | {} | {} |",
            holds.at,
            holds.memory,
            holds.below_memory,
            holds.files,
            told(holds.sockets),
            holds.threads,
            told(holds.tasks),
            holds.processes,
            holds.groups,
            told(containers)
        );
    };
    row("at rest, before", &found.rest);
    let lasts = went.lasts();
    let killed = lasts.len().saturating_sub(1);
    for holds in lasts.iter().take(killed).take(ROWS) {
        row(&format!("life {}", holds.life), holds);
    }
    let mut next = 0.0;
    for holds in went.stretch() {
        if holds.at >= next {
            row(&format!("life {}, left alone", holds.life), holds);
            next = holds.at + 30.0;
        }
    }
    if let Some(last) = lasts.last() {
        row(&format!("life {}, at its end", last.life), last);
    }
    row("the load is gone", &found.after);
    row("started again, at rest", &found.fresh);
}

fn minutes(long: Duration) -> String {
    match long.as_secs() / 60 {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// The machine in a few words.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let names: Vec<&str> = processors.lines().filter_map(|line| line.strip_prefix("model name")).collect();
    let name = names.first().map_or("unknown processor", |name| name.trim_start_matches(['\t', ' ', ':']));
    let kib = read("/proc/meminfo")
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().split(' ').next()?.parse::<u64>().ok());
    format!(
        "{} × {name}, {} GiB, Linux {}",
        names.len(),
        kib.unwrap_or(0) / 1024 / 1024,
        read("/proc/sys/kernel/osrelease").trim()
    )
}
