//! Sandboxes by Linux namespaces, with bubblewrap and this machine's own tools read-only.

mod arguments;
mod cgroups;
mod hold;
mod places;
mod processes;
mod settings;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::sandbox::RoomKind;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use nix::unistd::Uid;
use room::enter::{Enter, LEAVE};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::task::spawn_blocking;

pub use cgroups::Groups;

use crate::Fault;
use crate::rooms::users::{OF_NAMESPACES, User, Users};
use crate::rooms::{Bounds, Keep, Opened, Order, Room};
use hold::Held;

/// Makes sandboxes by Linux namespaces.
#[derive(Debug)]
pub struct NamespaceRoom(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What sandboxes find as `/etc`, with the program in it.
    etc: PathBuf,
    bubblewrap: PathBuf,
    groups: Groups,
    /// Where the server is root.
    users: Option<Users>,
}

impl NamespaceRoom {
    /// Gets ready to make sandboxes: puts the program for their inside into `folder` and uses this bubblewrap. Touches
    /// files, so call it before anything is served, or from where blocking does no harm.
    ///
    /// # Errors
    /// When the program cannot be written or read.
    pub fn new(folder: &Path, bubblewrap: PathBuf, groups: Groups) -> Result<Self, Fault> {
        let etc = settings::prepare(folder).map_err(|error| {
            Fault::infrastructure(format!("its program could not be put into {}.", folder.display()), error)
        })?;
        let users = Uid::effective().is_root().then(|| Users::new(OF_NAMESPACES));
        Ok(Self(Arc::new(Inner { etc, bubblewrap, groups, users })))
    }

    /// What the kernel limits for all processes of a sandbox together.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.0.groups
    }
}

impl Inner {
    async fn make(&self, order: &Order) -> Result<Opened, Fault> {
        let arguments = arguments::arguments(order, &self.etc)?;
        let user = match &self.users {
            None => None,
            Some(users) => Some(users.take().ok_or_else(|| Fault::Refused("Too many sandboxes are open.".into()))?),
        };
        let name = processes::group_name(&order.node, order.id);
        let folders = self.groups.group(&name).folders();
        let mark = processes::mark(&order.node, order.id);
        let enter = Enter {
            mark: mark.clone(),
            groups: folders.iter().map(|folder| folder.to_string_lossy().into_owned()).collect(),
            user: user.as_ref().map(User::id),
            program: self.bubblewrap.to_string_lossy().into_owned(),
            arguments,
        };
        let enter = serde_json::to_string(&enter)
            .map_err(|error| Fault::infrastructure("its order cannot be written.", error))?;
        let mut command = Command::new(self.etc.join(settings::PROGRAM));
        command.arg0(mark).args(["enter", &enter]).env_clear().current_dir("/");
        // Its program gets going while they are made, and waits for that.
        let (groups, profile) = (self.groups.clone(), order.profile);
        let making = async { spawn_blocking(move || groups.make(&name, &profile)).await };
        let (child, made) = tokio::join!(processes::start(command), making);
        let group = made.map_err(std::io::Error::other).flatten();
        let group = group.map_err(|error| Fault::infrastructure("its control groups could not be made.", error))?;
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                group.end().await.ok();
                return Err(Fault::infrastructure("its program could not be started.", error));
            }
        };
        let (mut input, output) = (child.stdin.take(), child.stdout.take());
        if let Some(input) = &mut input {
            // One that takes nothing has ended, and is about to tell why.
            input.write_all(&LEAVE).await.ok();
        }
        let bounds =
            Bounds { mounts: true, memory: !self.groups.limit_memory(), processors: !self.groups.limit_processors() };
        // From here on dropping ends it.
        let held = Held::new(child, group, user, bounds);
        let (Some(input), Some(output)) = (input, output) else {
            return Err(Fault::infrastructure("it has no streams.", "none were made"));
        };
        Ok(Opened { input: Box::new(input), output: Box::new(output), hold: Box::new(held) })
    }

    async fn clear_away(&self, node: &str, keep: Keep<'_>) -> Result<usize, Fault> {
        let (groups, own) = (self.groups.clone(), node.to_owned());
        let found = spawn_blocking(move || (processes::marked(&own), groups.names()));
        let (marked, names) =
            found.await.map_err(|error| Fault::infrastructure("what was left behind could not be found.", error))?;
        let mut ids = HashSet::new();
        // What went by itself meanwhile was not left behind.
        for (pid, id) in marked.into_iter().filter(|(_, id)| !keep(*id)) {
            if processes::kill_marked(pid, node, id) {
                ids.insert(id);
            }
        }
        for name in names {
            let group = self.groups.group(&name);
            let id = processes::id_of_group(&name, node).filter(|id| !keep(*id) && group.is_there());
            let Some(id) = id else { continue };
            let ended = group.end().await;
            ended.map_err(|error| Fault::infrastructure("something that was left behind stays.", error))?;
            ids.insert(id);
        }
        Ok(ids.len())
    }
}

impl Room for NamespaceRoom {
    fn kind(&self) -> RoomKind {
        RoomKind::Namespace
    }

    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>> {
        let (inner, order) = (self.0.clone(), order.clone());
        async move {
            // To its end, also when nobody waits for it any more: what was made then is dropped, and ends by that.
            let making = tokio::spawn(async move { inner.make(&order).await });
            making.await.map_err(|error| Fault::infrastructure("it could not be made.", error)).flatten()
        }
        .boxed()
    }

    fn clear<'a>(&'a self, node: &'a str, keep: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>> {
        self.0.clear_away(node, keep).boxed()
    }
}
