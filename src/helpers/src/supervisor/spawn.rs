//! Opens a helper's sandbox, puts its folder in, and starts its program there.

use std::sync::Arc;

use ::sandbox::archive::pack;
use ::sandbox::{Command, Exit, Fault, Sandbox, Spawn, Wanted};
use domain::HelperName;
use domain::sandbox::Preset;

use super::policy;
use super::shared::Shared;
use crate::manifest::Manifest;
use crate::work::limits;

/// What of a helper's folder stays outside: what the workshop keeps there itself.
const OUTSIDE: [&str; 5] = ["home", "process.log", "process.log.1", "persona.md.new", ".git"];

/// A helper's process, in its sandbox.
pub(super) struct Started {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) command: Command,
}

/// Why a helper's process could not be started, in words.
pub(super) struct NotStarted {
    pub(super) reason: String,
    /// Whether it would be the same the next time: someone has to mend something first.
    pub(super) for_good: bool,
}

/// Starts the process of a helper.
///
/// # Errors
/// When it may not have what it wants, there is no sandbox, its folder cannot be put in, or its program does not start.
pub(super) async fn start(shared: &Shared, manifest: &Manifest) -> Result<Started, NotStarted> {
    let profile = policy::profile(shared, manifest)
        .await
        .map_err(|error| NotStarted { for_good: error.code == domain::ErrorCode::Forbidden, reason: error.message })?;
    let wanted = Wanted { preset: Preset::Helper, profile, image: manifest.image, tools: Vec::new() };
    let sandbox = shared.sandboxes.open(&format!("helper {}", manifest.name), &wanted).await.map_err(in_words)?;
    let sandbox = Arc::new(sandbox);
    match fill_and_spawn(shared, manifest, &wanted, &sandbox).await {
        Ok(command) => Ok(Started { sandbox, command }),
        Err(fault) => {
            if let Err(fault) = sandbox.end().await {
                tracing::warn!(helper = %manifest.name, error = &fault as &dyn std::error::Error, "a sandbox was not removed");
            }
            Err(in_words(fault))
        }
    }
}

async fn fill_and_spawn(
    shared: &Shared,
    manifest: &Manifest,
    wanted: &Wanted,
    sandbox: &Sandbox,
) -> Result<Command, Fault> {
    let folder = shared.home.folder_of(&manifest.name);
    let mut files = pack(&folder, &OUTSIDE, limits(&wanted.profile));
    sandbox.put(room::WORK, &mut files).await?;
    let mut environment = shared.sandboxes.environment(sandbox);
    environment.extend(manifest.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    let persona = manifest.persona.strip_prefix(&folder).unwrap_or(&manifest.persona);
    environment.extend([
        ("TATWATS_HELPER".to_owned(), manifest.name.to_string()),
        ("TATWATS_PERSONA".to_owned(), Manifest::inside(persona).to_string_lossy().into_owned()),
        ("TATWATS_SETTINGS".to_owned(), serde_json::Value::Object(manifest.settings.clone()).to_string()),
    ]);
    let command = [manifest.command.clone()].into_iter().chain(manifest.args.iter().cloned()).collect();
    sandbox.spawn(Spawn { command, environment, folder: room::WORK.into(), terminal: None }).await
}

fn in_words(fault: Fault) -> NotStarted {
    if let Fault::Infrastructure { .. } = &fault {
        tracing::error!(error = &fault as &dyn std::error::Error, "a helper's sandbox failed");
    }
    let for_good = matches!(fault, Fault::NoRoom { .. } | Fault::NoImage { .. } | Fault::Archive(_));
    NotStarted { reason: fault.to_string(), for_good }
}

/// How a process ended, in words; none when it ended well. `memory` is what it may have at most, when it wanted more.
pub(super) fn ending(exit: Exit, helper: &HelperName, memory: Option<u64>, last_line: Option<&str>) -> Option<String> {
    let how = match (exit.status, memory) {
        (0, _) => return None,
        (_, Some(bytes)) => format!("{helper} wanted more memory than it may have ({} MiB)", bytes >> 20),
        (status @ 129..=192, None) => format!("{helper} was ended by {}", signal(status - 128)),
        (status, None) => format!("{helper} ended with code {status}"),
    };
    Some(match last_line {
        Some(line) => format!("{how}; its last words: {line}"),
        None => how,
    })
}

/// The name of a signal.
pub(crate) fn signal(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number)
        .map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_in_words() {
        let helper = "echo".parse().unwrap();
        let exit = |status| Exit { status, memory: false };
        assert_eq!(ending(exit(0), &helper, None, Some("bye")), None);
        assert_eq!(ending(exit(3), &helper, None, None).unwrap(), "echo ended with code 3");
        let told = ending(exit(137), &helper, None, Some("oh")).unwrap();
        assert_eq!(told, "echo was ended by SIGKILL; its last words: oh");
        let told = ending(exit(137), &helper, Some(1 << 30), None).unwrap();
        assert_eq!(told, "echo wanted more memory than it may have (1024 MiB)");
    }
}
