//! `room init`: the first process of a sandbox, from its first moment until the host lets go of it.

use std::io::Read as _;
use std::os::fd::AsFd as _;

use nix::sys::signal::{SigSet, Signal};
use room::{Guest, Host, frame};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use tokio::io::BufReader;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

use crate::stream::never_waiting;
use crate::{inherited, serve, setup};

/// Waits to be told how to set up, does so, and serves. Whatever way this ends, the kernel ends everything else with
/// the sandbox's first process.
pub(crate) fn run() -> Result<(), String> {
    // It signals everything there is: right within a sandbox, and a disaster anywhere else.
    if std::process::id() != 1 {
        return Err("room init is the first process of a sandbox, and this is none.".into());
    }
    // Guests cannot end it by a signal that is not handled: one that is held never arrives.
    let mut held = SigSet::all();
    held.remove(Signal::SIGCHLD);
    held.thread_block().map_err(|error| format!("signals: {error}"))?;
    // From here on no other process of this user can look into this one.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| format!("dumpable: {error}"))?;
    inherited::close().map_err(|error| format!("open files: {error}"))?;
    // One thread: what is set up for it is set up for all that it ever starts.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| format!("runtime: {error}"))?;
    let ended = runtime.block_on(until_let_go());
    // Threads may still be busy with files for a host that is not there any more.
    runtime.shutdown_background();
    ended
}

async fn until_let_go() -> Result<(), String> {
    heed_signals().map_err(|error| format!("signals: {error}"))?;
    let stdin = std::io::stdin().as_fd().try_clone_to_owned().and_then(never_waiting);
    let input = stdin.and_then(pipe::Receiver::from_owned_fd_unchecked).map_err(|error| format!("input: {error}"))?;
    let stdout = std::io::stdout().as_fd().try_clone_to_owned().and_then(never_waiting);
    let output = stdout.and_then(pipe::Sender::from_owned_fd_unchecked);
    let mut output = output.map_err(|error| format!("output: {error}"))?;
    let mut input = BufReader::with_capacity(room::MAX_BODY, input);

    let first = frame::read(&mut input).await.map_err(|error| format!("setup: {error}"))?;
    let done = match first {
        None => return Ok(()),
        Some(Host::Setup(setup)) => setup::apply(&setup).map(|(ready, limits)| (ready, setup, limits)),
        Some(_) => Err("Setup must come first.".into()),
    };
    let answer = match &done {
        Ok((ready, ..)) => Guest::Ready(ready.clone()),
        Err(why) => Guest::Failed(0, why.clone()),
    };
    frame::write(&mut output, &answer).await.map_err(|error| format!("output: {error}"))?;
    let (_, setup, limits) = done?;
    serve::serve(input, output, setup, limits).await
}

/// Takes back that signals are ignored, which every command would inherit from whoever started the server, like `nohup`.
fn heed_signals() -> std::io::Result<()> {
    // As a rule in one piece: asked for little by little, the kernel writes it anew each time.
    let mut status = String::with_capacity(4096);
    std::fs::File::open("/proc/self/status")?.read_to_string(&mut status)?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap_or_default();
    // The one about pipes is set back for every command anyway; those past 31 belong to the library.
    for number in (1..32).filter(|number| ignored & (1 << (number - 1)) != 0 && *number != Signal::SIGPIPE as i32) {
        // A handler is what no command inherits. Nobody needs to hear of it.
        drop(signal(SignalKind::from_raw(number))?);
    }
    Ok(())
}
