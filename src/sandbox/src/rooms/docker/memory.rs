//! Whether memory ran out in a container that lives on: asked of the kernel where the engine is on this machine, and of
//! the engine's events where not.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::engine::Engine;

/// How long the engine may take to tell of what has just happened.
const LAG: Duration = Duration::from_millis(300);

/// How long the engine may take to tell why a container has ended.
const LATE: Duration = Duration::from_secs(1);

/// Watches one container.
#[derive(Debug)]
pub(super) enum Watch {
    /// The kernel's own count for the container's control group.
    Count(PathBuf),
    /// What the engine tells as it happens.
    Told { told: watch::Receiver<bool>, listening: AbortHandle },
}

impl Watch {
    /// The kernel's count for the container `id`, by what `/proc` says of the control groups of its first process; none
    /// when this server does not see it.
    pub(super) fn count(id: &str, groups: &str) -> Option<Self> {
        let file = file(groups, id, Path::new("/sys/fs/cgroup"))?;
        ran_out(&std::fs::read_to_string(&file).ok()?)?;
        Some(Self::Count(file))
    }

    /// Listens to what the engine tells of the container `id`.
    pub(super) fn listen(engine: &Engine, id: &str) -> Self {
        let mut events = told_of(engine, id, EventsOptionsBuilder::new());
        let (tell, told) = watch::channel(false);
        let listening = tokio::spawn(async move {
            // A stream that ends or breaks tells nothing more.
            if let Some(Ok(_)) = events.next().await {
                tell.send_replace(true);
            }
        });
        Self::Told { told, listening: listening.abort_handle() }
    }

    /// Whether memory ran out so far.
    pub(super) async fn ran_out(&self) -> bool {
        match self {
            Self::Count(file) => {
                tokio::fs::read_to_string(file).await.is_ok_and(|text| ran_out(&text).unwrap_or_default())
            }
            Self::Told { told, .. } => {
                let mut told = told.clone();
                timeout(LAG, told.wait_for(|told| *told).map(|told| told.is_ok())).await.unwrap_or_default()
            }
        }
    }
}

/// Whether the engine told, or tells yet, that memory ran out in the container `id`, which has ended.
pub(super) async fn was_told(engine: &Engine, id: &str) -> bool {
    let mut events = told_of(engine, id, EventsOptionsBuilder::new().since("1"));
    timeout(LATE, events.next()).await.is_ok_and(|event| matches!(event, Some(Ok(_))))
}

/// What the engine tells of memory that ran out in the container `id`.
fn told_of(
    engine: &Engine,
    id: &str,
    options: EventsOptionsBuilder,
) -> BoxStream<'static, Result<EventMessage, Error>> {
    let filters = HashMap::from([("type", vec!["container"]), ("event", vec!["oom"]), ("container", vec![id])]);
    engine.docker.events(Some(options.filters(&filters).build())).boxed()
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Self::Told { listening, .. } = self {
            listening.abort();
        }
    }
}

/// The file that counts for the container `id`, by what `/proc/…/cgroup` says of its first process.
fn file(groups: &str, id: &str, mounted: &Path) -> Option<PathBuf> {
    let mut unified = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        // Another process has that number where the server does not see the engine's processes.
        if !path.contains(id) || path.contains("..") {
            continue;
        }
        let path = path.trim_start_matches('/');
        if controllers.split(',').any(|controller| controller == "memory") {
            return Some(mounted.join("memory").join(path).join("memory.oom_control"));
        }
        if controllers.is_empty() {
            unified = Some(mounted.join(path).join("memory.events"));
        }
    }
    unified
}

/// Whether the kernel ended something for want of memory, by the text of such a file; none when it does not say.
fn ran_out(text: &str) -> Option<bool> {
    let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "))?;
    Some(count.trim().parse::<u64>().ok()? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_both_versions_of_control_groups() {
        let mounted = Path::new("/cg");
        let first = "12:pids:/docker/abc\n7:cpu,memory:/docker/abc\n0::/docker/abc\n";
        assert_eq!(file(first, "abc", mounted).unwrap(), Path::new("/cg/memory/docker/abc/memory.oom_control"));
        let second = "0::/system.slice/docker-abc.scope\n";
        assert_eq!(file(second, "abc", mounted).unwrap(), Path::new("/cg/system.slice/docker-abc.scope/memory.events"));
        assert_eq!(file("0::/user.slice/other\n", "abc", mounted), None);
        assert_eq!(file("0::/../docker/abc\n", "abc", mounted), None);
    }

    #[test]
    fn the_kernels_texts_are_understood() {
        assert_eq!(ran_out("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"), Some(true));
        assert_eq!(ran_out("low 0\nhigh 0\nmax 12\noom 3\noom_kill 0\noom_group_kill 0\n"), Some(false));
        assert_eq!(ran_out("oom_kill_disable 0\nunder_oom 0\n"), None);
    }
}
