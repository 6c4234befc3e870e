//! Makes a project from a template, with its commands in a sandbox by namespaces, and tells how long that took and how much
//! memory: `cargo run -p projects --example make -- react pod-tracker FOLDER`. More folders are shown inside as tools, and
//! the template gets what it needs: `… make -- leptos pod-tracker FOLDER "$(rustc --print sysroot)" WASM_BINDGEN_FOLDER`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, error::Error};

use domain::PolicySubject;
use domain::sandbox::{Limits, Preset};
use projects::{Origin, Projects};
use runs::{Runs, Settings};
use sandbox::proxy::Upstream;
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::{Options, Sandboxes};
use store::commands::SetPolicy;
use store::testing::{TestStore, owner};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [template, name, folder, tools @ ..] = arguments.as_slice() else {
        return Err("say which template, a project's name and a folder, and where tools are".into());
    };
    let tools = tools.iter().map(PathBuf::from).collect();
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let database = TestStore::sqlite().await;
    let store = database.store.clone();
    let room = NamespaceRoom::new(&folder, "/usr/bin/bwrap".into(), Groups::find())?;
    let upstream = Upstream::from_environment(|name| env::var(name).ok())?;
    let options =
        Options { node: name.clone(), folder: folder.join("sandboxes"), tools, upstream, ..Options::default() };
    let ids = store.clone();
    let sandboxes = Sandboxes::new(Arc::new(room), "it was asked for.", options, move || ids.new_id());
    let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
    let settings = Settings::in_folder(folder.join("runs"));
    let runs = Runs::start(store.clone(), sandboxes.clone(), settings, shutdown.clone(), tracker.clone()).await?;
    let projects = Projects::new(store.clone(), folder.join("projects")).with_runs(runs.clone());

    let needed = projects::template::template(template)?.limits;
    let leave = SetPolicy {
        subject: PolicySubject::Workshop,
        limits: BTreeMap::from([(Preset::Build, Limits { seconds: None, ..needed })]),
        rules: Vec::new(),
        settings: BTreeMap::new(),
    };
    store.run(&owner(), leave).await?;
    let begun = projects.make(&owner(), name, Some(template), Origin::default()).await?;
    let made = projects.finished(&begun).await;
    for run in store.view(&owner()).runs(1).await? {
        println!("{}", String::from_utf8_lossy(&runs.output(run.id, 0).await?));
        println!("{run:#?}");
    }
    for step in store.task(begun.task.id).await?.into_iter().flat_map(|task| task.steps) {
        println!("{step:?}");
    }
    println!("{made:?}");
    projects.close().await;
    shutdown.cancel();
    tracker.close();
    tracker.wait().await;
    sandboxes.close().await;
    database.finish().await;
    Ok(())
}
