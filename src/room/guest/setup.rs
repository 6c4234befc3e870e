//! What is done once, before anything runs: mounts, then giving up every right to mount anything.

use std::path::Path;

use caps::CapSet;
use nix::sched::{CloneFlags, unshare};
use room::{Mount, Ready, Setup, VERSION};
use rustix::fs::{Access, StatVfsMountFlags};
use rustix::io::Errno;
use rustix::mount::MountFlags;

use crate::confine::{self, limits::Limits, seccomp::Watched};

/// Most terminals at a time.
const MOST_TERMINALS: u32 = 64;
/// What was written to until now, to make the sandbox.
const WALLS: [&str; 2] = ["/dev", "/"];
/// Where the kernel is told what to do. Most of it only root may write; but what belongs to the namespaces around, like
/// limits of message queues, their owner may too, and a guest is that user.
const SETTINGS: [&str; 5] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"];

/// Sets up as told. What can be confined for all is confined here, so that a command never runs without; the rest is
/// in the limits that each command is started with.
pub(crate) fn apply(setup: &Setup) -> Result<(Ready, Limits), String> {
    if setup.version != VERSION {
        return Err(format!("The host speaks version {} and this room version {VERSION}.", setup.version));
    }
    if !setup.mounts.is_empty() {
        // What made the walls keeps them in a namespace that nobody inside may change; this copy may be added to.
        unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("mounts: {error}"))?;
    }
    for wanted in &setup.mounts {
        mount(wanted).map_err(|error| format!("tmpfs on {}: {error}", wanted.path))?;
    }
    if !setup.mounts.is_empty() {
        for path in WALLS {
            wall(path).map_err(|error| format!("read-only {path}: {error}"))?;
        }
        for path in SETTINGS {
            shut(path).map_err(|error| format!("read-only {path}: {error}"))?;
        }
        terminals().map_err(|error| format!("terminals: {error}"))?;
    }
    if let Some(processors) = setup.processors {
        confine::limits::processors(processors).map_err(|error| format!("processors: {error}"))?;
    }
    drop_capabilities()?;
    rustix::thread::set_no_new_privs(true).map_err(|error| format!("no_new_privs: {error}"))?;
    check_walls()?;
    let landlock = confine::landlock::restrict(setup.mounts.iter().map(|mount| mount.path.clone()))?;
    let watched = Watched { memory: setup.watched_memory_bytes.is_some(), processors: setup.processors.is_some() };
    confine::seccomp::restrict(watched)?;
    let ready = Ready { version: VERSION, seccomp: true, landlock };
    Ok((ready, Limits::of(setup)))
}

fn mount(wanted: &Mount) -> std::io::Result<()> {
    std::fs::create_dir_all(&wanted.path)?;
    let mut flags = MountFlags::NOSUID | MountFlags::NODEV;
    if !wanted.programs {
        flags |= MountFlags::NOEXEC;
    }
    // Everyone inside is the same user; some programs insist on what a shared folder looks like elsewhere.
    let shared = [Path::new("/tmp"), Path::new("/dev/shm")].contains(&Path::new(&wanted.path));
    let mode = if shared { "1777" } else { "0755" };
    let options = format!("size={},nr_inodes={},mode={mode}", wanted.bytes, wanted.inodes);
    let options = std::ffi::CString::new(options)?;
    rustix::mount::mount("tmpfs", wanted.path.as_str(), "tmpfs", flags, Some(options.as_c_str()))?;
    Ok(())
}

/// Terminals of our own: the machine has but some thousands, and here only so many of them can be had.
fn terminals() -> rustix::io::Result<()> {
    let options = std::ffi::CString::new(format!("newinstance,ptmxmode=0666,mode=0620,max={MOST_TERMINALS}"));
    let options = options.map_err(|_| Errno::INVAL)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    rustix::mount::mount("devpts", "/dev/pts", "devpts", flags, Some(options.as_c_str()))
}

/// Makes what is mounted there read-only. Whether there can be device files in it stays as it is.
fn wall(path: &str) -> rustix::io::Result<()> {
    let no_devices = rustix::fs::statvfs(path)?.f_flag.contains(StatVfsMountFlags::NODEV);
    remount(path, MountFlags::NOSUID | if no_devices { MountFlags::NODEV } else { MountFlags::empty() })
}

/// Makes what is at this path read-only, for good.
fn shut(path: &str) -> rustix::io::Result<()> {
    match rustix::mount::mount_bind_recursive(path, path) {
        Err(Errno::NOENT) => return Ok(()),
        bound => bound?,
    }
    remount(path, MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC)
}

fn remount(path: &str, flags: MountFlags) -> rustix::io::Result<()> {
    rustix::mount::mount_remount(path, MountFlags::BIND | MountFlags::RDONLY | flags, "")
}

/// Checks that nothing can be written but what has a size.
fn check_walls() -> Result<(), String> {
    let settings = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/shmmax"];
    for path in ["/", "/dev", "/etc", "/home", "/run", "/usr", "/var"].into_iter().chain(settings) {
        if rustix::fs::access(path, Access::WRITE_OK).is_ok() {
            return Err(format!("{path} can be written; it must be read-only."));
        }
    }
    Ok(())
}

/// Gives up every capability, in every set, for good; an error when one is left.
fn drop_capabilities() -> Result<(), String> {
    let fault = |error: caps::errors::CapsError| format!("capabilities: {error}");
    // Dropping from this set needs a capability itself, so it comes first, and only what is there is dropped.
    for capability in caps::read(None, CapSet::Bounding).map_err(fault)? {
        caps::drop(None, CapSet::Bounding, capability).map_err(fault)?;
    }
    for set in [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(fault)?;
    }
    for set in [CapSet::Ambient, CapSet::Bounding, CapSet::Effective, CapSet::Inheritable, CapSet::Permitted] {
        let left = caps::read(None, set).map_err(fault)?;
        if !left.is_empty() {
            return Err(format!("capabilities: {left:?} are left in {set:?}"));
        }
    }
    Ok(())
}
