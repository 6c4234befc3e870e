//! Images from a base that somebody names: its files as they are, without what it would run, keep or check.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, CreateImageInfo, HostConfig};
use bollard::query_parameters::{CreateContainerOptionsBuilder, CreateImageOptionsBuilder};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::import::Import;
use super::{Progress, STRIDE, find, tree};
use crate::Fault;
use crate::rooms::docker::engine::{Engine, LONG_PATIENCE, call};
use crate::rooms::docker::remove::remove;

/// How long a registry may say nothing.
const SILENCE: Duration = Duration::from_secs(120);

pub(super) async fn build(
    import: Import<'_>,
    base: &str,
    program: Bytes,
    progress: &mut (impl FnMut(Progress) + Send),
) -> Result<(), Fault> {
    let base = tagged(base)?;
    if find(import.engine, &base).await?.is_none() {
        pull(import.engine, &base, progress).await?;
    }
    // A container that is never started shows the files of all layers as one.
    let name = format!("build-{}", import.name.replace(['/', ':'], "-"));
    remove(import.engine, &name).await?;
    let built = copy(&import, &base, &name, program, progress).await;
    remove(import.engine, &name).await?;
    built
}

async fn copy(
    import: &Import<'_>,
    base: &str,
    name: &str,
    program: Bytes,
    progress: &mut (impl FnMut(Progress) + Send),
) -> Result<(), Fault> {
    let body = ContainerCreateBody {
        image: Some(base.into()),
        entrypoint: Some(vec!["/nothing".into()]),
        host_config: Some(HostConfig { network_mode: Some("none".into()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::new().name(name).build();
    call(LONG_PATIENCE, import.engine.docker.create_container(Some(options), body))
        .await
        .map_err(|trouble| import.engine.fault("looking into the base", trouble))?;
    let files = import.engine.docker.export_container(name).map_err(io::Error::other).boxed();
    let files = SyncIoBridge::new(StreamReader::new(files));
    let fill = move |tree: &mut tree::Tree| {
        tree.copy(files, tree::as_it_is)?;
        tree.finish(&program)
    };
    import.run((2, 2), progress, fill).await
}

/// Pulls an image and tells how many bytes of all its layers are there.
async fn pull(engine: &Engine, base: &str, progress: &mut (impl FnMut(Progress) + Send)) -> Result<(), Fault> {
    let mut told = |bytes| progress(Progress { step: 1, total: 2, text: format!("Pulling {base}"), bytes });
    let options = CreateImageOptionsBuilder::new().from_image(base).build();
    let mut said = engine.docker.create_image(Some(options), None, None).boxed();
    let mut layers = Layers::default();
    told(None);
    let failed = |trouble: &dyn std::fmt::Display| {
        Fault::Refused(format!(
            "The engine could not pull {base} ({trouble}). Name a base that it has or can reach, or make the image of \
             Debian's packages: tatwats sandbox build --from-debian"
        ))
    };
    loop {
        match call(SILENCE, said.try_next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(info)) => {
                if let Some(bytes) = layers.take(&info) {
                    told(Some(bytes));
                }
            }
            Err(trouble) => return Err(failed(&trouble)),
        }
    }
}

/// How far each layer is.
#[derive(Default)]
struct Layers {
    layers: HashMap<String, (u64, u64)>,
    last: u64,
}

impl Layers {
    /// Takes in what the engine says; tells the sums when they have grown enough to be told.
    fn take(&mut self, info: &CreateImageInfo) -> Option<(u64, Option<u64>)> {
        // It also counts what it unpacks, a second time.
        let (Some(id), Some("Downloading")) = (&info.id, info.status.as_deref()) else { return None };
        let detail = info.progress_detail.as_ref()?;
        let number = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        let total = number(detail.total).unwrap_or_default();
        self.layers.insert(id.clone(), (number(detail.current)?, total));
        let (done, all) = self.layers.values().fold((0, 0), |(done, all), layer| (done + layer.0, all + layer.1));
        if done < self.last + STRIDE {
            return None;
        }
        self.last = done;
        Some((done, (all >= done).then_some(all)))
    }
}

/// The name with a tag, because without one an engine would pull all there are.
fn tagged(base: &str) -> Result<String, Fault> {
    let last = base.rsplit('/').next().unwrap_or(base);
    let known = |c: char| c.is_ascii_alphanumeric() || "./_-:@".contains(c);
    if base.is_empty() || !base.starts_with(|c: char| c.is_ascii_alphanumeric()) || !base.chars().all(known) {
        return Err(Fault::Refused(format!("“{base}” is no name of an image. Write one like node:22-bookworm-slim.")));
    }
    Ok(if last.contains([':', '@']) { base.to_owned() } else { format!("{base}:latest") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::ProgressDetail;

    #[test]
    fn a_name_gets_a_tag_or_is_refused() {
        for (base, expected) in [
            ("node", "node:latest"),
            ("node:22-bookworm-slim", "node:22-bookworm-slim"),
            ("registry.example:5000/team/node", "registry.example:5000/team/node:latest"),
            ("node@sha256:0123", "node@sha256:0123"),
        ] {
            assert_eq!(tagged(base).unwrap(), expected);
        }
        for base in ["", "-x", "node 22", "node?x", "/etc"] {
            assert!(tagged(base).is_err(), "{base}");
        }
    }

    #[test]
    fn the_bytes_of_all_layers_are_added_up() {
        let say = |id: &str, status: &str, current: i64, total: i64| CreateImageInfo {
            id: Some(id.into()),
            status: Some(status.into()),
            progress_detail: Some(ProgressDetail { current: Some(current), total: Some(total) }),
            ..CreateImageInfo::default()
        };
        let mut layers = Layers::default();
        assert_eq!(layers.take(&say("a", "Downloading", 1 << 20, 4 << 20)), Some((1 << 20, Some(4 << 20))));
        assert_eq!(layers.take(&say("b", "Downloading", 1, 1 << 20)), None);
        assert_eq!(layers.take(&say("b", "Extracting", 1 << 20, 1 << 20)), None);
        assert_eq!(layers.take(&say("b", "Downloading", 1 << 20, 1 << 20)), Some((2 << 20, Some(5 << 20))));
    }
}
