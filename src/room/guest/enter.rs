//! `room enter`: on the host, between the server and bubblewrap. Joins control groups, gives up what it can do, and
//! becomes bubblewrap with nothing of the server's but three streams.

use std::fs;
use std::io::Write as _;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use room::enter::{Argument, Enter, LEAVE};
use rustix::fs::{Mode, OFlags};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::mount::{MountFlags, MountPropagationFlags};

use crate::{devices, inherited};

/// How ready the kernel is to end what is in a sandbox when memory runs out, from -1000 to 1000.
const FIRST_TO_GO: &str = "500";
/// Where a user who may not walk to them is shown folders. One of these is there on every system; what lies in them is
/// not shown in sandboxes.
const STAGES: [&str; 3] = ["/mnt", "/srv", "/media"];

/// Becomes bubblewrap; returns only with an error.
pub(crate) fn run(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<(), String> {
    let order = arguments.next().and_then(|order| order.into_string().ok()).ok_or("enter needs an order.")?;
    let order: Enter = serde_json::from_str(&order).map_err(|error| format!("order: {error}"))?;
    inherited::close().map_err(|error| format!("open files: {error}"))?;
    // Unless it is that already: then only root may make it less.
    let _ = fs::write("/proc/self/oom_score_adj", FIRST_TO_GO);
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    let mut arguments = order.arguments;
    if order.user.is_some() {
        stage(&mut arguments).map_err(|error| format!("folders: {error}"))?;
    }
    let mut prepared = Prepared::default();
    for argument in arguments {
        prepared.add(argument).map_err(|error| format!("open files: {error}"))?;
    }
    // As late as can be, because it is waited for.
    wait_for_leave()?;
    for group in &order.groups {
        join(Path::new(group)).map_err(|error| format!("joining {group}: {error}"))?;
    }
    if let Some(user) = order.user {
        become_user(user).map_err(|error| format!("becoming user {user}: {error}"))?;
    }
    let error =
        Command::new(&order.program).arg0(order.mark).args(prepared.arguments).env_clear().current_dir("/").exec();
    Err(format!("{}: {error}", order.program))
}

/// Waits for the byte by which the host says that the control groups are made, which it does meanwhile. What comes
/// after that byte is for the first process inside.
fn wait_for_leave() -> Result<(), String> {
    match rustix::io::read(std::io::stdin(), &mut [0; LEAVE.len()]) {
        Ok(1) => Ok(()),
        Ok(_) => Err("the host has let go.".into()),
        Err(error) => Err(format!("input: {error}")),
    }
}

/// Joins a control group.
fn join(group: &Path) -> std::io::Result<()> {
    // 0 is whoever writes. As a thread, where that can be: for a whole process the kernel waits until no other process
    // is being made, many milliseconds long. This one has but one thread.
    match fs::OpenOptions::new().write(true).open(group.join("tasks")) {
        Ok(mut tasks) => tasks.write_all(b"0"),
        Err(_) => fs::write(group.join("cgroup.procs"), "0"),
    }
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
}

impl Prepared {
    fn add(&mut self, argument: Argument) -> std::io::Result<()> {
        let word = match argument {
            Argument::Devices => {
                self.arguments.push("--dev".into());
                "/dev".into()
            }
            Argument::Text(text) | Argument::Folder(text) => text,
            Argument::Report => {
                let report = std::io::stderr().as_fd().try_clone_to_owned()?;
                // What was opened closes by itself otherwise.
                fcntl_setfd(&report, FdFlags::empty())?;
                let number = report.as_raw_fd().to_string();
                self.open.push(report);
                number
            }
        };
        self.arguments.push(word);
        Ok(())
    }
}

/// Shows what paths lead to where any user may walk, in a mount namespace that only this process has.
fn stage(arguments: &mut Vec<Argument>) -> std::io::Result<()> {
    let stage = STAGES.into_iter().find(|stage| Path::new(stage).is_dir()).ok_or(std::io::ErrorKind::NotFound)?;
    unshare(CloneFlags::CLONE_NEWNS)?;
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    // Opened before the stage hides anything.
    let mut open = Vec::new();
    for (number, argument) in arguments.iter_mut().enumerate() {
        let Argument::Folder(path) = argument else { continue };
        let place = format!("{stage}/{number}");
        open.push((
            rustix::fs::open(path.as_str(), OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?,
            place.clone(),
        ));
        *argument = Argument::Text(place);
    }
    rustix::mount::mount("tmpfs", stage, "tmpfs", MountFlags::NOSUID, Some(c"mode=0755"))?;
    for (source, place) in open {
        fs::create_dir(&place)?;
        rustix::mount::mount_bind_recursive(format!("/proc/self/fd/{}", source.as_raw_fd()), place.as_str())?;
    }
    let devices = format!("{stage}/dev");
    if let Some(at) = arguments.iter().position(|argument| *argument == Argument::Devices)
        && devices::make(Path::new(&devices)).is_ok()
    {
        arguments.splice(at..=at, ["--dev-bind", &devices, "/dev"].map(|word| Argument::Text(word.into())));
    }
    Ok(())
}
