//! `room enter`: on the host, between the server and bubblewrap. Joins control groups, gives up what it can do, and
//! becomes bubblewrap with nothing of the server's but three streams.

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use room::enter::{Argument, Enter};
use rustix::fs::{MemfdFlags, Mode, OFlags};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::mount::{MountFlags, MountPropagationFlags};

/// How ready the kernel is to end what is in a sandbox when memory runs out, from -1000 to 1000.
const FIRST_TO_GO: &str = "500";
/// Where folders are shown to a user who may not walk to them, in a mount namespace that only this process has. These
/// are there on every system; what lies in them is not shown in sandboxes.
const STAGES: [&str; 3] = ["/mnt", "/srv", "/media"];

/// Becomes bubblewrap; returns only with an error.
pub(crate) fn run(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<(), String> {
    let order = arguments.next().and_then(|order| order.into_string().ok()).ok_or("enter needs an order.")?;
    let order: Enter = serde_json::from_str(&order).map_err(|error| format!("order: {error}"))?;
    close_inherited().map_err(|error| format!("open files: {error}"))?;
    for group in &order.groups {
        // 0 is the process that writes.
        fs::write(Path::new(group).join("cgroup.procs"), "0").map_err(|error| format!("joining {group}: {error}"))?;
    }
    // Unless it is that already: then only root may make it less.
    let _ = fs::write("/proc/self/oom_score_adj", FIRST_TO_GO);
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    let mut prepared = Prepared::default();
    if order.user.is_some() {
        prepared.stage(&order.arguments).map_err(|error| format!("folders: {error}"))?;
    }
    for argument in order.arguments {
        prepared.add(argument).map_err(|error| format!("open files: {error}"))?;
    }
    if let Some(user) = order.user {
        become_user(user).map_err(|error| format!("becoming user {user}: {error}"))?;
    }
    let error =
        Command::new(&order.program).arg0(order.mark).args(prepared.arguments).env_clear().current_dir("/").exec();
    Err(format!("{}: {error}", order.program))
}

fn become_user(user: u32) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    setgroups(&[])?;
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)
}

/// Arguments, with the files they name held open.
#[derive(Default)]
struct Prepared {
    arguments: Vec<String>,
    open: Vec<OwnedFd>,
    /// Where the folders are shown, in the order in which they are named.
    staged: std::vec::IntoIter<String>,
}

impl Prepared {
    fn add(&mut self, argument: Argument) -> std::io::Result<()> {
        let file = match argument {
            Argument::Text(text) => {
                self.arguments.push(text);
                return Ok(());
            }
            Argument::Folder(path) => {
                self.arguments.push(self.staged.next().unwrap_or(path));
                return Ok(());
            }
            Argument::Own => File::open("/proc/self/exe")?.into(),
            Argument::Data(text) => {
                let mut file = File::from(rustix::fs::memfd_create("data", MemfdFlags::empty())?);
                file.write_all(text.as_bytes())?;
                file.rewind()?;
                file.into()
            }
            Argument::Report => std::io::stderr().as_fd().try_clone_to_owned()?,
        };
        // What was opened closes by itself otherwise.
        fcntl_setfd(&file, FdFlags::empty())?;
        self.arguments.push(file.as_raw_fd().to_string());
        self.open.push(file);
        Ok(())
    }

    /// Shows the folders that are named where any user may walk, in a mount namespace of its own.
    fn stage(&mut self, arguments: &[Argument]) -> std::io::Result<()> {
        let folders = arguments.iter().filter_map(|argument| match argument {
            Argument::Folder(path) => Some(path),
            _ => None,
        });
        let folders: Vec<&String> = folders.collect();
        let Some(stage) = STAGES.into_iter().find(|stage| Path::new(stage).is_dir()) else { return Ok(()) };
        if folders.is_empty() || unshare(CloneFlags::CLONE_NEWNS).is_err() {
            // Root within a container may not; then only what all may walk to can be shown.
            return Ok(());
        }
        rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        // Opened before anything is hidden by the stage.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = folders.iter().map(|folder| rustix::fs::open(folder.as_str(), flags, Mode::empty()));
        let open: Vec<OwnedFd> = open.collect::<Result<_, _>>()?;
        rustix::mount::mount("tmpfs", stage, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(c"mode=0755"))?;
        let mut staged = Vec::new();
        for (number, folder) in open.iter().enumerate() {
            let place = format!("{stage}/{number}");
            fs::create_dir(&place)?;
            rustix::mount::mount_bind_recursive(format!("/proc/self/fd/{}", folder.as_raw_fd()), place.as_str())?;
            staged.push(place);
        }
        self.staged = staged.into_iter();
        Ok(())
    }
}

/// Closes whatever was left open by who started this, but for the three that have a meaning.
fn close_inherited() -> std::io::Result<()> {
    let open: Vec<i32> = fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > std::io::stderr().as_raw_fd())
        .collect();
    for number in open {
        // The folder that was just read is among them, and closed already.
        let _ = nix::unistd::close(number);
    }
    Ok(())
}
