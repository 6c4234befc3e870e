//! The program `room`: what runs inside every sandbox.

mod enter;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let word = arguments.next().unwrap_or_default();
    let ended = match word.to_str() {
        Some("enter") => enter::run(arguments),
        _ => Err("Usage: room enter ORDER".into()),
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
