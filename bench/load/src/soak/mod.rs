//! A soak: hundreds of people, a dozen helpers and their work, on a server that is killed every minute; and then, whether
//! everything that was promised held.

mod check;
mod dice;
mod door;
mod ear;
mod fault;
mod holds;
mod host;
mod leak;
mod ledger;
mod line;
mod listen;
mod load;
mod look;
mod make;
mod options;
mod plan;
mod report;
mod set_up;
mod speak;
mod trend;
mod world;

use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use fault::{Fault, Promise};
use holds::Holds;
use host::Host;
use options::Options;
use tokio::task::LocalSet;
use tokio::time::sleep;
use world::World;

use crate::options::refuse;
use crate::{Result, say};

/// How long a server may take to let go of what it held for the load.
const SETTLES_WITHIN: Duration = Duration::from_secs(60);
/// How long it is left at rest before it is looked at: threads without work end after 10 s.
const REST: Duration = Duration::from_secs(15);

/// Reads the command line, soaks, writes the report; fails when a promise was broken, and says which.
pub(crate) fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(error) => return refuse(&*error, options::USAGE),
    };
    match run(&options) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => {
            for promise in broken {
                say(&format!("broken: {}", promise.words()));
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("the soak could not be finished: {error}"));
            ExitCode::from(3)
        }
    }
}

fn run(options: &Options) -> Result<Vec<Promise>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(soak(options)))
}

async fn soak(options: &Options) -> Result<Vec<Promise>> {
    let plan = plan::Plan::of(options.minutes, options.alone);
    let mut host = Host::new(options)?;
    let version = host.version().await?;
    say(&format!("setting up {} people and {} helpers", plan::USERS, plan::HELPERS));
    let world = Rc::new(set_up::set_up(&mut host, &options.helper).await?);

    stop(&world, &mut host, false).await?;
    host.start().await?;
    let engine = set_up::helpers_run(&world).await?;
    set_up::warm(&world).await;
    sleep(REST).await;
    let rest = holds::look(&host, engine, 0, Duration::ZERO).await?;

    say(&format!("soaking for {} min, with {} kills", options.minutes, plan.kills().len()));
    let went = load::load(&world, &mut host, plan, engine).await?;
    let lasts = went.lasts();
    let killed = &lasts[..went.restarts.len().min(lasts.len())];
    killed.iter().flat_map(|last| leak::crowded(&rest, last)).for_each(|fault| world.fault(fault));
    leak::grows_by_life(killed).into_iter().for_each(|fault| world.fault(fault));
    leak::grows(went.stretch()).into_iter().for_each(|fault| world.fault(fault));

    say("letting the load go, and waiting for the server to settle");
    let after = settle(&host, &rest, engine).await?;
    leak::stays(&rest, &after).into_iter().for_each(|fault| world.fault(fault));
    let stopped = stop(&world, &mut host, engine).await?;

    say("holding everything that was acknowledged against what a new server on the same data says");
    host.start().await?;
    set_up::helpers_run(&world).await?;
    sleep(REST).await;
    let fresh = holds::look(&host, engine, 0, Duration::ZERO).await?;
    leak::swollen(&after, &fresh).into_iter().for_each(|fault| world.fault(fault));
    let (messages, answers) = check::history(&world).await?;
    let projects = check::projects(&world, &host).await?;
    stop(&world, &mut host, engine).await?;
    for line in complaints(&host.wrote()) {
        world.fault(Fault::error(format!("the server wrote: {line}")));
    }

    let found = report::Found { rest, after, fresh, stopped, messages, answers, projects, version, engine };
    let faults = world.faults();
    std::fs::write(&options.report, report::write(options, plan, &world, &went, &found, &faults))?;
    say(&format!("the report is in {}", options.report.display()));
    Ok(faults.broken())
}

/// Waits until the server holds no more than it did at rest, or long enough.
async fn settle(host: &Host, rest: &Holds, engine: bool) -> Result<Holds> {
    let began = Instant::now();
    loop {
        sleep(Duration::from_secs(2)).await;
        let now = holds::look(host, engine, 0, began.elapsed()).await?;
        let settled = leak::stays(rest, &now).is_empty() && began.elapsed() > REST;
        if settled || began.elapsed() > SETTLES_WITHIN {
            return Ok(now);
        }
    }
}

/// Asks the server to stop: it must do so cleanly, and leave nothing. Tells how long it took.
async fn stop(world: &World, host: &mut Host, engine: bool) -> Result<Duration> {
    let (how, took) = host.stop().await?;
    if how != "exit status: 0" {
        world.fault(Fault::error(format!("the server was asked to stop: {how}")));
    }
    for left in holds::left(host, engine).await? {
        world.fault(Fault::leak(format!("after the server stopped, there are {left}")));
    }
    Ok(took)
}

/// What a server should not have to write.
fn complaints(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains(" ERROR ") || line.contains("panicked at")).take(20).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn errors_and_panics_in_the_log_are_complaints() {
        let log =
            "2026-11-28T10:00:00Z  INFO stopping\n2026-11-28T10:00:01Z ERROR it broke\nthread 'x' panicked at y\n";
        assert_eq!(super::complaints(log).len(), 2);
    }
}
