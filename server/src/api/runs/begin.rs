//! Runs a command.

use axum::extract::State;
use domain::sandbox::Preset;
use domain::{Run, Slug};
use projects::{Ordered, Projects};
use runs::Runs;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::answer::Located;
use super::super::extract::{Body, By, Named};
use super::{TAG, TerminalSize};
use crate::error::Result;

/// A command to run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRun {
    /// One line for the shell.
    #[schema(example = "ls -l")]
    command: String,
    /// The limits it runs under: `build` or `run`; none: `run`.
    preset: Option<Preset>,
    /// With a terminal of this size; none: without one, and with nothing on its input.
    terminal: Option<TerminalSize>,
    /// How long it may take, in seconds; none: as long as the preset says.
    #[schema(minimum = 1)]
    seconds: Option<u32>,
}

/// Run a command in a project's sandbox.
///
/// It finds the files of the newest commit in its folder; what it changes there is gone with the sandbox. Past 100 that wait
/// for their turn the answer is 429.
#[utoipa::path(post, path = "/api/v1/projects/{name}/runs", tag = TAG, request_body = NewRun,
    params(("name" = Slug, Path, description = "The project's short name")),
    responses((status = 202, description = "It waits for its turn, or has it; `Location` leads to the run", body = Run)))]
pub(super) async fn begin_run(
    State(projects): State<Projects>,
    State(runs): State<Runs>,
    By(actor): By,
    Named(name): Named<Slug>,
    Body(new): Body<NewRun>,
) -> Result<Located<Run>> {
    let NewRun { command, preset, terminal, seconds } = new;
    let ordered =
        Ordered { command, preset: preset.unwrap_or(Preset::Run), terminal: terminal.map(Into::into), seconds };
    let run = projects.run(&runs, &actor, &name, ordered).await?;
    Ok(Located::accepted(format!("/runs/{}", run.id), run))
}
