//! Chooses the kind of sandboxes as the server starts.

use domain::{Error, Result};
use sandbox::rooms::namespace::Groups;
use sandbox::{Options, Preflight, Sandboxes, Settings};
use store::Store;

use crate::config::Config;

/// Looks at what there is, and gets ready to make sandboxes with it.
pub(super) async fn choose(config: &Config, store: &Store) -> Result<Sandboxes> {
    let groups = tokio::task::spawn_blocking(Groups::find).await.map_err(Error::internal)?;
    let found = Preflight::look(&Settings::default(), &groups).await;
    let options = Options { node: store.node().to_owned(), folder: config.data.join("sandboxes"), ..Options::default() };
    let ids = store.clone();
    let sandboxes = Sandboxes::chosen(&found, groups, options, move || ids.new_id())?;
    match found.chosen {
        Some(room) => tracing::info!(%room, "{}", found.why),
        None => tracing::warn!("{} {}", found.why, found.fix.unwrap_or_default()),
    }
    for warning in found.warnings {
        tracing::warn!("{warning}");
    }
    Ok(sandboxes)
}
