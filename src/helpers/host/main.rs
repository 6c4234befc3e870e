//! Stands in for the server in this crate's tests: a server with nothing but helpers, to be killed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use domain::Error;
use helpers::{Helpers, Settings};
use projects::Projects;
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::{Options, Sandboxes};
use store::Store;
use store::clock::SystemClock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

fn main() -> ExitCode {
    let data = std::env::args_os().nth(1).unwrap_or_default();
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(serve(Path::new(&data))),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Serves the data folder until it is killed. Prints “ready” when the helpers are being kept.
async fn serve(data: &Path) -> ExitCode {
    match start(data).await {
        Ok(_helpers) => {
            println!("ready");
            std::future::pending().await
        }
        Err(error) => {
            println!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn start(data: &Path) -> Result<Helpers, Error> {
    let url = format!("sqlite://{}", data.join("tatwats.db").display());
    let node = "here".to_owned();
    let store = Store::open(store::Options { url, clock: Arc::new(SystemClock), node: node.clone() }).await?;
    let room = NamespaceRoom::new(&data.join("room"), "bwrap".into(), Groups::find())?;
    let ids = store.clone();
    let options = Options { node, folder: data.join("sandboxes"), ..Options::default() };
    let sandboxes = Sandboxes::new(Arc::new(room), "A test wants it.", options, move || ids.new_id());
    let settings = Settings { data: data.into(), sandboxes, model: None };
    let projects = Projects::new(store.clone(), data.join("projects"));
    Helpers::start(store, projects, settings, CancellationToken::new(), TaskTracker::new()).await
}
