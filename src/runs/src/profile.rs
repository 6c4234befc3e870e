//! What a run may have: the preset's profile as settings and policies make it, and the time that was asked for.

use domain::policy::effective;
use domain::sandbox::{Limits, Preset, Profile};
use domain::{Actor, Error, Policy, ProjectId, Result};
use store::Store;

/// What a run may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Granted {
    /// Its sandbox. The same for all runs of a sort, whatever time they ask for, so that one that is warm serves.
    pub(crate) profile: Profile,
    /// How long it may take, in seconds.
    pub(crate) seconds: u32,
}

/// What a run of `actor` in `project` may have, with the time that was asked for.
///
/// # Errors
/// `Invalid`, naming `preset` or `seconds`, for what no run may have; when the database does not answer.
pub(crate) async fn profile(
    store: &Store,
    actor: &Actor,
    project: ProjectId,
    preset: Preset,
    settings: &Limits,
    seconds: Option<u32>,
) -> Result<Granted> {
    let Some(most) = preset.most_seconds() else {
        return Err(Error::invalid("preset", "preset must be “build” or “run”: helpers are started in other ways."));
    };
    let policies = store.policies_holding(Some(project), actor.by.helper()).await?;
    let policies: Vec<&Policy> = policies.iter().collect();
    within(effective(preset, settings, &policies), preset, most, seconds)
}

/// With the time that was asked for: up to what the preset allows, unless someone allowed less than it gives by itself.
fn within(profile: Profile, preset: Preset, most: u32, seconds: Option<u32>) -> Result<Granted> {
    let most = if profile.seconds < preset.profile().seconds { profile.seconds } else { most };
    match seconds {
        None => Ok(Granted { profile, seconds: profile.seconds }),
        Some(seconds) if (1..=most).contains(&seconds) => Ok(Granted { profile, seconds }),
        Some(seconds) => {
            let why = format!("seconds is {seconds}, and must be 1 to {most} for {}.", preset.name());
            Err(Error::invalid("seconds", why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_time_can_be_asked_for_unless_it_was_tightened() {
        let ask = |limit: Option<u32>, seconds| {
            let limits = Limits { seconds: limit, ..Limits::default() };
            within(Preset::Run.profile().with(&limits), Preset::Run, 60, seconds).map(|granted| granted.seconds)
        };
        assert_eq!(ask(None, None).unwrap(), 10);
        assert_eq!(ask(None, Some(60)).unwrap(), 60);
        assert_eq!(ask(Some(30), Some(45)).unwrap(), 45);
        assert_eq!(ask(Some(5), Some(5)).unwrap(), 5);
        for (limit, seconds, most) in [(None, 0, "1 to 60"), (None, 61, "1 to 60"), (Some(5), 6, "1 to 5")] {
            let error = ask(limit, Some(seconds)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("seconds"));
            assert!(error.message.contains(most), "{}", error.message);
        }
    }
}
