//! `tatwats sandbox`: which kind of sandboxes there is and why, and the images of the kind that has some.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::{Error, Result};
use sandbox::rooms::Image;
use sandbox::rooms::docker::{From, Images, Progress};
use sandbox::rooms::namespace::Groups;
use sandbox::{Fact, Preflight};
use serde::Serialize;

use crate::client::Policy;
use crate::client::out::Out;
use crate::config::Config;

/// Look after sandboxes.
#[derive(Debug, Subcommand)]
pub enum Sandbox {
    /// Say which kind of sandboxes there is on this machine, why, and what to know of its safety
    Status,
    /// Make an image for sandboxes of the kind docker
    Build(Build),
    /// Show and set what sandboxes may have, and which commands helpers may run in them.
    #[command(subcommand)]
    Policy(Policy),
}

/// Which image, and from what.
#[derive(Debug, Args)]
pub struct Build {
    /// helper, node or python
    #[arg(value_parser = image)]
    image: Image,
    /// The image to build on, for node and python [default: node:22-bookworm-slim, python:3.13-slim-bookworm]
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["from_debian", "from_tar"])]
    base: Option<String>,
    /// Take Debian's packages of this machine instead: no registry of images takes part
    #[arg(long, conflicts_with = "from_tar")]
    from_debian: bool,
    /// Take the tar archive of a root file system instead
    #[arg(long, value_name = "FILE")]
    from_tar: Option<PathBuf>,
}

fn image(text: &str) -> std::result::Result<Image, String> {
    Image::from_name(text).ok_or_else(|| {
        let known = Image::ALL.map(Image::name).join(", ");
        format!("“{text}” is no image; the images are {known}")
    })
}

/// What `status` tells.
#[derive(Serialize)]
struct Looked {
    kind: Option<&'static str>,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    facts: Vec<(String, String)>,
    warnings: Vec<String>,
}

/// What `build` tells.
#[derive(Serialize)]
struct Built {
    image: String,
    id: String,
    bytes: u64,
}

impl Sandbox {
    /// Does what needs no server: `status` fails when there are no sandboxes.
    pub async fn run(self, config: &Config, json: bool) -> ExitCode {
        let mut out = Out::new(json);
        let (done, fit) = match self {
            Self::Status => {
                let looked = look(config).await;
                let fit = looked.kind.is_some();
                (out.show(&looked, status), fit)
            }
            Self::Build(args) => match build(config, args, json).await {
                Ok(built) => {
                    (out.show(&built, |built| format!("{} is built: {}", built.image, size(built.bytes))), true)
                }
                Err(error) => (Err(error.into()), false),
            },
            // The command line hands it to the client, which talks to a server.
            Self::Policy(_) => (Ok(()), true),
        };
        match done.and_then(|()| out.flush()) {
            Ok(()) if fit => ExitCode::SUCCESS,
            Ok(()) => ExitCode::FAILURE,
            Err(fault) => fault.report(json),
        }
    }
}

/// What there is on this machine.
pub(crate) async fn preflight(config: &Config) -> Preflight {
    let groups = tokio::task::spawn_blocking(Groups::find).await.unwrap_or_else(|_| Groups::none());
    Preflight::look(&config.sandbox.settings, &groups).await
}

async fn look(config: &Config) -> Looked {
    let Preflight { facts, warnings, chosen, why, fix, .. } = preflight(config).await;
    let facts = facts.into_iter().map(|Fact { name, value }| (name, value)).collect();
    Looked { kind: chosen.map(domain::sandbox::RoomKind::name), why, fix, facts, warnings }
}

fn status(looked: &Looked) -> String {
    let mut text = match looked.kind {
        Some(kind) => format!("{kind}: {}", looked.why),
        None => format!("none: {}", looked.why),
    };
    if let Some(fix) = &looked.fix {
        text.push_str(&format!(" {fix}"));
    }
    let wide = looked.facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in &looked.facts {
        text.push_str(&format!("\n  {name:<wide$}  {value}"));
    }
    for warning in &looked.warnings {
        text.push_str(&format!("\nwarning: {warning}"));
    }
    text
}

async fn build(config: &Config, args: Build, json: bool) -> Result<Built> {
    let Build { image, base, from_debian, from_tar } = args;
    let from = match (base, from_debian, from_tar) {
        (Some(base), ..) => From::Base(base),
        (None, true, _) => From::Debian,
        (None, false, Some(path)) => From::Archive(path),
        (None, false, None) => From::usual(image),
    };
    let found = preflight(config).await;
    let facts = found.docker.map_err(|missing| {
        Error::new(domain::ErrorCode::Unavailable, format!("Images are for an engine, and none answers. {missing}"))
    })?;
    let bar = bar(json);
    let told = |progress: Progress| {
        let Progress { step, total, text, bytes } = progress;
        bar.set_message(format!("{step} of {total}: {text}"));
        match bytes {
            Some((done, Some(all))) => {
                bar.set_length(all);
                bar.set_position(done);
            }
            Some((done, None)) => bar.set_position(done),
            None => bar.tick(),
        }
    };
    let made = Images::ours().build(&facts.engine, image, &from, told).await;
    bar.finish_and_clear();
    let made = made?;
    Ok(Built { image: made.name, id: made.id, bytes: made.bytes })
}

/// Progress on standard error, for people who look on.
fn bar(json: bool) -> indicatif::ProgressBar {
    let bar = if json { indicatif::ProgressBar::hidden() } else { indicatif::ProgressBar::new_spinner() };
    if let Ok(style) = indicatif::ProgressStyle::with_template("{spinner} {msg} {bytes} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_from_the_top() {
        let looked = Looked {
            kind: Some("namespace"),
            why: "No engine answers.".into(),
            fix: None,
            facts: vec![("kernel".into(), "Linux 6.1".into()), ("bubblewrap".into(), "0.8.0".into())],
            warnings: vec!["The kernel is old.".into()],
        };
        let text = status(&looked);
        assert!(text.starts_with("namespace: No engine answers.\n  kernel      Linux 6.1\n"), "{text}");
        assert!(text.ends_with("\nwarning: The kernel is old."), "{text}");
    }

    #[test]
    fn an_unknown_image_is_answered_with_those_there_are() {
        assert!(image("ruby").unwrap_err().contains("helper, node, python"));
    }
}
