//! Chooses the kind of sandboxes as the server starts, and gets ready to make some.

use domain::sandbox::{Preset, RoomKind};
use domain::{Error, Result};
use sandbox::proxy::Upstream;
use sandbox::rooms::Image;
use sandbox::rooms::docker::{From, Images, Progress};
use sandbox::rooms::namespace::Groups;
use sandbox::{EngineFacts, Options, Preflight, Sandboxes, Wanted};
use store::Store;

use crate::config::Config;

/// The sandboxes of this server, with what an earlier run of it left behind cleared away.
pub(super) async fn start(config: &Config, store: &Store) -> Result<Sandboxes> {
    let set = &config.sandbox;
    let groups = tokio::task::spawn_blocking(Groups::find).await.map_err(Error::internal)?;
    let found = Preflight::look(&set.settings, &groups).await;
    match found.chosen {
        Some(room) => tracing::info!(%room, "{}", found.why),
        None => tracing::warn!("{} {}", found.why, found.fix.clone().unwrap_or_default()),
    }
    for warning in &found.warnings {
        tracing::warn!("{warning}");
    }
    let upstream = Upstream::from_environment(|name| std::env::var(name).ok())?;
    let options = Options {
        // By the folder, so that several servers on one machine never clear away what is the others'.
        node: super::node::name(&config.data)?,
        tools: set.tools.clone(),
        limits: set.limits.clone(),
        folder: config.data.join("sandboxes"),
        registries: set.registries.clone(),
        upstream,
        warm: warm(config),
    };
    if let (Some(RoomKind::Docker), Ok(facts)) = (found.chosen, &found.docker) {
        make_image(facts).await?;
    }
    let ids = store.clone();
    let sandboxes = Sandboxes::chosen(&found, groups, options, move || ids.new_id())?;
    match sandboxes.clear().await {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, "sandboxes that an earlier run had left behind were removed"),
        Err(fault) => {
            tracing::warn!(error = &fault as &dyn std::error::Error, "what an earlier run left behind was not removed");
        }
    }
    Ok(sandboxes)
}

/// Makes the image of the built-in helpers when it is missing: it takes nothing but our own program.
async fn make_image(facts: &EngineFacts) -> Result<()> {
    let images = Images::ours();
    if images.has(&facts.engine, Image::Helper).await? {
        return Ok(());
    }
    let told = |progress: Progress| tracing::debug!(step = progress.step, "{}", progress.text);
    let made = images.build(&facts.engine, Image::Helper, &From::usual(Image::Helper), told).await?;
    tracing::info!(image = made.name, bytes = made.bytes, "the image of the built-in helpers was made");
    Ok(())
}

/// What waits warm: sandboxes for short commands.
fn warm(config: &Config) -> Vec<(Wanted, usize)> {
    let set = &config.sandbox;
    let limits = set.limits.get(&Preset::Run).copied().unwrap_or_default();
    let profile = Preset::Run.profile().with(&limits);
    let wanted = Wanted { preset: Preset::Run, profile, image: Image::Node, tools: Vec::new() };
    if set.warm == 0 { Vec::new() } else { vec![(wanted, set.warm)] }
}
