//! Which templates can be used here: their commands need a sandbox, and tools in it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::policy::effective;
use domain::sandbox::{Limits, Network, Preset, Profile, RoomKind, Verdict};
use domain::{Actor, Error, ErrorCode, Policy, Result};
use runs::Runs;
use sandbox::{Fault, Limit, Spawn, Wanted, execute};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::build::image;
use crate::{Projects, Template};

/// How long it is believed that something is missing.
const BELIEVED: Duration = Duration::from_secs(30);
/// How long looking for the tools of a template may take, in seconds.
const LOOKS: u32 = 30;

/// A template, as it is here.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The template.
    pub template: &'static Template,
    /// Why nothing can be made from it, and how to mend that; none: it can be used.
    pub missing: Option<String>,
}

/// What was found out about templates: when, and what each lacks.
pub(crate) type Checked = Arc<Mutex<HashMap<&'static str, (Instant, Option<String>)>>>;

impl Projects {
    /// The templates there are, with what keeps each from being used here.
    pub async fn templates(&self) -> Vec<Listed> {
        let mut all = Vec::new();
        for template in crate::templates() {
            let missing = self.usable(None, template).await.err().map(|error| error.message);
            all.push(Listed { template, missing });
        }
        all
    }

    /// Refuses a template that `actor` cannot use here.
    pub(crate) async fn require_usable(&self, actor: &Actor, template: &'static Template) -> Result<()> {
        let named = |error| Error { field: Some("template".into()), ..error };
        self.usable(Some(actor), template).await.map_err(named)
    }

    async fn usable(&self, actor: Option<&Actor>, template: &'static Template) -> Result<()> {
        if template.commands.is_empty() {
            return Ok(());
        }
        let runs =
            self.runs().ok_or_else(|| no_room("This server was started without any.", "Start it with sandboxes."))?;
        let status = runs.sandboxes().status();
        match status.room {
            None => return Err(no_room(&status.why, &status.fix)),
            Some(RoomKind::Docker) if template.image.is_none() => {
                return Err(no_room(
                    &format!("No image has the tools of the template “{}”.", template.name),
                    "Choose sandboxes by namespaces, which have this machine's own tools.",
                ));
            }
            Some(_) => {}
        }
        let policies = self.store().policies_holding(None, actor.and_then(|actor| actor.by.helper())).await?;
        let policies: Vec<&Policy> = policies.iter().collect();
        let profile = effective(Preset::Build, &runs.sandboxes().limits(Preset::Build), &policies);
        if let Some(why) = too_tight(template, &profile) {
            return Err(Error::new(ErrorCode::Unavailable, why));
        }
        // Held meanwhile, so that many who ask at once have it looked up once.
        let mut checked = self.checked().lock().await;
        let missing = match checked.get(template.name) {
            Some((at, missing)) if missing.is_none() || at.elapsed() < BELIEVED => missing.clone(),
            _ => {
                let missing = missing(runs, template).await;
                checked.insert(template.name, (Instant::now(), missing.clone()));
                missing
            }
        };
        missing.map_or(Ok(()), |missing| Err(Error::new(ErrorCode::Unavailable, missing)))
    }
}

fn no_room(why: &str, fix: &str) -> Error {
    Fault::NoRoom { why: why.into(), fix: fix.into() }.into()
}

/// How a build has less here than the template needs, and how to mend that; none: it has enough.
fn too_tight(template: &Template, profile: &Profile) -> Option<String> {
    // More time than usual is asked for with the run.
    let needed = Limits { seconds: None, ..template.limits };
    if !profile.with(&needed).is_looser_than(profile) {
        return None;
    }
    let sizes = [("memory", needed.memory_bytes), ("work", needed.work_bytes)];
    let options = sizes.into_iter().filter_map(|(name, bytes)| Some(format!(" --{name} {}MiB", bytes? >> 20)));
    Some(format!(
        "The template “{}” needs more than a build may have here. An admin can allow it: tatwats sandbox policy set workshop \
         --preset build{}",
        template.name,
        options.collect::<String>()
    ))
}

/// What a template lacks where its commands would run, in sentences; none: nothing.
async fn missing(runs: &Runs, template: &Template) -> Option<String> {
    match lacking(runs, template).await {
        Ok(lacking) if lacking.is_empty() => None,
        Ok(lacking) => {
            let tools = template.needs.iter().filter(|tool| lacking.iter().any(|name| name == tool.program));
            let fixes: Vec<&str> = tools.map(|tool| tool.fix).collect();
            Some(format!(
                "The template “{}” needs what is not here: {}. {}",
                template.name,
                lacking.join(", "),
                fixes.join(" ")
            ))
        }
        Err(fault) => Some(fault.to_string()),
    }
}

/// The tools that a template needs and its commands would not find.
async fn lacking(runs: &Runs, template: &Template) -> Result<Vec<String>, Fault> {
    let sandboxes = runs.sandboxes();
    let alone = Limits { network: Some(Network::None), ..Limits::default() };
    let profile = Preset::Build.profile().with(&sandboxes.limits(Preset::Build)).with(&alone);
    let wanted = Wanted { preset: Preset::Build, profile, image: image(template), tools: Vec::new() };
    let sandbox = sandboxes.open("tools", &wanted).await?;
    let checks =
        template.needs.iter().map(|tool| format!("( {} ) >/dev/null 2>&1 || echo {}\n", tool.check, tool.program));
    let spawn = Spawn {
        command: vec!["sh".into(), "-c".into(), checks.collect()],
        environment: sandboxes.environment(&sandbox),
        folder: "/tmp".into(),
        terminal: None,
    };
    let limit = Limit { seconds: LOOKS, output_bytes: profile.output_bytes };
    let mut named = Vec::new();
    let sink = |_, bytes: &[u8]| named.extend_from_slice(bytes);
    let outcome = execute(&sandbox, spawn, &limit, &CancellationToken::new(), sink).await;
    sandbox.end().await?;
    match outcome.verdict {
        // The last of them answers for the shell.
        Verdict::Ok | Verdict::Exit(_) => {}
        verdict => {
            let what = format!("looking for the tools of a template ended with “{verdict}”.");
            return Err(Fault::Infrastructure { what, source: None });
        }
    }
    let named = String::from_utf8_lossy(&named);
    let known = template.needs.iter().map(|tool| tool.program);
    Ok(known.filter(|program| named.lines().any(|line| line == *program)).map(str::to_owned).collect())
}
