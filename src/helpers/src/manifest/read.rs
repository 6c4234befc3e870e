//! Reads a `helper.toml`: unknown keys are refused, every value is checked, each complaint names the key and the fix.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use domain::helper::RestartPolicy;
use domain::{Error, HelperName, Result};
use serde::Deserialize;

use super::{Manifest, Permission, sandbox};
use crate::suggest;

const KEYS: [&str; 12] = [
    "args",
    "command",
    "concurrency",
    "description",
    "env",
    "permissions",
    "persona",
    "prompt_timeout_seconds",
    "restart",
    "sandbox",
    "settings",
    "version",
];

/// The manifest as written.
#[derive(Deserialize)]
struct Written {
    command: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    version: String,
    #[serde(default = "default_persona")]
    persona: PathBuf,
    #[serde(default)]
    settings: serde_json::Map<String, serde_json::Value>,
    #[serde(default = "default_restart")]
    restart: String,
    #[serde(default = "default_concurrency")]
    concurrency: usize,
    #[serde(default = "default_timeout")]
    prompt_timeout_seconds: u64,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    sandbox: toml::Table,
}

fn default_persona() -> PathBuf {
    "persona.md".into()
}

fn default_restart() -> String {
    RestartPolicy::default().name().into()
}

const fn default_concurrency() -> usize {
    1
}

const fn default_timeout() -> u64 {
    600
}

/// Reads the manifest of `name`, whose folder is `folder`.
///
/// # Errors
/// `Invalid`, naming the key and what would do.
pub(crate) fn read(name: &HelperName, folder: &Path, text: &str) -> Result<Manifest> {
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| complaint("helper.toml", error.to_string().trim()))?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(complaint(key, &suggest::unknown("key", key, &KEYS)));
    }
    let written: Written =
        table.try_into().map_err(|error: toml::de::Error| complaint("helper.toml", error.to_string().trim()))?;
    if written.command.trim().is_empty() {
        return Err(complaint("command", "It is empty. Name the program to run, like \"node\"."));
    }
    if !(1..=16).contains(&written.concurrency) {
        return Err(complaint("concurrency", "It must be 1 to 16."));
    }
    if !(1..=86_400).contains(&written.prompt_timeout_seconds) {
        return Err(complaint("prompt_timeout_seconds", "It must be 1 to 86400 (a day)."));
    }
    for key in written.env.keys() {
        if key.is_empty() || key.contains(['=', '\0']) || key.starts_with("TATWATS_") {
            return Err(complaint(
                "env",
                &format!(
                    "“{key}” cannot be set: a name has no “=”, and those that begin with TATWATS_ are the workshop's own."
                ),
            ));
        }
    }
    let (image, limits) = sandbox::read(written.sandbox, &written.command)?;
    Ok(Manifest {
        name: name.clone(),
        description: one_line(&written.description, 200),
        version: one_line(&written.version, 40),
        built_in: false,
        command: locate(&written.command)?,
        args: written.args,
        env: written.env,
        persona: folder.join(inside("persona", &written.persona)?),
        settings: written.settings,
        restart: restart(&written.restart)?,
        concurrency: written.concurrency,
        prompt_timeout: Duration::from_secs(written.prompt_timeout_seconds),
        permissions: written.permissions.iter().map(|word| permission(word)).collect::<Result<_>>()?,
        image,
        limits,
    })
}

pub(super) fn complaint(key: &str, message: &str) -> Error {
    Error::invalid(key, format!("helper.toml: {key}: {message}"))
}

/// A bare name is looked up in `PATH` there; a path is taken from the helper's folder, unless it begins at the top.
fn locate(command: &str) -> Result<String> {
    if !command.contains('/') || command.starts_with('/') {
        return Ok(command.into());
    }
    Ok(Manifest::inside(inside("command", Path::new(command))?).to_string_lossy().into_owned())
}

fn inside<'a>(key: &str, path: &'a Path) -> Result<&'a Path> {
    if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        Ok(path)
    } else {
        Err(complaint(key, "It must lie in the helper's own folder, like \"persona.md\" or \"./run\"."))
    }
}

fn restart(word: &str) -> Result<RestartPolicy> {
    RestartPolicy::from_name(word).ok_or_else(|| {
        complaint("restart", &suggest::unknown("restart policy", word, &["always", "on_failure", "never"]))
    })
}

fn permission(word: &str) -> Result<Permission> {
    Permission::ALL.into_iter().find(|permission| permission.name() == word).ok_or_else(|| {
        complaint("permissions", &suggest::unknown("permission", word, &Permission::ALL.map(Permission::name)))
    })
}

fn one_line(text: &str, limit: usize) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use ::sandbox::rooms::Image;
    use domain::sandbox::{Limits, Network};

    use super::*;

    fn try_read(text: &str) -> Result<Manifest> {
        read(&"echo".parse().unwrap(), Path::new("/h/echo"), text)
    }

    #[test]
    fn the_shortest_manifest_gets_sensible_values() {
        let manifest = try_read("command = 'node'").unwrap();
        assert_eq!(manifest.command, "node");
        assert_eq!(manifest.persona, Path::new("/h/echo/persona.md"));
        assert_eq!((manifest.restart, manifest.concurrency), (RestartPolicy::Always, 1));
        assert!(manifest.permissions.is_empty());
        assert_eq!((manifest.image, manifest.limits), (Image::Node, Limits::default()));
    }

    #[test]
    fn a_whole_one_is_read() {
        let manifest = try_read(
            "command = './run'\nargs = ['a b']\ndescription = 'Says\nit'\nrestart = 'on_failure'\npermissions = ['messages']\n\
             [env]\nCOLOUR = 'red'\n[settings]\ndepth = 3",
        );
        // A line break inside '…' is not TOML.
        assert!(manifest.unwrap_err().to_string().contains("helper.toml"));
        let manifest = try_read(
            "command = './run'\nargs = ['a b']\nrestart = 'on_failure'\npermissions = ['messages']\n[env]\nCOLOUR = 'red'\n[settings]\ndepth = 3",
        )
        .unwrap();
        assert_eq!(manifest.command, "/work/./run");
        assert_eq!(manifest.settings["depth"], 3);
        assert_eq!(manifest.env["COLOUR"], "red");
        assert_eq!(manifest.permissions, [Permission::Messages]);
    }

    #[test]
    fn a_sandbox_is_described_in_a_table_of_its_own() {
        let manifest = try_read("command = 'python3'\n[sandbox]\nnetwork = 'registries'\npids = 64").unwrap();
        let limits = Limits { network: Some(Network::Registries), pids: Some(64), ..Limits::default() };
        assert_eq!((manifest.image, manifest.limits), (Image::Python, limits));
        let manifest = try_read("command = '/usr/bin/perl'\nsandbox = { image = 'helper' }").unwrap();
        assert_eq!((manifest.command.as_str(), manifest.image), ("/usr/bin/perl", Image::Helper));
    }

    #[test]
    fn every_slip_is_named_with_its_fix() {
        for (text, field, part) in [
            ("comand = 'x'", "comand", "did you mean “command”"),
            ("args = []", "helper.toml", "command"),
            ("command = ' '", "command", "empty"),
            ("command = 'x'\nrestart = 'allways'", "restart", "“always”"),
            ("command = 'x'\nconcurrency = 0", "concurrency", "1 to 16"),
            ("command = 'x'\nprompt_timeout_seconds = 0", "prompt_timeout_seconds", "1 to 86400"),
            ("command = 'x'\npersona = '../../etc/passwd'", "persona", "own folder"),
            ("command = 'x'\npersona = '/etc/passwd'", "persona", "own folder"),
            ("command = 'x'\npermissions = ['message']", "permissions", "“messages”"),
            ("command = 'x'\nenv = { TATWATS_PROCESS = '1' }", "env", "workshop's own"),
            ("command = '../run'", "command", "own folder"),
            ("command = 'x'\nsandbox = { imgae = 'node' }", "sandbox.imgae", "“image”"),
            ("command = 'x'\nsandbox = { image = 'nod' }", "sandbox.image", "“node”"),
            ("command = 'x'\nsandbox = { network = 'all' }", "sandbox.network", "`full`"),
            ("command = 'x'\nsandbox = { pids = -1 }", "sandbox.pids", "u32"),
            ("command = 'x'\nsandbox = { seconds = 1 }", "sandbox.seconds", "known"),
            ("command = 7", "helper.toml", "string"),
            ("command = ", "helper.toml", ""),
        ] {
            let error = try_read(text).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
