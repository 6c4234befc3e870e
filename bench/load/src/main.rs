//! Measures the server beside what people would use instead, on this machine, in one run.
//!
//! The servers have one processor, the load another. The sides take turns, a fresh start each, so that whatever else the
//! machine does falls on all of them alike; ratios are taken within rounds. Prints the results as JSON.
//!
//! `load soak` measures nothing: it holds our server to its promises while it is killed again and again. `load bare ADDRESS` is
//! one of the servers that are measured, the one that only sends.

mod contenders;
mod figures;
mod http;
mod options;
mod processes;
mod rows;
mod server;
mod soak;
mod ws;

use std::io::Write as _;
use std::process::ExitCode;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;
use options::Options;

/// Whatever goes wrong ends the row, in words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("soak").is_some() {
        return soak::main(arguments);
    }
    if arguments.next_if_eq(contenders::bare::WORD).is_some() {
        let served = contenders::bare::serve(&arguments.next().unwrap_or_default());
        return served.map_or_else(|error| options::refuse(&*error, options::USAGE), |()| ExitCode::SUCCESS);
    }
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(error) => return options::refuse(&*error, options::USAGE),
    };
    match run(&options) {
        Ok(report) => {
            let _ = writeln!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<String> {
    let mut processor = CpuSet::new();
    processor.set(server::LOAD)?;
    sched_setaffinity(Pid::from_raw(0), &processor)?;
    // Ten thousand sockets need as many files, here and in the servers, which inherit this.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(tokio::task::LocalSet::new().run_until(rows::all(options)))?;
    Ok(serde_json::to_string_pretty(&report)?)
}

/// A line for whoever watches.
pub(crate) fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
