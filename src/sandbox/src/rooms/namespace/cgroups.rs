//! Control groups: how the kernel limits what a sandbox's processes use together, tells whether memory ran out, and
//! which processes are its. Of both versions, whichever this process may use.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use domain::sandbox::Profile;
use tokio::time::Instant;

use super::places::{self, Controller, Place, pids};
use super::processes;
use crate::rooms::haste::Haste;

/// How long the kernel may take to empty a group after everything in it was killed.
const EMPTY_WITHIN: Duration = Duration::from_secs(10);
/// How often, a millisecond apart, it is tried when nobody can wait for it.
const END_NOW_TRIES: u32 = 500;
/// Where this process may make control groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    places: Vec<Place>,
}

/// A sandbox's control group, in every place.
#[derive(Debug, Clone)]
pub(super) struct Group {
    name: String,
    places: Vec<Place>,
}

impl Groups {
    /// None: what sandboxes use is watched from inside.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Finds out where this process may make groups. Where it must, it moves itself into a group beside theirs.
    #[must_use]
    pub fn find() -> Self {
        Self { places: places::find() }
    }

    /// Whether the kernel limits memory.
    #[must_use]
    pub fn limit_memory(&self) -> bool {
        self.has(Controller::Memory)
    }

    /// Whether the kernel limits processor time.
    #[must_use]
    pub fn limit_processors(&self) -> bool {
        self.has(Controller::Cpu)
    }

    /// Whether the kernel limits processes.
    #[must_use]
    pub fn limit_pids(&self) -> bool {
        self.has(Controller::Pids)
    }

    fn has(&self, controller: Controller) -> bool {
        self.places.iter().any(|place| place.has(controller))
    }

    /// Makes a group with the profile's limits.
    pub(super) fn make(&self, name: &str, profile: &Profile) -> io::Result<Group> {
        let group = self.group(name);
        for place in &self.places {
            if let Err(error) = place.make(name, profile) {
                group.remove_folders();
                return Err(error);
            }
        }
        Ok(group)
    }

    /// The group of that name, whether or not it is there.
    pub(super) fn group(&self, name: &str) -> Group {
        Group { name: name.to_owned(), places: self.places.clone() }
    }

    /// The names of all groups where ours are made.
    pub(super) fn names(&self) -> Vec<String> {
        let folders = self.places.iter().filter_map(|place| fs::read_dir(&place.folder).ok()).flatten();
        let mut names: Vec<String> = folders.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Group {
    /// Its folders.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        self.places.iter().map(|place| place.folder.join(&self.name)).collect()
    }

    /// How many of its processes the kernel ended because memory ran out.
    pub(super) fn memory_kills(&self) -> u64 {
        let kills = self.places.iter().filter(|place| place.has(Controller::Memory)).filter_map(|place| {
            let file = if place.unified { "memory.events" } else { "memory.oom_control" };
            let text = fs::read_to_string(place.folder.join(&self.name).join(file)).ok()?;
            text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok())
        });
        kills.sum()
    }

    /// Its share of the processors.
    pub(super) fn haste(&self) -> Haste {
        let place = self.places.iter().find(|place| place.has(Controller::Cpu));
        place.map(|place| Haste::of(&place.folder.join(&self.name))).unwrap_or_default()
    }

    /// The most memory that its processes had together, in bytes.
    pub(super) fn peak_memory_bytes(&self) -> Option<u64> {
        let place = self.places.iter().find(|place| place.has(Controller::Memory))?;
        let file = if place.unified { "memory.peak" } else { "memory.max_usage_in_bytes" };
        fs::read_to_string(place.folder.join(&self.name).join(file)).ok()?.trim().parse().ok()
    }

    /// Whether it is there.
    pub(super) fn is_there(&self) -> bool {
        self.folders().iter().any(|folder| folder.is_dir())
    }

    /// Kills everything in it and removes it. Done when nothing is left.
    pub(super) async fn end(&self) -> io::Result<()> {
        let by = Instant::now() + EMPTY_WITHIN;
        let mut pause = Duration::from_micros(500);
        while !self.try_end() {
            if Instant::now() > by {
                let what = format!("the control group {} does not become empty", self.name);
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
            // The kernel tells nobody when a group can be removed.
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The same without a runtime: waits, for a little while, on the spot.
    pub(super) fn end_now(&self) {
        for _ in 0..END_NOW_TRIES {
            if self.try_end() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// True when nothing is left of it.
    fn try_end(&self) -> bool {
        if self.remove_folders() {
            return true;
        }
        for folder in self.folders() {
            if fs::write(folder.join("cgroup.kill"), "1").is_ok() {
                continue;
            }
            for pid in pids(&folder) {
                processes::kill_if(pid, || is_in(pid, &self.name));
            }
        }
        self.remove_folders()
    }

    /// True when none is left.
    fn remove_folders(&self) -> bool {
        let mut gone = true;
        for folder in self.folders() {
            gone &= match fs::remove_dir(&folder) {
                Ok(()) => true,
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
        }
        gone
    }
}

/// Whether the process is in a group of that name, in any place.
fn is_in(pid: i32, name: &str) -> bool {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    groups.lines().any(|line| line.rsplit('/').next() == Some(name))
}
