//! The section `sandbox`: which kind of sandboxes, and what they may have. Settings may tighten, never loosen.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::sandbox::{Limits, Preset};
use sandbox::{Choice, Settings};

use super::values::{Value, Values};

/// Which kind of sandboxes, and what they may have.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Which kind, and where the engine is.
    pub settings: Settings,
    /// Folders with tools, shown inside read-only where this machine's own tools serve.
    pub tools: Vec<PathBuf>,
    /// Hosts that `registries` reaches besides those that this machine's tools are set up to use.
    pub registries: Vec<String>,
    /// Limits in place of the presets' own, all of them tighter.
    pub limits: BTreeMap<Preset, Limits>,
    /// How many sandboxes for short commands wait warm.
    pub warm: usize,
    /// How many commands run at a time; none: as many as there are processors, and at least two.
    pub at_once: Option<usize>,
}

pub(super) fn read(values: &mut Values) -> Sandbox {
    let here = values.here.clone();
    let room = values.take("sandbox.room", Choice::Auto, |value| {
        Choice::from_name(&value.text)
            .ok_or_else(|| format!("“{}” is no kind; the kinds are {}", value.text, Choice::NAMES.join(", ")))
    });
    let engine = values.take("sandbox.engine", None, |value| match value.text.split_once("://") {
        Some(("unix" | "tcp" | "http" | "https", rest)) if !rest.is_empty() => Ok(Some(value.text.clone())),
        _ => Err(format!(
            "“{}” is no address of an engine; write it like unix:///var/run/docker.sock or tcp://engine.example:2376",
            value.text
        )),
    });
    let tls = values.take("sandbox.engine_tls", None, |value| Ok(Some(value.source.folder(&here).join(&value.text))));
    let folders = |value: &Value| {
        let folder = |part: &str| {
            let path = PathBuf::from(part);
            if path.is_absolute() {
                Ok(path)
            } else {
                Err(format!("“{part}” is not absolute; it must begin with /"))
            }
        };
        listed(&value.text).map(folder).collect::<Result<_, _>>()
    };
    let hosts = |value: &Value| {
        let host = |part: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*');
            if part.chars().all(plain) {
                Ok(part.to_ascii_lowercase())
            } else {
                Err(format!("“{part}” is no host"))
            }
        };
        listed(&value.text).map(host).collect::<Result<_, _>>()
    };
    let count = |most: i64| move |value: &Value| super::read::number(value, 0, most);
    let limits = [("sandbox.helper", Preset::Helper), ("sandbox.build", Preset::Build), ("sandbox.run", Preset::Run)]
        .map(|(key, preset)| (preset, values.take(key, Limits::default(), |value| tighter(preset, &value.text))));
    Sandbox {
        settings: Settings { room, engine, tls },
        tools: values.take("sandbox.tools", Vec::new(), folders),
        registries: values.take("sandbox.registries", Vec::new(), hosts),
        limits: limits.into(),
        warm: usize::try_from(values.take("sandbox.warm", 1, count(64))).unwrap_or(1),
        at_once: usize::try_from(values.take("sandbox.at_once", 0, count(1000))).ok().filter(|count| *count > 0),
    }
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Limits of a preset, all of which must be tighter than its own.
fn tighter(preset: Preset, text: &str) -> Result<Limits, String> {
    let limits: Limits = text.parse().map_err(|error: domain::Error| error.message)?;
    let (own, made) = (preset.profile(), preset.profile().with(&limits));
    made.check(preset).map_err(|error| error.message)?;
    if made.is_looser_than(&own) {
        return Err(format!(
            "would let sandboxes for {} have more than they have; settings only tighten. An admin can loosen: tatwats sandbox policy set",
            preset.name()
        ));
    }
    Ok(limits)
}
