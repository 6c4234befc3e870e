//! What a helper is: its manifest, built in or read from `data/helpers/<name>/helper.toml`.

mod built_in;
mod folder;
mod read;
mod sandbox;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::sandbox::rooms::Image;
use domain::HelperName;
use domain::helper::RestartPolicy;
use domain::sandbox::Limits;

pub(crate) use built_in::{BUILT_IN, built_in};
pub(crate) use folder::Home;

/// What a helper is and how its process is run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) name: HelperName,
    pub(crate) description: String,
    pub(crate) version: String,
    pub(crate) built_in: bool,
    /// The program, as it is found inside its sandbox.
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
    /// What its environment has besides the few variables every helper gets.
    pub(crate) env: BTreeMap<String, String>,
    /// Its persona, in its folder here.
    pub(crate) persona: PathBuf,
    /// Handed to the helper as it stands.
    pub(crate) settings: serde_json::Map<String, serde_json::Value>,
    pub(crate) restart: RestartPolicy,
    /// How many deliveries it works on at a time; those of one conversation always one after the other.
    pub(crate) concurrency: usize,
    /// How long it may work on one delivery.
    pub(crate) prompt_timeout: Duration,
    /// What it may ask of the workshop.
    pub(crate) permissions: Vec<Permission>,
    /// What its sandbox is made from, where sandboxes are made from images.
    pub(crate) image: Image,
    /// What it wants its sandbox to have, in place of what helpers have.
    pub(crate) limits: Limits,
}

impl Manifest {
    /// Where a file of its folder is found inside its sandbox.
    pub(crate) fn inside(path: &Path) -> PathBuf {
        Path::new(room::WORK).join(path)
    }
}

/// Something a helper may ask of the workshop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Make projects, list templates, follow the tasks it set off.
    Projects,
    /// Search messages, sum a conversation up, export it.
    Messages,
    /// See the helpers and the deliveries that wait.
    Helpers,
    /// Ask the workshop's language model.
    Model,
}

impl Permission {
    pub(crate) const ALL: [Self; 4] = [Self::Projects, Self::Messages, Self::Helpers, Self::Model];

    /// As written in a manifest.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Messages => "messages",
            Self::Helpers => "helpers",
            Self::Model => "model",
        }
    }
}
