//! What a sandbox lets its guests have, in units.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What a sandbox is for. Each has a [`Profile`] to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A helper's process, for as long as it lives.
    Helper,
    /// A command that makes something, like installing packages or building an app.
    Build,
    /// A short command.
    Run,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Helper, Self::Build, Self::Run];

    /// As written on the wire, in the database and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helper => "helper",
            Self::Build => "build",
            Self::Run => "run",
        }
    }

    /// The preset of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// What it lets its guests have unless something tightens or loosens it.
    #[must_use]
    pub const fn profile(self) -> Profile {
        let helper = Profile {
            memory_bytes: GIB,
            cpu_millis: 1000,
            pids: 256,
            open_files: 1024,
            file_bytes: GIB,
            work_bytes: 512 * MIB,
            tmp_bytes: 64 * MIB,
            inodes: 100_000,
            output_bytes: MIB,
            seconds: 0,
            network: Network::None,
        };
        match self {
            Self::Helper => helper,
            // What is installed and built lies in memory too: the folder of the work counts there.
            // Package managers keep what they fetch in the home folder besides.
            Self::Build => {
                Profile { tmp_bytes: 256 * MIB, open_files: 4096, seconds: 600, network: Network::Registries, ..helper }
            }
            Self::Run => Profile {
                memory_bytes: 256 * MIB,
                pids: 64,
                file_bytes: 64 * MIB,
                work_bytes: 128 * MIB,
                tmp_bytes: 32 * MIB,
                inodes: 20_000,
                seconds: 10,
                ..helper
            },
        }
    }

    /// The most seconds that can be asked for; none: no limit, it runs until it is stopped.
    #[must_use]
    pub const fn most_seconds(self) -> Option<u32> {
        match self {
            Self::Helper => None,
            Self::Build => Some(3600),
            Self::Run => Some(60),
        }
    }
}

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Where a guest's connections may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Nowhere.
    None,
    /// To package registries, through a proxy with a list of hosts that writes down which were asked for.
    Registries,
    /// Anywhere.
    Full,
}

impl Network {
    /// As written on the wire, in the database and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Registries => "registries",
            Self::Full => "full",
        }
    }

    /// The network of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Registries, Self::Full].into_iter().find(|network| network.name() == name)
    }
}

/// What a sandbox lets its guests have. What no profile can change: an unprivileged user, no capabilities, no new
/// privileges, a filter on system calls, a read-only root, `/tmp` without programs, no swap, no core files, nothing
/// of the host that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Memory of all processes together, with what lies in `/work` and `/tmp`, in bytes. No swap.
    pub memory_bytes: u64,
    /// Processor time, in thousandths of one processor.
    pub cpu_millis: u32,
    /// Processes and threads at a time.
    pub pids: u32,
    /// Open files of one process.
    pub open_files: u32,
    /// Size of one file, in bytes.
    pub file_bytes: u64,
    /// Size of `/work`, where the project's files are and programs may be, in bytes.
    pub work_bytes: u64,
    /// Size of `/tmp` and of the home folder, each, in bytes.
    pub tmp_bytes: u64,
    /// Files and folders in each of them.
    pub inodes: u32,
    /// What is kept of one run's output, in bytes; what is more ends the run.
    pub output_bytes: u64,
    /// How long one run may take, in seconds of the clock on the wall; 0: as long as it likes.
    pub seconds: u32,
    /// Where connections may go.
    pub network: Network,
}

/// Limits to put in place of a preset's own. What is none stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// See [`Profile::memory_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// See [`Profile::cpu_millis`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u32>,
    /// See [`Profile::pids`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
    /// See [`Profile::open_files`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_files: Option<u32>,
    /// See [`Profile::file_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<u64>,
    /// See [`Profile::work_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_bytes: Option<u64>,
    /// See [`Profile::tmp_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmp_bytes: Option<u64>,
    /// See [`Profile::inodes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inodes: Option<u32>,
    /// See [`Profile::output_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<u64>,
    /// See [`Profile::seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// See [`Profile::network`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

macro_rules! each_limit {
    ($mac:ident) => {
        $mac!(memory_bytes, cpu_millis, pids, open_files, file_bytes, work_bytes, tmp_bytes, inodes, output_bytes)
    };
}

impl Limits {
    /// The limits of both; where both have one, the tighter.
    #[must_use]
    pub fn tightest(mut self, other: &Self) -> Self {
        fn tighter<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            match (one, other) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            }
        }
        macro_rules! put {
            ($($field:ident),+) => {$(self.$field = tighter(self.$field, other.$field);)+};
        }
        each_limit!(put);
        self.network = tighter(self.network, other.network);
        self.seconds = match (self.seconds, other.seconds) {
            // 0 is no limit at all.
            (Some(0), Some(seconds)) | (Some(seconds), Some(0)) => Some(seconds),
            (one, other) => tighter(one, other),
        };
        self
    }
}

impl Profile {
    /// The profile with these limits in place of its own.
    #[must_use]
    pub fn with(mut self, limits: &Limits) -> Self {
        macro_rules! put {
            ($($field:ident),+) => {$(if let Some(limit) = limits.$field { self.$field = limit; })+};
        }
        each_limit!(put);
        if let Some(seconds) = limits.seconds {
            self.seconds = seconds;
        }
        if let Some(network) = limits.network {
            self.network = network;
        }
        self
    }

    /// Whether it lets its guests have more of anything than `other` does.
    #[must_use]
    pub fn is_looser_than(&self, other: &Self) -> bool {
        macro_rules! looser {
            ($($field:ident),+) => { false $(|| self.$field > other.$field)+ };
        }
        // No limit is the loosest of all.
        let time = |seconds: u32| if seconds == 0 { u32::MAX } else { seconds };
        each_limit!(looser) || time(self.seconds) > time(other.seconds) || self.network > other.network
    }

    /// Checks that a sandbox can be made with it, and that a preset's runs may take that long.
    ///
    /// # Errors
    /// `Invalid`, naming the field and what it must be.
    pub fn check(&self, preset: Preset) -> Result<()> {
        let at_least = |field: &str, value: u64, least: u64| {
            if value >= least {
                return Ok(());
            }
            Err(Error::invalid(field, format!("{field} is {value}, and must be at least {least}.")))
        };
        at_least("memory_bytes", self.memory_bytes, 16 * MIB)?;
        at_least("cpu_millis", self.cpu_millis.into(), 10)?;
        at_least("pids", self.pids.into(), 4)?;
        at_least("open_files", self.open_files.into(), 16)?;
        at_least("file_bytes", self.file_bytes, 4096)?;
        at_least("work_bytes", self.work_bytes, MIB)?;
        at_least("tmp_bytes", self.tmp_bytes, 64 * 1024)?;
        at_least("inodes", self.inodes.into(), 64)?;
        at_least("output_bytes", self.output_bytes, 1024)?;
        match preset.most_seconds() {
            Some(most) if self.seconds == 0 || self.seconds > most => Err(Error::invalid(
                "seconds",
                format!("seconds is {}, and must be 1 to {most} for {}.", self.seconds, preset.name()),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_made_as_it_stands() {
        for preset in Preset::ALL {
            preset.profile().check(preset).unwrap();
            assert_eq!(Preset::from_name(preset.name()), Some(preset));
        }
    }

    #[test]
    fn more_of_anything_is_looser_and_less_is_not() {
        let run = Preset::Run.profile();
        assert!(!run.is_looser_than(&run));
        let more = Limits { memory_bytes: Some(run.memory_bytes + 1), ..Limits::default() };
        assert!(run.with(&more).is_looser_than(&run));
        assert!(!run.is_looser_than(&run.with(&more)));
        let open = Limits { network: Some(Network::Full), pids: Some(4), ..Limits::default() };
        assert!(run.with(&open).is_looser_than(&run));
        let forever = Limits { seconds: Some(0), ..Limits::default() };
        assert!(run.with(&forever).is_looser_than(&run));
    }

    #[test]
    fn the_tightest_of_two_is_looser_than_neither() {
        let one = Limits { pids: Some(9), seconds: Some(0), network: Some(Network::Full), ..Limits::default() };
        let other = Limits { pids: Some(8), seconds: Some(7), inodes: Some(64), ..Limits::default() };
        let both = Limits {
            pids: Some(8),
            seconds: Some(7),
            inodes: Some(64),
            network: Some(Network::Full),
            ..Limits::default()
        };
        assert_eq!(one.tightest(&other), both);
        assert_eq!(other.tightest(&one), both);
    }

    #[test]
    fn what_cannot_be_made_is_refused_by_name() {
        let long = Limits { seconds: Some(61), ..Limits::default() };
        let error = Preset::Run.profile().with(&long).check(Preset::Run).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("seconds"));
        assert!(error.message.contains("1 to 60"), "{}", error.message);
        let small = Limits { pids: Some(1), ..Limits::default() };
        assert_eq!(Preset::Run.profile().with(&small).check(Preset::Run).unwrap_err().field.as_deref(), Some("pids"));
    }
}
