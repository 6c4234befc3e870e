//! The program `room`: what runs inside every sandbox, as its first process and in front of every command.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod command;
mod confine;
mod devices;
mod enter;
mod files;
mod inherited;
mod init;
mod measure;
mod process;
mod processes;
mod proxy;
mod reap;
mod serve;
mod setup;
mod stream;
mod watch;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let word = arguments.next().unwrap_or_default();
    let ended = match word.to_str() {
        Some("enter") => enter::run(arguments),
        Some("init") => init::run(),
        Some("command") => command::run(arguments),
        Some("helper") => return helper(&arguments.next().unwrap_or_default().to_string_lossy()),
        _ => {
            Err("Usage: room enter ORDER | room init | room command ORDER PROGRAM [ARGUMENT]... | room helper NAME"
                .into())
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Where it can be read, in the log of whoever started this; and where it cannot, there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "room: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Is a built-in helper, as one of the commands inside.
fn helper(name: &str) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(agents::run(name)),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "room: runtime: {error}");
            ExitCode::FAILURE
        }
    }
}
