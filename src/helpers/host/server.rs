//! A server with nothing but helpers, to be killed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use helpers::{Helpers, Settings};
use projects::Projects;
use store::clock::SystemClock;
use store::{Options, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves the data folder until it is killed. Prints “ready” when the helpers are being kept.
pub(crate) async fn serve(data: &str) -> ExitCode {
    let data = Path::new(data);
    let url = format!("sqlite://{}", data.join("tatwats.db").display());
    let Ok(program) = std::env::current_exe() else { return ExitCode::FAILURE };
    let settings = Settings { data: data.into(), program, model: None };
    let started = async {
        let store = Store::open(Options { url, clock: Arc::new(SystemClock), node: "here".into() }).await?;
        let projects = Projects::new(store.clone(), data.join("projects"));
        Helpers::start(store, projects, settings, CancellationToken::new(), TaskTracker::new()).await
    };
    match started.await {
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
