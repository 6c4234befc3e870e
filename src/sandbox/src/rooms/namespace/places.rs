//! Folders of control groups, of both versions: where this process may make some, and how limits are written there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use domain::sandbox::Profile;

/// In how long a period processor time is dealt out, in microseconds: short, so that who used its share up goes on soon.
const PERIOD: u64 = 20_000;
/// The least share of a period that the kernel deals out.
const LEAST: u64 = 1_000;
/// Processes of a sandbox that are not its guests': bubblewrap, and the program inside with its threads.
const OWN_PIDS: u32 = 8;
/// Where this process goes when the group it is in must not have processes of its own.
const SERVER_GROUP: &str = "tatwats-server";
/// Where groups are made that are not below this process's own.
const TOP_GROUP: &str = "tatwats";

/// What is limited by control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Controller {
    Memory,
    Cpu,
    Pids,
}

impl Controller {
    const ALL: [Self; 3] = [Self::Memory, Self::Cpu, Self::Pids];

    const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Pids => "pids",
        }
    }
}

/// A folder below which groups can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) controllers: Vec<Controller>,
    /// Version 2.
    pub(super) unified: bool,
}

/// Finds out where this process may make groups. Where it must, it moves itself into a group beside theirs.
pub(super) fn find() -> Vec<Place> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut places: Vec<Place> = Vec::new();
    for controller in Controller::ALL {
        let Some(folder) = first_version(&mounts, &own, controller.name()).filter(|folder| may_make(folder)) else {
            continue;
        };
        match places.iter_mut().find(|place| place.folder == folder) {
            Some(place) => place.controllers.push(controller),
            None => places.push(Place { folder, controllers: vec![controller], unified: false }),
        }
    }
    let missing: Vec<Controller> =
        Controller::ALL.into_iter().filter(|wanted| !places.iter().any(|place| place.has(*wanted))).collect();
    if !missing.is_empty()
        && let Some(place) = second_version(&mounts, &own, &missing)
    {
        places.push(place);
    }
    places
}

impl Place {
    pub(super) fn has(&self, controller: Controller) -> bool {
        self.controllers.contains(&controller)
    }

    pub(super) fn make(&self, name: &str, profile: &Profile) -> io::Result<()> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder)?;
        let write = |file: &str, value: String| fs::write(folder.join(file), value);
        // Not every kernel counts swap; without swap there is nothing to count.
        let write_if_there = |file: &str, value: String| {
            let path = folder.join(file);
            if path.exists() { fs::write(path, value) } else { Ok(()) }
        };
        let share = u64::from(profile.cpu_millis) * PERIOD / 1000;
        let period = if share < LEAST { PERIOD * 5 } else { PERIOD };
        let share = u64::from(profile.cpu_millis) * period / 1000;
        let pids = profile.pids.saturating_add(OWN_PIDS);
        if self.has(Controller::Memory) {
            let bytes = profile.memory_bytes.to_string();
            if self.unified {
                write("memory.max", bytes)?;
                write_if_there("memory.swap.max", "0".into())?;
                write_if_there("memory.oom.group", "1".into())?;
            } else {
                write("memory.limit_in_bytes", bytes.clone())?;
                write_if_there("memory.swappiness", "0".into())?;
                write_if_there("memory.memsw.limit_in_bytes", bytes)?;
            }
        }
        if self.has(Controller::Cpu) {
            if self.unified {
                write("cpu.max", format!("{share} {period}"))?;
            } else {
                write("cpu.cfs_period_us", period.to_string())?;
                write("cpu.cfs_quota_us", share.to_string())?;
            }
        }
        if self.has(Controller::Pids) {
            write("pids.max", pids.to_string())?;
        }
        Ok(())
    }
}

/// The processes of a group.
pub(super) fn pids(folder: &Path) -> Vec<i32> {
    let listed = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    listed.lines().filter_map(|line| line.parse().ok()).collect()
}

/// Whether groups can be made in that folder: by making one.
fn may_make(folder: &Path) -> bool {
    // Another thread may be finding out at the same time.
    static PROBES: AtomicU32 = AtomicU32::new(0);
    let number = PROBES.fetch_add(1, Ordering::Relaxed);
    let probe = folder.join(format!("tatwats-probe-{}-{number}", std::process::id()));
    let made = fs::create_dir(&probe).is_ok() && fs::write(probe.join("cgroup.procs"), "").is_ok();
    fs::remove_dir(&probe).ok();
    made
}

/// Where this process's own group of a controller of version 1 is.
fn first_version(mounts: &str, own: &str, controller: &str) -> Option<PathBuf> {
    let group = own.lines().find_map(|line| {
        let (_, line) = line.split_once(':')?;
        let (controllers, path) = line.split_once(':')?;
        controllers.split(',').any(|name| name == controller).then_some(path)
    })?;
    let (root, point) = mounted(mounts, "cgroup", |options| options.split(',').any(|name| name == controller))?;
    Some(folder_of(&root, &point, group))
}

/// Where groups of version 2 can be made that limit some of these.
fn second_version(mounts: &str, own: &str, wanted: &[Controller]) -> Option<Place> {
    let group = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let (root, point) = mounted(mounts, "cgroup2", |_| true)?;
    let own = folder_of(&root, &point, group);
    let place = |folder: PathBuf| {
        let controllers = enabled(&folder, wanted);
        (!controllers.is_empty() && may_make(&folder)).then_some(Place { folder, controllers, unified: true })
    };
    if enable(&own, wanted) || (is_alone(&own) && move_aside(&own) && enable(&own, wanted)) {
        return place(own);
    }
    // Not below its own, then, but at the top: for root only.
    let top = point.join(TOP_GROUP);
    enable(&point, wanted);
    fs::create_dir(&top).ok();
    if enable(&top, wanted) { place(top) } else { None }
}

/// Whether groups below the folder are limited in all that they can be of what is wanted.
fn enable(folder: &Path, wanted: &[Controller]) -> bool {
    let there = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    let there: Vec<&str> = there.split_whitespace().collect();
    let mut all = false;
    for controller in wanted.iter().filter(|wanted| there.contains(&wanted.name())) {
        all = true;
        let done = !enabled(folder, &[*controller]).is_empty()
            || fs::write(folder.join("cgroup.subtree_control"), format!("+{}", controller.name())).is_ok();
        if !done {
            return false;
        }
    }
    all
}

fn enabled(folder: &Path, wanted: &[Controller]) -> Vec<Controller> {
    let enabled = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
    let enabled: Vec<&str> = enabled.split_whitespace().collect();
    wanted.iter().copied().filter(|wanted| enabled.contains(&wanted.name())).collect()
}

/// Whether this process is the only one in the group.
fn is_alone(folder: &Path) -> bool {
    i32::try_from(std::process::id()).is_ok_and(|own| pids(folder) == [own])
}

/// Moves this process into a group of its own below the folder: one that limits others must not have processes itself.
fn move_aside(folder: &Path) -> bool {
    let aside = folder.join(SERVER_GROUP);
    fs::create_dir(&aside).ok();
    fs::write(aside.join("cgroup.procs"), "0").is_ok()
}

/// Which part of a hierarchy is mounted where.
fn mounted(mounts: &str, kind: &str, options: impl Fn(&str) -> bool) -> Option<(String, PathBuf)> {
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut after = after.split(' ');
        let (found, _, given) = (after.next()?, after.next()?, after.next()?);
        let mut before = before.split(' ').skip(3);
        let (root, point) = (before.next()?, before.next()?);
        (found == kind && options(given)).then(|| (root.to_owned(), PathBuf::from(point)))
    })
}

/// The folder of a group, where that part of its hierarchy is mounted there.
fn folder_of(root: &str, point: &Path, group: &str) -> PathBuf {
    let below = if root == "/" { group } else { group.strip_prefix(root).unwrap_or("") };
    point.join(below.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
25 1 0:22 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
30 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
31 25 0:28 /docker/abc /sys/fs/cgroup/memory ro,relatime - cgroup cgroup rw,memory
32 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
";
    const OWN: &str = "5:cpu,cpuacct:/system.slice/tatwats.service\n4:memory:/docker/abc/below\n0::/system.slice/x\n";

    /// A folder like any other stands for that of a group, in which the kernel would make the files.
    #[test]
    fn many_find_out_at_once_without_being_in_each_others_way() {
        let folder = tempfile::tempdir().unwrap();
        let places = 0..8;
        std::thread::scope(|scope| {
            let asked: Vec<_> = places.map(|_| scope.spawn(|| (0..200).all(|_| may_make(folder.path())))).collect();
            assert!(asked.into_iter().all(|asked| asked.join().unwrap()));
        });
    }

    #[test]
    fn finds_its_own_group_wherever_it_is_mounted() {
        let first = |controller| first_version(MOUNTS, OWN, controller);
        let cpu = PathBuf::from("/sys/fs/cgroup/cpu,cpuacct/system.slice/tatwats.service");
        assert_eq!(first("cpu"), Some(cpu));
        assert_eq!(first("memory"), Some(PathBuf::from("/sys/fs/cgroup/memory/below")));
        assert_eq!(first("pids"), None);
        assert_eq!(mounted(MOUNTS, "cgroup2", |_| true).unwrap().1, Path::new("/sys/fs/cgroup/unified"));
    }

    #[test]
    fn the_second_version_needs_its_controllers_enabled() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("cgroup.controllers", "cpuset memory\n");
        write("cgroup.subtree_control", "cpu\n");
        assert_eq!(enabled(folder.path(), &Controller::ALL), [Controller::Cpu]);
        // What is not there at all cannot be enabled, and is no reason to do without the others.
        assert!(enable(folder.path(), &Controller::ALL));
        assert_eq!(fs::read_to_string(folder.path().join("cgroup.subtree_control")).unwrap(), "+memory");
        write("cgroup.controllers", "cpuset\n");
        assert!(!enable(folder.path(), &Controller::ALL));
    }

    #[test]
    fn limits_of_the_second_version_are_written_as_the_kernel_wants_them() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().to_owned(), controllers: Controller::ALL.to_vec(), unified: true };
        let mut profile = domain::sandbox::Preset::Run.profile();
        place.make("one", &profile).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("one/memory.max"), (256 << 20).to_string());
        assert_eq!(read("one/cpu.max"), "20000 20000");
        assert_eq!(read("one/pids.max"), "72");
        profile.cpu_millis = 10;
        place.make("two", &profile).unwrap();
        assert_eq!(read("two/cpu.max"), "1000 100000");
    }
}
