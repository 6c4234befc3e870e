//! The ways to start a command: ours, warm and cold, in both rooms, and what people would use instead.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::sandbox::Preset;
use sandbox::rooms::docker::{Address, DockerRoom, Engine, From, Images};
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::rooms::{Image, Room};
use sandbox::{Options, Sandboxes, Spawn, Wanted};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A way to start a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// `bwrap` with namespaces of its own, and nothing else.
    Bwrap,
    /// A new sandbox by namespaces.
    NamespaceCold,
    /// A sandbox by namespaces that waited.
    NamespaceWarm,
    /// `docker run` with nothing but no network.
    DockerRun,
    /// A new container.
    DockerCold,
    /// A container that waited.
    DockerWarm,
}

impl Way {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bwrap => "plain bwrap",
            Self::NamespaceCold => "namespace, cold",
            Self::NamespaceWarm => "namespace, warm",
            Self::DockerRun => "plain docker run",
            Self::DockerCold => "docker, cold",
            Self::DockerWarm => "docker, warm",
        }
    }

    /// What it is held against, and how much of that it may take.
    pub(crate) const fn peer(self) -> Option<(Self, f64)> {
        match self {
            Self::NamespaceCold => Some((Self::Bwrap, 1.5)),
            Self::NamespaceWarm | Self::DockerWarm => Some((Self::DockerRun, 0.1)),
            _ => None,
        }
    }
}

/// What the ways need.
pub(crate) struct Ways {
    folder: tempfile::TempDir,
    program: PathBuf,
    bubblewrap: PathBuf,
    namespace: Sandboxes,
    docker: Option<Docker>,
}

struct Docker {
    sandboxes: Sandboxes,
    image: String,
    address: String,
}

fn wanted() -> Wanted {
    Wanted { preset: Preset::Run, profile: Preset::Run.profile(), image: Image::Helper, tools: Vec::new() }
}

fn sandboxes(room: Arc<dyn Room>, folder: PathBuf) -> Sandboxes {
    let options = Options { node: "bench".into(), folder, warm: vec![(wanted(), 1)], ..Options::default() };
    let ids = std::sync::atomic::AtomicU64::new(u64::from(std::process::id()) << 32);
    let next = move || Uuid::from_u64_pair(0, ids.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    Sandboxes::new(room, "it is measured", options, next)
}

impl Ways {
    /// Gets ready whatever this machine has; the engine is named by `TATWATS_TEST_DOCKER` or `DOCKER_HOST`.
    pub(crate) async fn find() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let program = folder.path().join("program");
        std::fs::write(&program, sandbox::program::program())?;
        std::fs::set_permissions(&program, Permissions::from_mode(0o555))?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bubblewrap = std::env::split_paths(&path).map(|folder| folder.join("bwrap")).find(|path| path.is_file());
        let bubblewrap = bubblewrap.ok_or("bubblewrap is missing: apt-get install bubblewrap")?;
        let room = NamespaceRoom::new(folder.path(), bubblewrap.clone(), Groups::find())?;
        let namespace = sandboxes(Arc::new(room), folder.path().to_owned());
        let engine = ["TATWATS_TEST_DOCKER", "DOCKER_HOST"].iter().find_map(|name| std::env::var(name).ok());
        let docker = match engine {
            None => None,
            Some(address) => Some(Docker::find(address, folder.path().to_owned()).await?),
        };
        Ok(Self { folder, program, bubblewrap, namespace, docker })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Way> + use<> {
        let docker = self.docker.as_ref().map(|_| [Way::DockerRun, Way::DockerCold, Way::DockerWarm]);
        [Way::Bwrap, Way::NamespaceCold, Way::NamespaceWarm].into_iter().chain(docker.into_iter().flatten())
    }

    /// Starts the command that way, and tells how long it took until its first byte.
    pub(crate) async fn start(&self, way: Way) -> Result<Duration> {
        match (way, &self.docker) {
            (Way::Bwrap, _) => self.bwrap().await,
            (Way::NamespaceCold, _) => cold(&self.namespace).await,
            (Way::NamespaceWarm, _) => warm(&self.namespace).await,
            (Way::DockerRun, Some(docker)) => docker.run().await,
            (Way::DockerCold, Some(docker)) => cold(&docker.sandboxes).await,
            (Way::DockerWarm, Some(docker)) => warm(&docker.sandboxes).await,
            _ => Err("there is no engine".into()),
        }
    }

    async fn bwrap(&self) -> Result<Duration> {
        let mut command = Command::new(&self.bubblewrap);
        command.args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
        command.args(["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
        command.arg("--ro-bind").arg(&self.program).args(["/room", "/room"]);
        first_byte(command).await
    }

    pub(crate) async fn close(self) {
        self.namespace.close().await;
        if let Some(docker) = &self.docker {
            docker.sandboxes.close().await;
        }
        drop(self.folder);
    }
}

impl Docker {
    async fn find(address: String, folder: PathBuf) -> Result<Self> {
        let engine = Engine::connect(Address::parse(&address, None)?).await?;
        let images = Images::ours();
        if !images.has(&engine, Image::Helper).await? {
            images.build(&engine, Image::Helper, &From::usual(Image::Helper), |_| ()).await?;
        }
        let image = images.name(Image::Helper);
        let room = DockerRoom::new(engine, images, &folder)?;
        Ok(Self { sandboxes: sandboxes(Arc::new(room), folder), image, address })
    }

    async fn run(&self) -> Result<Duration> {
        let mut command = Command::new("docker");
        command.args([
            "--host",
            &self.address,
            "run",
            "--rm",
            "--network",
            "none",
            "--entrypoint",
            "/room",
            &self.image,
        ]);
        first_byte(command).await
    }
}

/// From the start of a program to its first byte, which the command writes to standard error.
async fn first_byte(mut command: Command) -> Result<Duration> {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut stderr = child.stderr.take().ok_or("no standard error")?;
    let read = stderr.read(&mut [0; 1]).await?;
    let took = began.elapsed();
    let mut rest = Vec::new();
    stderr.read_to_end(&mut rest).await?;
    child.wait().await?;
    if read == 0 { Err("it wrote nothing".into()) } else { Ok(took) }
}

async fn cold(sandboxes: &Sandboxes) -> Result<Duration> {
    // No warm one has exactly these limits.
    let mut wanted = wanted();
    wanted.profile.seconds += 1;
    ours(sandboxes, &wanted).await
}

async fn warm(sandboxes: &Sandboxes) -> Result<Duration> {
    // Until one waits. Time passes outside of what is measured.
    while sandboxes.warm() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ours(sandboxes, &wanted()).await
}

async fn ours(sandboxes: &Sandboxes, wanted: &Wanted) -> Result<Duration> {
    let began = Instant::now();
    let sandbox = sandboxes.open("bench", wanted).await?;
    let spawn =
        Spawn { command: vec!["/room".into()], environment: Vec::new(), folder: "/work".into(), terminal: None };
    let mut command = sandbox.spawn(spawn).await?;
    let mut stderr = command.take_stderr().ok_or("no standard error")?;
    let read = stderr.read(&mut [0; 1]).await?;
    let took = began.elapsed();
    command.exit().await?;
    sandbox.end().await?;
    if read == 0 { Err("it wrote nothing".into()) } else { Ok(took) }
}
