//! `room command ORDER PROGRAM [ARGUMENT]...`: the last steps before a command, which only its own process can take.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::signal::SigSet;
use room::Channel;
use serde::{Deserialize, Serialize};

use crate::confine::{self, limits::Limits};

/// How to start a command. Its environment is this process's own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// What it is known by.
    pub(crate) channel: Channel,
    /// The folder to be in.
    pub(crate) folder: String,
    /// Whether standard input is a terminal, which is to be the command's own.
    pub(crate) terminal: bool,
    /// The number of an open pipe: closed when the command runs, with a sentence in it when it does not.
    pub(crate) report: i32,
    /// What the kernel limits for each process.
    pub(crate) limits: Limits,
}

/// Becomes the command; comes back only when that cannot be.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    let order = arguments.next().unwrap_or_default();
    let order: Order =
        serde_json::from_slice(order.as_encoded_bytes()).map_err(|error| format!("the order: {error}"))?;
    // Opened anew, so that it closes by itself when the command takes this process over.
    let report = File::options().write(true).open(format!("/proc/self/fd/{}", order.report));
    let mut report = report.map_err(|error| format!("the report: {error}"))?;
    nix::unistd::close(order.report).map_err(|error| format!("the report: {error}"))?;
    let Err(why) = become_command(&order, arguments);
    report.write_all(why.as_bytes()).map_err(|error| format!("{why} ({error})"))
}

fn become_command(
    order: &Order,
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<std::convert::Infallible, String> {
    let program = arguments.next().ok_or("There is no command.")?;
    let fault = |what: &'static str| move |error: rustix::io::Errno| format!("{what}: {error}");
    // The first process holds signals back, and its children inherit that.
    SigSet::empty().thread_set_mask().map_err(|error| format!("signals: {error}"))?;
    rustix::process::setsid().map_err(fault("session"))?;
    if order.terminal {
        rustix::process::ioctl_tiocsctty(io::stdin()).map_err(fault("terminal"))?;
    }
    std::env::set_current_dir(&order.folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("There is no folder {}.", order.folder),
        _ => format!("The folder {} cannot be entered: {error}.", order.folder),
    })?;
    order.limits.apply(order.channel)?;
    confine::seccomp::keep_mark()?;
    let error = Command::new(&program).args(arguments).exec();
    let program = program.display();
    Err(match error.kind() {
        io::ErrorKind::NotFound => format!("There is no program {program}."),
        io::ErrorKind::PermissionDenied => format!("{program} may not be run."),
        _ => format!("{program} cannot be run: {error}."),
    })
}
