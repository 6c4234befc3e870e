//! Taking containers away, until they are gone.

use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::{RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::{StreamExt as _, stream};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::engine::{Engine, LONG_PATIENCE, call};
use super::specification::{NODE, SANDBOX};
use crate::Fault;
use crate::rooms::Keep;

/// How many containers are taken away at a time.
const AT_A_TIME: usize = 8;
/// How often an engine is asked again at once that could not remove a container, and after how long.
const STUMBLES: u32 = 5;
/// See [`STUMBLES`].
const STUMBLE: Duration = Duration::from_millis(50);
/// How long to wait before asking again an engine that failed, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How often at most: for about an hour. What is left then is cleared away when the server starts again.
const TIMES: u32 = 64;

/// Ends and removes the container of that id or name. One that is not there is removed. Tells whether it was there.
pub(super) async fn remove(engine: &Engine, container: &str) -> Result<bool, Fault> {
    let mut left = STUMBLES;
    loop {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let removed = call(LONG_PATIENCE, engine.docker.remove_container(container, Some(options))).await;
        left -= 1;
        match removed {
            Ok(()) => return Ok(true),
            Err(trouble) if trouble.status() == Some(404) => return Ok(false),
            // Somebody else is at it.
            Err(trouble) if trouble.status() == Some(409) => {
                return until(engine, container, "removed").await.map(|()| true);
            }
            // It ended under the engine's hands, which some engines take for a failure; or they still write into its folder,
            // and then cannot remove that.
            Err(trouble) if trouble.status() == Some(500) && left > 0 => {
                until(engine, container, "not-running").await?;
                tokio::time::sleep(STUMBLE).await;
            }
            Err(trouble) => return Err(engine.fault("removing a container", trouble)),
        }
    }
}

/// Waits until that can be said of a container, or until it is not there.
async fn until(engine: &Engine, container: &str, condition: &str) -> Result<(), Fault> {
    let options = WaitContainerOptionsBuilder::new().condition(condition).build();
    let mut waited = engine.docker.wait_container(container, Some(options)).boxed();
    let last = call(LONG_PATIENCE, async {
        match waited.next().await {
            // The status of a container that failed comes as an error of its own kind, and is none here.
            None | Some(Ok(_) | Err(bollard::errors::Error::DockerContainerWaitError { .. })) => Ok(()),
            Some(Err(error)) => Err(error),
        }
    });
    match last.await {
        Err(trouble) if trouble.status() != Some(404) => Err(engine.fault("waiting for a container to go", trouble)),
        _ => Ok(()),
    }
}

/// Removes it in the background, asking again while the engine fails.
pub(super) fn remove_behind(runtime: &Handle, engine: Arc<Engine>, container: String) {
    runtime.spawn(async move { remove_at_last(&engine, &container, 0).await });
}

/// The same for one that may still be about to be made: that it is not there is believed only after a while.
pub(super) fn remove_when_there(runtime: &Handle, engine: Arc<Engine>, container: String) {
    runtime.spawn(async move { remove_at_last(&engine, &container, 5).await });
}

/// Asks until it is removed, or was not there more than `absent` times.
async fn remove_at_last(engine: &Engine, container: &str, mut absent: u32) {
    let mut pause = PAUSES.0;
    for _ in 0..TIMES {
        match remove(engine, container).await {
            Ok(false) if absent > 0 => absent -= 1,
            Ok(_) => return,
            Err(fault) => tracing::debug!(container, %fault, "a container is still to be removed"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
    tracing::warn!(container, "a container could not be removed; it will be when the server starts again");
}

/// Removes every container with the mark of `node` that is no sandbox to keep.
pub(super) async fn clear(engine: &Engine, node: &str, keep: Keep<'_>) -> Result<usize, Fault> {
    let listed = engine.list().await.map_err(|trouble| engine.fault("listing containers", trouble))?;
    let left: Vec<String> = listed
        .into_iter()
        .filter_map(|container| {
            let labels = container.labels?;
            let ours = labels.get(NODE)? == node;
            let kept = labels.get(SANDBOX)?.parse().is_ok_and(|id: Uuid| keep(id));
            (ours && !kept).then_some(container.id)
        })
        .collect();
    let mut removals =
        stream::iter(left).map(|container| async move { remove(engine, &container).await }).buffer_unordered(AT_A_TIME);
    let (mut count, mut failed) = (0, None);
    while let Some(removed) = removals.next().await {
        match removed {
            // Engines list some that are not there any more.
            Ok(was_there) => count += usize::from(was_there),
            // One that does not go must not keep the others.
            Err(fault) => failed = Some(fault),
        }
    }
    failed.map_or(Ok(count), Err)
}
