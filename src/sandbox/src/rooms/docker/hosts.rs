//! The file by which guests without a network find themselves by name.
//!
//! Engines have their share also in the network of a container that has none: they make it, and take it away when the
//! container ends. Docker before 23 stands still for good when two do so at the same moment (moby/moby#46661). Told to
//! leave it alone it does, and is sooner; but then it shows no `/etc/hosts` either, so one of ours is shown.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use domain::sandbox::Network;

use super::Engine;
use crate::rooms::HOSTS;

/// The file, on this machine.
#[derive(Debug)]
pub(super) struct Hosts {
    file: Option<PathBuf>,
    /// The engine does not see it: it has other files than this server, which may be in a container itself.
    unseen: AtomicBool,
}

impl Hosts {
    /// Puts it into `folder`, where the engine is one that can be shown it.
    pub(super) fn prepare(engine: &Engine, folder: &Path) -> io::Result<Self> {
        let shown = engine.address().is_local() && !engine.is_podman();
        let file = if shown { Some(std::path::absolute(folder)?.join("hosts")) } else { None };
        if let Some(file) = &file {
            fs::create_dir_all(folder)?;
            fs::write(file, HOSTS)?;
        }
        Ok(Self { file, unseen: AtomicBool::new(false) })
    }

    /// The file for a container with that network; none when the engine is to see to its network.
    pub(super) fn of(&self, network: Network) -> Option<&Path> {
        let alone = network != Network::Full && !self.unseen.load(Ordering::Relaxed);
        self.file.as_deref().filter(|_| alone)
    }

    /// Not to be shown any more: the engine made the same container without it.
    pub(super) fn are_unseen(&self) {
        self.unseen.store(true, Ordering::Relaxed);
    }
}
