//! Values on their way to becoming settings: the strongest source wins, faults are collected.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::keys::KEYS;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A flag of the command line.
    Flag(&'static str),
    /// The environment.
    Env(String),
    /// A `.env` file.
    DotEnv(PathBuf, String),
    /// A settings file.
    File(PathBuf),
    /// A file that another source named.
    Named(Box<Source>, PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::DotEnv(path, name) => write!(f, "{name} in {}", path.display()),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Named(by, path) => write!(f, "{}, named by {by}", path.display()),
        }
    }
}

impl Source {
    /// How strong it is; sources of one rank may not contradict each other.
    const fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Env(_) => 1,
            Self::DotEnv(..) => 2,
            Self::File(_) => 3,
            Self::Named(by, _) => by.rank(),
        }
    }

    /// The folder that a relative path from this source begins in.
    pub(super) fn folder<'a>(&'a self, here: &'a Path) -> &'a Path {
        match self {
            Self::File(path) => path.parent().unwrap_or(here),
            Self::Named(by, _) => by.folder(here),
            _ => here,
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) source: Source,
}

/// Everything that was given, and everything wrong with it.
#[derive(Debug, Default)]
pub(super) struct Values {
    given: BTreeMap<&'static str, Value>,
    faults: Vec<Fault>,
    pub(super) warnings: Vec<String>,
    pub(super) files: Vec<PathBuf>,
    /// Where relative paths begin.
    pub(super) here: PathBuf,
}

impl Values {
    /// Takes a value, unless a stronger source gave one. An empty one counts as not given.
    pub(super) fn offer(&mut self, key: &'static str, text: String, source: Source) {
        if text.is_empty() {
            return;
        }
        match self.given.get(key) {
            None => {
                self.given.insert(key, Value { text, source });
            }
            Some(there) if there.source.rank() == source.rank() && is_secret(key) => {
                let message = format!("is also given by {}; give one of them", there.source);
                self.fault(key, source, message);
            }
            Some(_) => {}
        }
    }

    /// Takes the content of a file as a value, without the line's end.
    pub(super) fn offer_file(&mut self, key: &'static str, path: &Path, source: Source) {
        let path = source.folder(&self.here).join(path);
        let source = Source::Named(Box::new(source), path.clone());
        match std::fs::read_to_string(&path) {
            Ok(text) => self.offer(key, text.trim_end_matches(['\r', '\n']).to_owned(), source),
            Err(error) => self.fault(key, source, format!("cannot be read: {error}")),
        }
    }

    /// The value given for `key`.
    pub(super) fn get(&self, key: &'static str) -> Option<&Value> {
        debug_assert!(KEYS.iter().any(|known| known.name == key), "{key} is not in KEYS");
        self.given.get(key)
    }

    /// The value for `key` as `read` understands it; `default` when none was given, or with a fault noted.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> T {
        let Some(value) = self.get(key).cloned() else { return default };
        read(&value).unwrap_or_else(|message| {
            self.fault(key, value.source, message);
            default
        })
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, key: &str, source: impl fmt::Display, message: impl Into<String>) {
        self.push(Fault { key: key.to_owned(), source: source.to_string(), message: message.into() });
    }

    /// Notes a fault.
    pub(super) fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The faults, once everything was read.
    pub(super) fn faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }
}

fn is_secret(key: &str) -> bool {
    KEYS.iter().any(|known| known.name == key && known.secret)
}
