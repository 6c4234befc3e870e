//! Starts a helper's process under its guard, with an environment of its own.

use std::process::{ExitStatus, Stdio};

use domain::{HelperName, ProcessId};
use tokio::process::{Child, Command};

use super::shared::{MARK, Shared};
use crate::manifest::Manifest;

/// Starts the process of `manifest`, marked as `process`.
///
/// # Errors
/// In words, when its folder cannot be made or the guard cannot be started.
pub(super) fn spawn(shared: &Shared, manifest: &Manifest, process: ProcessId) -> Result<Child, String> {
    let folder = shared.home.folder_of(&manifest.name);
    let home = folder.join("home");
    std::fs::create_dir_all(&home).map_err(|error| format!("its home folder cannot be made: {error}"))?;
    let mut command = Command::new(&shared.program);
    command
        .arg("guard")
        .arg("--")
        .arg(&manifest.command)
        .args(&manifest.args)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("TERM", "dumb")
        .env("HOME", &home)
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(&manifest.env)
        .env(MARK, process.to_string())
        .env("TATWATS_HELPER", manifest.name.as_str())
        .env("TATWATS_PERSONA", &manifest.persona)
        .env("TATWATS_SETTINGS", serde_json::Value::Object(manifest.settings.clone()).to_string())
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    command.spawn().map_err(|error| format!("its guard could not be started: {error}"))
}

/// How a process ended, in words; none when it ended well.
pub(super) fn ending(status: ExitStatus, helper: &HelperName, last_line: Option<&str>) -> Option<String> {
    use std::os::unix::process::ExitStatusExt as _;
    let how = match (status.code(), status.signal()) {
        (Some(0), _) => return None,
        (Some(code @ 129..=192), _) => format!("{helper} was ended by {}", signal(code - 128)),
        (Some(code), _) => format!("{helper} ended with code {code}"),
        (None, Some(number)) => format!("the guard of {helper} was ended by {}", signal(number)),
        (None, None) => format!("{helper} ended"),
    };
    Some(match last_line {
        Some(line) => format!("{how}; its last words: {line}"),
        None => how,
    })
}

fn signal(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number)
        .map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}
