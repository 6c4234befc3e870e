//! Where settings come from: flags, the environment, `.env` and `tatwats.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::keys::{self, KEYS};
use super::values::{Source, Values};

/// What the settings are read from. Handed in, so that tests need not touch the process's own environment.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Values of flags, by key: (`server.listen`, `--listen`, value).
    pub flags: Vec<(&'static str, &'static str, String)>,
    /// The file of `--config`.
    pub file: Option<PathBuf>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// Where relative paths begin, and where `.env` and `tatwats.toml` are looked for.
    pub folder: PathBuf,
}

impl Inputs {
    /// From the running process, without flags.
    ///
    /// # Errors
    /// When the current folder is gone.
    pub fn of_process() -> std::io::Result<Self> {
        Ok(Self {
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
                .collect(),
            folder: std::env::current_dir()?,
            ..Self::default()
        })
    }
}

/// Reads flags, environment and `.env`: everything that can say where the data folder is before a file is read.
pub(super) fn outer(inputs: &Inputs, values: &mut Values) {
    for (key, flag, value) in &inputs.flags {
        values.offer(key, value.clone(), Source::Flag(flag));
    }
    environment(&inputs.env, values, Source::Env);
    let path = inputs.folder.join(".env");
    match dotenvy::from_path_iter(&path) {
        Ok(lines) => {
            let mut found = BTreeMap::new();
            for line in lines {
                match line {
                    Ok((name, value)) => {
                        found.insert(name, value);
                    }
                    // The fault's own words would show the line, which may hold a secret.
                    Err(_) => values.fault(
                        "",
                        path.display(),
                        "a line is not of the form NAME=value; quote values with spaces or $",
                    ),
                }
            }
            values.files.push(path.clone());
            environment(&found, values, |name| Source::DotEnv(path.clone(), name));
        }
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => values.fault("", path.display(), format!("cannot be read: {error}")),
    }
}

fn environment(env: &BTreeMap<String, String>, values: &mut Values, source: impl Fn(String) -> Source) {
    for key in &KEYS {
        for name in key.env {
            if let Some(value) = env.get(*name) {
                values.offer(key.name, value.clone(), source((*name).to_owned()));
            }
            let name = format!("{name}_FILE");
            if let (true, Some(path)) = (key.secret, env.get(&name)) {
                values.offer_file(key.name, Path::new(path), source(name));
            }
        }
    }
    for stray in env.keys().filter(|name| keys::is_stray(name)) {
        let hint =
            keys::nearest(stray, keys::env_names()).map(|name| format!(" Did you mean {name}?")).unwrap_or_default();
        values.warnings.push(format!("{} is not a setting and was left alone.{hint}", source(stray.clone())));
    }
}

/// The settings file: of `--config`, or `tatwats.toml` here, or in the data folder.
pub(super) fn find_file(inputs: &Inputs, data: &Path) -> Option<PathBuf> {
    let wanted = inputs.file.clone().or_else(|| inputs.env.get("TATWATS_CONFIG").map(PathBuf::from));
    if let Some(wanted) = wanted {
        return Some(inputs.folder.join(wanted));
    }
    [inputs.folder.join("tatwats.toml"), data.join("tatwats.toml")].into_iter().find(|path| path.exists())
}

/// Reads a settings file.
pub(super) fn file(path: &Path, values: &mut Values) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return values.fault("", path.display(), format!("cannot be read: {error}")),
    };
    values.files.push(path.to_owned());
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            let error: toml::de::Error = error;
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            // Only the rule that was broken: the parser's own excerpt may hold a secret.
            return values.fault("", format!("{} line {line}", path.display()), error.message());
        }
    };
    for (section, entry) in &table {
        match entry.as_table() {
            Some(entries) => {
                entries.iter().for_each(|(key, value)| entry_of(path, &format!("{section}.{key}"), value, values))
            }
            None => entry_of(path, section, entry, values),
        }
    }
}

fn entry_of(path: &Path, name: &str, value: &toml::Value, values: &mut Values) {
    let source = Source::File(path.to_owned());
    let plain = KEYS.iter().find(|key| key.name == name);
    let as_file = KEYS.iter().find(|key| key.secret && name.strip_suffix("_file") == Some(key.name));
    let Some(key) = plain.or(as_file) else {
        let hint =
            keys::nearest(name, keys::file_names()).map(|known| format!("; did you mean {known}?")).unwrap_or_default();
        return values.push(Fault {
            key: name.to_owned(),
            source: source.to_string(),
            message: format!("there is no such setting{hint}"),
        });
    };
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(truth) => truth.to_string(),
        other => {
            return values.fault(
                name,
                source,
                format!("must be text, a whole number, true or false; it is of type {}", other.type_str()),
            );
        }
    };
    if plain.is_some() {
        values.offer(key.name, text, source);
    } else {
        values.offer_file(key.name, Path::new(&text), source);
    }
}
