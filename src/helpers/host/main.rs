//! Stands in for the `tatwats` program in this crate's tests: the guard, the built-in helpers, a server that can be
//! killed, and helpers that misbehave.

mod misbehave;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let mode = args.next().unwrap_or_default();
    if mode == "guard" {
        return helpers::guard::run(args);
    }
    let words: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let word = words.first().map(String::as_str).unwrap_or_default();
    match mode.to_str() {
        Some("helper-agent") => in_runtime(agents::run(word)),
        Some("serve") => in_runtime(server::serve(word)),
        Some("misbehave") => misbehave::run(word),
        _ => ExitCode::from(2),
    }
}

fn in_runtime(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(_) => ExitCode::FAILURE,
    }
}
