//! Sandboxes that are containers of an engine with Docker's interface: Docker itself, or Podman.

mod address;
mod engine;
mod first;
mod hold;
mod hosts;
mod images;
mod memory;
mod remove;
mod specification;
mod streams;
mod wire;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use bollard::models::ContainerCreateResponse;
use bollard::query_parameters::{AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, StartContainerOptions};
use domain::sandbox::RoomKind;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OnceCell, oneshot};

pub use address::Address;
pub use engine::Engine;
pub use images::{From, Images, Made, Progress};

pub(crate) use engine::is_podman;

use crate::Fault;
use crate::rooms::users::{OF_CONTAINERS, User, Users};
use crate::rooms::{Image, Keep, Opened, Order, Room};
use engine::{LONG_PATIENCE, PATIENCE, Trouble, call};
use first::First;
use hold::Container;
use hosts::Hosts;
use memory::Watch;
use remove::{clear, remove_behind, remove_when_there};
use specification::{container, container_name};
use streams::{Complaint, Input, Output};

/// Makes sandboxes by an engine.
#[derive(Debug)]
pub struct DockerRoom(Arc<Workings>);

#[derive(Debug)]
struct Workings {
    engine: Arc<Engine>,
    images: Images,
    runtime: Handle,
    users: Users,
    hosts: Hosts,
    /// One at a time makes the image of helpers, when it is missing.
    making: Mutex<()>,
}

impl DockerRoom {
    /// Sandboxes by `engine`, from `images`, with a `folder` of its own for what they are shown. To be called on the
    /// runtime whose tasks are to tidy up.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(engine: Engine, images: Images, folder: &Path) -> Result<Self, Fault> {
        let engine = Arc::new(engine);
        let hosts = Hosts::prepare(&engine, folder)
            .map_err(|error| Fault::infrastructure("what sandboxes are shown could not be written.", error))?;
        Ok(Self(Arc::new(Workings {
            engine,
            images,
            runtime: Handle::current(),
            users: Users::new(OF_CONTAINERS),
            hosts,
            making: Mutex::default(),
        })))
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The images.
    #[must_use]
    pub fn images(&self) -> &Images {
        &self.0.images
    }
}

impl Room for DockerRoom {
    fn kind(&self) -> RoomKind {
        RoomKind::Docker
    }

    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>> {
        let (workings, order) = (Arc::clone(&self.0), order.clone());
        async move {
            let (give, take) = oneshot::channel();
            // A request on its way cannot be called back. So this goes on to its end, even when nobody waits for it any
            // more; what nobody takes is then dropped, which removes it.
            let runtime = workings.runtime.clone();
            runtime.spawn(async move { give.send(workings.open(&order).await).map_err(drop) });
            take.await.map_err(|error| Fault::infrastructure("the server is ending.", error))?
        }
        .boxed()
    }

    fn clear<'a>(&'a self, node: &'a str, keep: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>> {
        clear(&self.0.engine, node, keep).boxed()
    }
}

impl Workings {
    async fn open(&self, order: &Order) -> Result<Opened, Fault> {
        if order.proxy.is_some() && !self.engine.address().is_local() {
            return Err(Fault::Refused(format!(
                "The network “registries” goes through a proxy on this machine, which containers of the engine at {} \
                 cannot reach. Use an engine at a socket of this machine, or another network.",
                self.engine.address()
            )));
        }
        if let Some(folder) = &order.proxy
            && !tokio::fs::metadata(folder).await.is_ok_and(|found| found.is_dir())
        {
            // Some engines would make one there.
            return Err(Fault::infrastructure("its proxy is not there.", format!("no folder {}", folder.display())));
        }
        let user = self.users.take().ok_or_else(|| Fault::Refused("Too many sandboxes are open.".into()))?;
        let made = self.create(order, user.id()).await?;
        let opened = self.start(&made, user).await;
        if opened.is_err() {
            remove_behind(&self.runtime, Arc::clone(&self.engine), made.id);
        }
        opened
    }

    async fn create(&self, order: &Order, user: u32) -> Result<ContainerCreateResponse, Fault> {
        let name = container_name(order);
        let image = self.images.name(order.image);
        let create = |hosts| {
            let options = CreateContainerOptionsBuilder::new().name(&name).build();
            let container = container(order, &image, user, self.engine.is_podman(), hosts);
            call(LONG_PATIENCE, self.engine.docker.create_container(Some(options), container))
        };
        let failed =
            |made: &Result<_, Trouble>, status| made.as_ref().is_err_and(|trouble| trouble.status() == Some(status));
        let hosts = self.hosts.of(order.profile.network);
        let mut made = create(hosts).await;
        if order.image == Image::Helper && failed(&made, 404) {
            self.make_helper().await?;
            made = create(hosts).await;
        }
        if hosts.is_some() && failed(&made, 400) {
            made = create(None).await;
            if made.is_ok() {
                self.hosts.are_unseen();
            }
        }
        match made {
            Ok(made) => {
                let Some(without) = made.warnings.iter().find(|warning| warning.contains("discarded")) else {
                    return Ok(made);
                };
                let why = format!("The engine would not limit what guests may have: {without}");
                remove_behind(&self.runtime, Arc::clone(&self.engine), made.id);
                Err(Fault::Refused(why))
            }
            Err(trouble) if trouble.status() == Some(404) => Err(Fault::NoImage { image: order.image.name() }),
            Err(trouble) => {
                if trouble.status().is_none() {
                    // It may have been made, or may still be.
                    remove_when_there(&self.runtime, Arc::clone(&self.engine), name);
                }
                Err(self.engine.fault("making a container", trouble))
            }
        }
    }

    /// The image of helpers can always be made at once: nothing is in it that is not here.
    async fn make_helper(&self) -> Result<(), Fault> {
        let _making = self.making.lock().await;
        if !self.images.has(&self.engine, Image::Helper).await? {
            self.images.build(&self.engine, Image::Helper, &From::Scratch, drop).await?;
        }
        Ok(())
    }

    async fn start(&self, made: &ContainerCreateResponse, user: User) -> Result<Opened, Fault> {
        let (docker, id) = (&self.engine.docker, made.id.as_str());
        let memory = (!self.engine.address().is_local()).then(|| Watch::listen(&self.engine, id));
        // Before it starts, so that not a byte is missed.
        let options = AttachContainerOptionsBuilder::new().stream(true).stdin(true).stdout(true).stderr(true).build();
        let attached = call(PATIENCE, docker.attach_container(id, Some(options)))
            .await
            .map_err(|trouble| self.engine.fault("attaching to a container", trouble))?;
        call(LONG_PATIENCE, docker.start_container(id, None::<StartContainerOptions>))
            .await
            .map_err(|trouble| self.engine.fault("starting a container", trouble))?;
        let state =
            self.engine.inspect(id).await.map_err(|trouble| self.engine.fault("looking at a container", trouble))?;
        let first = if self.engine.address().is_local() { First::of(id, state.pid) } else { None };
        let counted = first.as_ref().and_then(|(_, groups)| Watch::count(id, groups));
        let complaint = Complaint::default();
        Ok(Opened {
            input: Box::new(Input::new(attached.input, self.runtime.clone())),
            output: Box::new(Output::new(attached.output, complaint.clone())),
            hold: Box::new(Container {
                engine: Arc::clone(&self.engine),
                id: made.id.clone(),
                first: first.map(|(first, _)| first),
                memory: counted.or(memory).unwrap_or_else(|| Watch::listen(&self.engine, id)),
                complaint,
                runtime: self.runtime.clone(),
                over: OnceCell::new(),
                killed: false.into(),
                gone: false.into(),
                _user: user,
            }),
        })
    }
}
