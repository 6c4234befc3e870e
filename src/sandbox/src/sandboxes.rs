//! The server's sandboxes: the room that was chosen, and what everyone asks of it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::sandbox::{Limits, Network, Preset, RoomKind};
use futures_util::FutureExt as _;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::proxy::{Asked, Proxy, Registries, Upstream};
use crate::rooms::docker::{DockerRoom, Images};
use crate::rooms::namespace::{Groups, NamespaceRoom};
use crate::rooms::{Order, Room};
use crate::{Fault, Pool, Preflight, Sandbox, Wanted, archive};

/// Most hosts that are remembered of one sandbox.
const MOST_HOSTS: usize = 1000;
/// Where programs are looked for inside, after the folders with tools.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Which room was chosen, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Its kind; none when there is no room: then nothing is run.
    pub room: Option<RoomKind>,
    /// Why it was chosen, or why there is none: a sentence.
    pub why: String,
    /// How to mend it when there is none: a sentence.
    pub fix: String,
    /// What is known to be wrong with it, a sentence or two each.
    pub warnings: Vec<String>,
}

/// What holds for all sandboxes of a server.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The stable name of the server, by which its leftovers are found.
    pub node: String,
    /// Folders of the host with tools that are shown inside, besides the system's own.
    pub tools: Vec<PathBuf>,
    /// The limits that the settings put in place of the presets' own.
    pub limits: BTreeMap<Preset, Limits>,
    /// A folder of the server's own, for the program inside and the ways to package registries. Its path must be short.
    pub folder: PathBuf,
    /// Where the network `registries` leads besides to the package registries that this machine's own tools use.
    pub registries: Vec<String>,
    /// How those are reached from this machine.
    pub upstream: Upstream,
    /// How many to keep warm, of which sort.
    pub warm: Vec<(Wanted, usize)>,
}

/// The server's sandboxes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sandboxes {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    status: Status,
    limits: BTreeMap<Preset, Limits>,
    maker: Option<Arc<Maker>>,
    pool: Option<Pool>,
}

/// Makes them, and knows which are open.
struct Maker {
    room: Arc<dyn Room>,
    new_id: Box<dyn Fn() -> Uuid + Send + Sync>,
    node: String,
    tools: Vec<PathBuf>,
    folder: PathBuf,
    places: Vec<String>,
    registries: OnceCell<Registries>,
    upstream: Upstream,
    open: Open,
}

/// The sandboxes that are open.
type Open = Arc<Mutex<HashMap<Uuid, About>>>;

/// What is known of an open sandbox.
#[derive(Default)]
struct About {
    environment: Vec<(String, String)>,
    hosts: Arc<Mutex<Vec<Asked>>>,
}

/// Knows a sandbox as open for as long as it is there.
struct Known {
    id: Uuid,
    open: Open,
    /// The folder of its proxy, which is removed.
    folder: Option<PathBuf>,
}

impl fmt::Debug for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maker").field("room", &self.room).finish_non_exhaustive()
    }
}

impl Sandboxes {
    /// Sandboxes in this room, each with an id by `new_id`. With warm ones it needs tokio's runtime.
    #[must_use]
    pub fn new(
        room: Arc<dyn Room>,
        why: impl Into<String>,
        options: Options,
        new_id: impl Fn() -> Uuid + Send + Sync + 'static,
    ) -> Self {
        let Options { node, tools, limits, folder, registries, upstream, warm } = options;
        let status = Status { room: Some(room.kind()), why: why.into(), ..Status::default() };
        let maker = Arc::new(Maker {
            room,
            new_id: Box::new(new_id),
            node,
            tools,
            folder,
            places: registries,
            registries: OnceCell::new(),
            upstream,
            open: Open::default(),
        });
        let pool = (!warm.is_empty()).then(|| {
            let maker = maker.clone();
            let open = move |wanted| {
                let maker = maker.clone();
                async move { maker.make("warm", &wanted).await }.boxed()
            };
            Pool::new(Arc::new(open), warm)
        });
        Self { inner: Arc::new(Inner { status, limits, maker: Some(maker), pool }) }
    }

    /// Sandboxes in the room that was chosen, or none. To be called on tokio's runtime.
    ///
    /// # Errors
    /// When the room cannot be got ready.
    pub fn chosen(
        found: &Preflight,
        groups: Groups,
        options: Options,
        new_id: impl Fn() -> Uuid + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        let room: Arc<dyn Room> = match (found.chosen, &found.docker, &found.namespace) {
            (Some(RoomKind::Docker), Ok(facts), _) => {
                Arc::new(DockerRoom::new(facts.engine.clone(), Images::ours(), &options.folder)?)
            }
            (Some(RoomKind::Namespace), _, Ok(facts)) => {
                Arc::new(NamespaceRoom::new(&options.folder, facts.bubblewrap.clone(), groups)?)
            }
            _ => return Ok(Self::none(&found.why, found.fix.as_deref().unwrap_or_default())),
        };
        let mut made = Self::new(room, &found.why, options, new_id);
        if let Some(inner) = Arc::get_mut(&mut made.inner) {
            inner.status.warnings.clone_from(&found.warnings);
        }
        Ok(made)
    }

    /// No sandboxes, for this reason, and how to mend it: a sentence each.
    #[must_use]
    pub fn none(why: impl Into<String>, fix: impl Into<String>) -> Self {
        let status = Status { why: why.into(), fix: fix.into(), ..Status::default() };
        Self { inner: Arc::new(Inner { status, limits: BTreeMap::new(), maker: None, pool: None }) }
    }

    /// Which room was chosen, and why.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.inner.status
    }

    /// The limits that the settings put in place of the preset's own.
    #[must_use]
    pub fn limits(&self, preset: Preset) -> Limits {
        self.inner.limits.get(&preset).copied().unwrap_or_default()
    }

    /// Opens a sandbox, or hands out a warm one. `purpose` says in a word or two what it is for, to the engine's own
    /// tools.
    ///
    /// # Errors
    /// [`Fault::NoRoom`] where there is none; what the room says.
    pub async fn open(&self, purpose: &str, wanted: &Wanted) -> Result<Sandbox, Fault> {
        let maker = self.maker()?;
        match self.inner.pool.as_ref().and_then(|pool| pool.take_warm(wanted)) {
            Some(warm) => Ok(warm),
            None => maker.make(purpose, wanted).await,
        }
    }

    /// What every command of a sandbox that is open finds in its environment: where programs, its home and the way to
    /// package registries are.
    #[must_use]
    pub fn environment(&self, sandbox: &Sandbox) -> Vec<(String, String)> {
        self.about(sandbox, |about| about.environment.clone()).unwrap_or_default()
    }

    /// What a sandbox that is open has asked of its way to package registries so far, at most the first thousand.
    #[must_use]
    pub fn hosts(&self, sandbox: &Sandbox) -> Vec<Asked> {
        self.about(sandbox, |about| lock(&about.hosts).clone()).unwrap_or_default()
    }

    fn about<T>(&self, sandbox: &Sandbox, read: impl FnOnce(&About) -> T) -> Option<T> {
        lock(&self.inner.maker.as_ref()?.open).get(&sandbox.id()).map(read)
    }

    /// Ends and removes what an earlier run of this server left behind, and nothing that is open now. Tells how many
    /// there were.
    ///
    /// # Errors
    /// What the room says.
    pub async fn clear(&self) -> Result<usize, Fault> {
        let Some(maker) = &self.inner.maker else { return Ok(0) };
        maker.room.clear(&maker.node, &|id| lock(&maker.open).contains_key(&id)).await
    }

    /// How many wait warm.
    #[must_use]
    pub fn warm(&self) -> usize {
        self.inner.pool.as_ref().map_or(0, |pool| pool.warm().iter().map(|(_, number)| number).sum())
    }

    /// Ends the warm ones and makes no more of them.
    pub async fn close(&self) {
        if let Some(pool) = &self.inner.pool {
            pool.close().await;
        }
    }

    fn maker(&self) -> Result<&Arc<Maker>, Fault> {
        let Status { why, fix, .. } = &self.inner.status;
        self.inner.maker.as_ref().ok_or_else(|| Fault::NoRoom { why: why.clone(), fix: fix.clone() })
    }
}

impl Maker {
    async fn make(&self, purpose: &str, wanted: &Wanted) -> Result<Sandbox, Fault> {
        let id = (self.new_id)();
        let tools: Vec<PathBuf> = self.tools.iter().chain(&wanted.tools).cloned().collect();
        let folder = (wanted.profile.network == Network::Registries).then(|| self.folder.join(id.simple().to_string()));
        // Before it is made, so that clearing away never meets one that it does not know.
        let known = Known { id, open: self.open.clone(), folder: folder.clone() };
        let mut about = About { environment: environment(&tools), ..About::default() };
        let proxy = match &folder {
            None => None,
            Some(folder) => Some(self.lay_way(folder, &mut about).await?),
        };
        lock(&self.open).insert(id, about);
        let order = Order {
            id,
            node: self.node.clone(),
            purpose: purpose.to_owned(),
            profile: wanted.profile,
            image: wanted.image,
            proxy: folder,
            tools,
        };
        let sandbox = Sandbox::open(self.room.clone(), order).await?.keeping(known);
        let Some(proxy) = proxy else { return Ok(sandbox) };
        let home = proxy.home();
        if !home.is_empty() {
            let files = archive::files(home.iter().map(|(path, text)| (*path, text.as_bytes())))?;
            sandbox.put(room::HOME, &*files).await?;
        }
        Ok(sandbox.keeping(proxy))
    }

    /// The package registries. Found out when they are first asked for: npm and pip take their time to tell.
    async fn registries(&self) -> Result<&Registries, Fault> {
        self.registries.get_or_try_init(|| Registries::of_this_machine(&self.places)).await
    }

    /// Makes a way to package registries, and writes down what is asked for there.
    async fn lay_way(&self, folder: &Path, about: &mut About) -> Result<Proxy, Fault> {
        let hosts = about.hosts.clone();
        let on_host = move |asked: Asked| {
            tracing::info!(host = asked.host, port = asked.port, allowed = asked.allowed, "a sandbox asked for a host");
            let mut hosts = lock(&hosts);
            if hosts.len() < MOST_HOSTS {
                hosts.push(asked);
            }
        };
        let proxy = Proxy::start(folder, self.registries().await?.clone(), self.upstream.clone(), on_host).await?;
        about.environment.extend(proxy.environment());
        Ok(proxy)
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.id);
        if let Some(folder) = self.folder.take() {
            // Nobody inside can write there. What stays is a socket that nobody listens at.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every command finds in its environment.
fn environment(tools: &[PathBuf]) -> Vec<(String, String)> {
    let folders = tools.iter().map(|folder| bin(folder).to_string_lossy().into_owned());
    let path = folders.chain([PATH.to_owned()]).collect::<Vec<_>>().join(":");
    let variables = [("PATH", path.as_str()), ("HOME", room::HOME), ("LANG", "C.UTF-8"), ("TERM", "dumb")];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// Where the programs of a folder with tools are.
fn bin(folder: &Path) -> PathBuf {
    let bin = folder.join("bin");
    if bin.is_dir() { bin } else { folder.into() }
}
