//! Asking npm and pip what they are configured with.

use std::{process::Stdio, time::Duration};

use tokio::process::Command;

/// How long one of them may take to say.
const PATIENCE: Duration = Duration::from_secs(20);

/// What npm says of its configuration; nothing where it is missing.
pub(super) async fn npm() -> serde_json::Value {
    let said = ask("npm", &["config", "list", "--json"]).await;
    said.and_then(|said| serde_json::from_str(&said).ok()).unwrap_or_default()
}

/// What pip says of its; nothing where it is missing.
pub(super) async fn pip() -> String {
    let list = ["-m", "pip", "config", "list"];
    ask("python3", &list).await.unwrap_or_default()
}

/// A setting in what pip said: that of its environment, else of its files.
pub(super) fn pip_setting(said: &str, name: &str) -> Option<String> {
    let mut found = said.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let (section, setting) = key.split_once('.')?;
        let is_env = section == ":env:";
        (setting.trim_start_matches('.') == name).then(|| (is_env, unquoted(value)))
    });
    let first = found.next()?;
    Some(if first.0 { first } else { found.find(|(is_env, _)| *is_env).unwrap_or(first) }.1)
}

/// As Python writes text: in quotes, with line breaks as `\n`.
fn unquoted(value: &str) -> String {
    value.trim().trim_matches(['\'', '"']).replace("\\n", "\n")
}

/// Runs a tool in the top folder, so that no project's own configuration counts.
async fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir("/").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
