//! Containers of a real engine.

mod ends;
mod images;
mod inside;
mod limits;
mod remote;

use std::collections::HashMap;

use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder};

use super::Engine;
use super::specification::NODE;

/// The ids of all containers of that node.
async fn of_node(engine: &Engine, node: &str) -> Vec<String> {
    let filters = HashMap::from([("label", vec![format!("{NODE}={node}")])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    engine.docker.list_containers(Some(options)).await.unwrap().into_iter().filter_map(|found| found.id).collect()
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
