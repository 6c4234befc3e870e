//! Runs, limits and verdicts in words: pure, so that server, browser and tests say the same.

use domain::Timestamp;
use domain::run::{Run, RunState};
use domain::sandbox::{Network, Preset, Profile, RoomKind, Verdict};

use crate::format::{bytes, counted, duration};

/// A kind of sandbox, in words.
#[must_use]
pub const fn room(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Docker => "Docker",
        RoomKind::Namespace => "namespaces",
    }
}

/// Where a network leads, in words.
#[must_use]
pub const fn network(network: Network) -> &'static str {
    match network {
        Network::None => "none",
        Network::Registries => "package registries",
        Network::Full => "everywhere",
    }
}

/// What a preset is for, in a word or two.
#[must_use]
pub const fn preset(preset: Preset) -> &'static str {
    match preset {
        Preset::Helper => "Helpers",
        Preset::Build => "Builds",
        Preset::Run => "Short commands",
    }
}

/// What a profile lets its guests have, in one line.
#[must_use]
pub fn profile(profile: &Profile) -> String {
    let time = match profile.seconds {
        0 => "no limit of time".to_owned(),
        seconds => duration(i64::from(seconds) * 1_000_000),
    };
    let whole = profile.cpu_millis.is_multiple_of(1000);
    let processors = if whole {
        counted((profile.cpu_millis / 1000).into(), "processor")
    } else {
        format!("{}.{:03} processors", profile.cpu_millis / 1000, profile.cpu_millis % 1000)
    };
    format!(
        "{} of memory, {processors}, {}, {time}, network: {}",
        bytes(profile.memory_bytes),
        counted(profile.pids.into(), "process").replace("processs", "processes"),
        network(profile.network)
    )
}

/// How a run ended, in a sentence; none while it has not.
#[must_use]
pub fn ending(run: &Run) -> Option<String> {
    let said = match run.verdict? {
        Verdict::Ok => "It ended well.".to_owned(),
        Verdict::Exit(status @ 129..=192) => format!("It was ended by signal {}.", status - 128),
        Verdict::Exit(status) => format!("It ended with status {status}."),
        Verdict::Timeout => "Its time was up.".into(),
        Verdict::Memory => "It wanted more memory than it may have.".into(),
        Verdict::Output => "It wrote more than it may; the rest is cut off.".into(),
        Verdict::Cancelled => "It was stopped.".into(),
        Verdict::Refused => "It was not begun.".into(),
        Verdict::Infrastructure => "It was interrupted.".into(),
    };
    Some(match &run.reason {
        Some(reason) => format!("{said} {reason}"),
        None => said,
    })
}

/// How long a run took, or has been going on; none before it began, or where no clock may be read.
#[must_use]
pub fn took(run: &Run, now: Option<Timestamp>) -> Option<String> {
    let since = run.started_at?;
    let until = match run.state {
        RunState::Ended => run.ended_at?,
        _ => now?,
    };
    Some(duration(until.micros_since(since)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_reads_as_one_line() {
        assert_eq!(
            profile(&Preset::Run.profile()),
            "256.0 MiB of memory, 1 processor, 64 processes, 10 s, network: none"
        );
        let half = Profile { cpu_millis: 500, seconds: 0, network: Network::Full, ..Preset::Run.profile() };
        assert_eq!(
            profile(&half),
            "256.0 MiB of memory, 0.500 processors, 64 processes, no limit of time, network: everywhere"
        );
    }
}
