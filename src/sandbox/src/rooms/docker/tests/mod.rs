//! Containers of a real engine.

mod ends;
mod images;
mod inside;
mod limits;
mod remote;

use std::collections::HashMap;

use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::InspectContainerOptions;

use super::Engine;
use super::specification::NODE;

/// The ids of all containers of that node.
async fn of_node(engine: &Engine, node: &str) -> Vec<String> {
    let of = |labels: &HashMap<String, String>| labels.get(NODE).is_some_and(|of| of == node);
    let listed = engine.list().await.unwrap().into_iter();
    listed.filter(|found| found.labels.as_ref().is_some_and(of)).map(|found| found.id).collect()
}

/// What the engine says of a container; none when it is not there.
async fn inspect(engine: &Engine, id: &str) -> Option<ContainerInspectResponse> {
    engine.docker.inspect_container(id, None::<InspectContainerOptions>).await.ok()
}

/// Waits until that node has no container left.
async fn until_none(engine: &Engine, node: &str) {
    let gone = async {
        while !of_node(engine, node).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(super::testing::PATIENCE, gone).await.expect("nothing left");
}
