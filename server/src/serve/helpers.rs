//! Brings the helpers up with the server.

use domain::Result;
use helpers::{Helpers, ModelSettings, Settings};
use projects::Projects;
use sandbox::Sandboxes;
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Model};

/// Starts the supervisor. When the settings say that no helper is to be started it is told at once to stop: then it
/// knows the helpers and shows them, and runs none.
pub(super) async fn start(
    config: &Config,
    store: &Store,
    projects: &Projects,
    sandboxes: &Sandboxes,
    shutdown: &CancellationToken,
    tracker: &TaskTracker,
) -> Result<Helpers> {
    let settings =
        Settings { data: config.data.clone(), sandboxes: sandboxes.clone(), model: config.model.as_ref().map(model) };
    let until = shutdown.child_token();
    if !config.helpers.start {
        until.cancel();
    }
    Helpers::start(store.clone(), projects.clone(), settings, until, tracker.clone()).await
}

fn model(model: &Model) -> ModelSettings {
    let key = model.key.as_ref().map(|key| key.reveal().to_owned());
    ModelSettings { url: model.url.to_string(), name: model.name.clone(), key }
}
