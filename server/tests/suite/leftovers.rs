//! A server that is killed leaves no helper behind, and one that is started after it runs each helper once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use crate::http::get;
use crate::program::{Program, free_address};
use crate::ws::LONG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_leaves_no_helper_behind() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut left = BTreeSet::new();
    for _ in 0..2 {
        let program = Program::serve(folder.path(), address, true).await;
        running(&program).await;
        let below = descendants(program.pid());
        assert!(below.len() >= 3, "three helpers at least: {below:?}");
        left.extend(below);
        program.kill_9().await;
    }
    gone(&left).await;
    let program = Program::serve(folder.path(), address, true).await;
    running(&program).await;
    let below = descendants(program.pid());
    assert!(program.terminate().await.success());
    gone(&below).await;
}

/// Waits until every built-in helper runs.
async fn running(program: &Program) {
    let began = Instant::now();
    loop {
        let answer = get(program.address, "/api/v1/helpers").send().await.json();
        let helpers = answer.as_array().or_else(|| answer["items"].as_array()).cloned().unwrap_or_default();
        let run = helpers.iter().filter(|entry| entry["process"]["status"] == "running").count();
        if run >= 3 {
            return;
        }
        assert!(began.elapsed() < LONG, "the helpers do not come up: {answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until none of these processes lives.
async fn gone(pids: &BTreeSet<u32>) {
    let began = Instant::now();
    while let Some(alive) = pids.iter().find(|pid| parent(**pid).is_some()) {
        assert!(began.elapsed() < Duration::from_secs(10), "process {alive} outlived its server by 10 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every process below `pid`.
fn descendants(pid: u32) -> BTreeSet<u32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parents: BTreeMap<u32, u32> = numbers.filter_map(|child| Some((child, parent(child)?))).collect();
    let is_below = |mut child: u32| {
        while let Some(&above) = parents.get(&child) {
            if above == pid {
                return true;
            }
            child = above;
        }
        false
    };
    parents.keys().copied().filter(|child| is_below(*child)).collect()
}

/// The parent of a process that lives; a zombie does not.
fn parent(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut rest = text.rsplit_once(") ")?.1.split(' ');
    let state = rest.next()?;
    if state == "Z" { None } else { rest.next()?.parse().ok() }
}
