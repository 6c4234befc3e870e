//! The two rooms, as the tests make them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use domain::sandbox::RoomKind;
use sandbox::program;
use sandbox::rooms::docker::{Address, DockerRoom, Engine, From, Images};
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::rooms::{Image, Room};
use tokio::sync::Mutex;

use super::{engine, on_path, skipped};

/// Set for a test that is to be a server: names its node.
pub(crate) const AS_SERVER: &str = "ATTACKED_SERVER";

/// The room of that kind; none where there is none, which is told.
pub(super) async fn room(kind: RoomKind) -> Option<Arc<dyn Room>> {
    match kind {
        RoomKind::Namespace => namespace().map(|room| room as Arc<dyn Room>),
        RoomKind::Docker => {
            let Some(address) = engine::address() else {
                skipped("an engine (set TATWATS_TEST_DOCKER to its address, like unix:///var/run/docker.sock)");
                return None;
            };
            Some(Arc::new(by_engine(&address).await))
        }
    }
}

/// One for all cases, as a server would have it: which user a sandbox is on the host depends on the others.
fn namespace() -> Option<Arc<NamespaceRoom>> {
    static ROOM: OnceLock<Option<Arc<NamespaceRoom>>> = OnceLock::new();
    let make = || {
        let Some(bubblewrap) = on_path("bwrap") else {
            skipped("bubblewrap (Debian: bubblewrap)");
            return None;
        };
        Some(Arc::new(NamespaceRoom::new(&folder(), bubblewrap, Groups::find()).unwrap()))
    };
    ROOM.get_or_init(make).clone()
}

/// Where the namespace room keeps its program.
fn folder() -> PathBuf {
    // A test that is a server is another one.
    let name = if std::env::var_os(AS_SERVER).is_some() { "attacked-server" } else { "attacked" };
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The room of the engine at that address.
pub(crate) async fn by_engine(address: &str) -> DockerRoom {
    // Two at once would make the same image.
    static MAKING: Mutex<()> = Mutex::const_new(());
    let engine = Engine::connect(Address::parse(address, None).unwrap()).await.unwrap();
    let images = Images::new("tatwats-attacked", program::program());
    let _making = MAKING.lock().await;
    if !images.has(&engine, Image::Helper).await.unwrap() {
        images.build(&engine, Image::Helper, &From::Scratch, drop).await.unwrap();
    }
    DockerRoom::new(engine, images, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("attacked-engine")).unwrap()
}

/// Nothing is in the room's folder but what is the same for all sandboxes: their `/etc`, with the program in it.
#[track_caller]
pub(super) fn kept_nothing(kind: RoomKind) {
    if kind == RoomKind::Namespace {
        let kept = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let kept: Vec<_> = kept.filter(|name| !name.starts_with("etc-")).collect();
        assert!(kept.is_empty(), "{kept:?}");
    }
}
