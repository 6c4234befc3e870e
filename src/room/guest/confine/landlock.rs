//! Landlock, where the kernel has it: what may be written, and no signals or abstract sockets that lead out.

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

/// What is handled. A kernel with less handles less; with more, no more.
const VERSION: ABI = ABI::V6;
/// Folders in which anything may be made and changed.
const FOLDERS: [&str; 5] = [room::WORK, room::HOME, "/tmp", "/dev/shm", "/dev/pts"];
/// Devices, and the files about processes, that may be written, as far as the kernel lets one.
const FILES: [&str; 8] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/proc"];

/// Restricts this process and all that it will start. Says which version of the interface did it; 0 for none.
pub(crate) fn restrict(mounts: impl Iterator<Item = String>) -> Result<u32, String> {
    let status = try_restrict(mounts).map_err(|error| format!("landlock: {error}"))?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi as u32,
        _ => 0,
    })
}

fn try_restrict(mounts: impl Iterator<Item = String>) -> Result<landlock::RestrictionStatus, RulesetError> {
    let anything = AccessFs::from_write(VERSION);
    let change: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let more = mounts.filter(|path| !FOLDERS.contains(&path.as_str()));
    let folders = FOLDERS.map(String::from).into_iter().chain(more).map(|path| (path, anything));
    let files = FILES.map(|path| (path.into(), change));
    let mut rules = Ruleset::default().handle_access(anything)?.scope(Scope::from_all(VERSION))?.create()?;
    for (path, access) in folders.chain(files) {
        // What is not there needs no leave.
        if let Ok(parent) = PathFd::new(path) {
            rules = rules.add_rule(PathBeneath::new(parent, access))?;
        }
    }
    rules.restrict_self()
}
