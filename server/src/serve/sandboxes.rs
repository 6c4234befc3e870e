//! Finds out where helpers and commands run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sandbox::proxy::Registries;
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::{Options, Sandboxes};
use store::Store;
use tokio::task::spawn_blocking;

use crate::config::Config;

const FIX: &str = "Install it: apt-get install bubblewrap. Then start the server again.";

/// The sandboxes of this server, with what an earlier run of it left behind cleared away.
pub(super) async fn start(config: &Config, store: &Store) -> Sandboxes {
    let Some(bubblewrap) = find("bwrap") else {
        return Sandboxes::none("bubblewrap is not installed on this machine.", FIX);
    };
    let folder = config.data.join("sandboxes");
    let programs = folder.clone();
    let made = spawn_blocking(move || NamespaceRoom::new(&programs, bubblewrap, Groups::find())).await;
    let room = match made {
        Ok(Ok(room)) => Arc::new(room),
        Ok(Err(fault)) => return Sandboxes::none(fault.to_string(), "Look at the server's disk, and start it again."),
        Err(error) => return Sandboxes::none(error.to_string(), "The log says more. Start the server again."),
    };
    let registries = Registries::of_this_machine(&[]).await.unwrap_or_else(|fault| {
        tracing::warn!(error = &fault as &dyn std::error::Error, "no package registries are known");
        Registries::default()
    });
    let options = Options { node: store.node().to_owned(), folder, registries, ..Options::default() };
    let ids = store.clone();
    let sandboxes = Sandboxes::new(room, "no engine is used.", options, move || ids.new_id());
    match sandboxes.clear().await {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, "sandboxes that an earlier run had left behind were removed"),
        Err(fault) => {
            tracing::warn!(error = &fault as &dyn std::error::Error, "what an earlier run left behind was not removed");
        }
    }
    sandboxes
}

/// A program of this machine.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| Path::is_file(program))
}
