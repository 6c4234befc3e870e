//! Ends that nobody wanted: the server killed in the middle, the engine crashed or stopped in the middle, and sandboxes
//! that nobody holds any more.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::Verdict;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::harness::engine::{OwnEngine, containers, processes};
use crate::harness::rooms::{self, AS_SERVER};
use crate::harness::{Case, SMALL, Traces, in_both};

/// How long what waits for an end may wait.
const SOON: Duration = Duration::from_secs(20);

in_both! {
    /// Killed while what it runs ignores signals, multiplies and hides. Its sandboxes end before anybody clears away.
    async fn server_killed(case: Case) {
        if let Ok(node) = std::env::var(AS_SERVER) {
            serve(&Case::of_node(case.kind, node).await.unwrap()).await;
        }
        let this = format!("endings::server_killed::{}", case.kind);
        let mut server = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &this, "--nocapture", "--test-threads", "1"])
            .env(AS_SERVER, &case.node)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let mut all = Vec::new();
        while all.len() < 3 {
            let line = timeout(SOON, lines.next_line()).await.unwrap().unwrap().expect("a server that makes sandboxes");
            // The first one follows what the test says of itself.
            let told = line.split_once("SANDBOX ").map(|(_, told)| told.split(' ').collect::<Vec<_>>());
            if let Some([id, name, pid]) = told.as_deref() {
                let traces = Traces::known((*id).into(), (*name).into(), pid.parse().ok());
                assert!(traces.sees_processes() && !traces.processes().is_empty(), "{line}");
                all.push(traces);
            }
        }
        server.kill().await.unwrap();

        let killed = Instant::now();
        for traces in &all {
            while !traces.processes().is_empty() {
                assert!(killed.elapsed() < SOON, "{:#?}", traces.processes());
                sleep(Duration::from_millis(10)).await;
            }
        }
        // What is then left of them does nothing any more. The next server of that name clears it away, and nobody else's.
        let neighbour = case.open(SMALL).await;
        let (own, others) = (case.node.as_str(), &|id| id == neighbour.id());
        case.room.clear("attacked-by-nobody", &|_| false).await.unwrap();
        case.room.clear(own, others).await.unwrap();
        for traces in &all {
            traces.gone().await;
        }
        assert_eq!(case.room.clear(own, others).await.unwrap(), 0);
        case.attack("trivial").run_in(&neighbour).await.ended(Verdict::Ok);
        case.close(neighbour).await;
    }

    /// Let go of instead of ended.
    async fn dropped(case: Case) {
        let sandbox = case.open(SMALL).await;
        let traces = Traces::of(&sandbox);
        let command = sandbox.spawn(case.attack("deaf").spawn(&sandbox)).await.unwrap();
        assert!(!traces.processes().is_empty());
        drop(command);
        drop(sandbox);
        traces.gone().await;
    }

    /// Let go of while it is being made.
    async fn dropped_too_early(case: Case) {
        for millis in [0, 1, 5, 20, 50, 100] {
            let opening = sandbox::Sandbox::open(case.room.clone(), case.order(SMALL));
            drop(timeout(Duration::from_millis(millis), opening).await);
        }
        let begun = Instant::now();
        // The room tidies up in the background. Whatever this finds it removes, so it looks as the engine and the kernel do.
        while let Some(left) = leftovers(&case.node).await {
            assert!(begun.elapsed() < SOON, "{left}");
            sleep(Duration::from_millis(20)).await;
        }
        case.still_answers().await;
    }

    /// Ended in the middle of a run, by the server.
    async fn ended(case: Case) {
        let sandbox = case.open(SMALL).await;
        let traces = Traces::of(&sandbox);
        let ending = async {
            sleep(Duration::from_millis(300)).await;
            sandbox.end().await.unwrap();
        };
        let (seen, ()) = tokio::join!(case.attack("deaf").run_in(&sandbox), ending);
        seen.ended(Verdict::Infrastructure);
        traces.gone().await;
        case.still_answers().await;
    }
}

/// Is the server that will be killed.
async fn serve(case: &Case) {
    for attack in ["deaf", "forks", "daemon holds"] {
        let sandbox = Box::leak(Box::new(case.open(SMALL).await));
        Box::leak(Box::new(sandbox.spawn(case.attack(attack).spawn(sandbox)).await.unwrap()));
        println!("SANDBOX {} {} {}", sandbox.id(), sandbox.name(), sandbox.pid().unwrap());
    }
    std::future::pending().await
}

/// Anything that bears the name of this node.
async fn leftovers(node: &str) -> Option<String> {
    if let Some((_, words)) = processes().find(|(_, words)| words.contains(node)) {
        return Some(words);
    }
    let address = std::env::var("TATWATS_TEST_DOCKER").ok()?;
    let socket = address.strip_prefix("unix://")?;
    let listed = containers(socket.as_ref(), &format!("tatwats.node={node}")).await;
    (!listed.is_empty()).then_some(listed)
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Crash,
    Stop,
}

/// Whoever ran something is told that the engine failed it, and what the engine left is cleared away when it is back.
async fn engine_ends(way: Way) {
    let Some(mut engine) = OwnEngine::start().await else { return };
    let case = Case::in_room(Arc::new(rooms::by_engine(&engine.address()).await));
    let sandbox = case.open(SMALL).await;
    let traces = Traces::of(&sandbox);
    assert!(traces.sees_processes());
    let running = case.attack("deaf").seconds(60).run_in(&sandbox);
    let ending = async {
        while !traces.processes().iter().any(|line| line.contains("deaf")) {
            sleep(Duration::from_millis(10)).await;
        }
        match way {
            Way::Crash => engine.crash().await,
            Way::Stop => engine.stop().await,
        }
        Instant::now()
    };
    let (seen, ended) = tokio::join!(running, ending);
    seen.ended(Verdict::Infrastructure);
    assert!(ended.elapsed() < SOON, "told {:?} after", ended.elapsed());
    drop(sandbox);

    engine.start_again().await;
    let after = Case::in_room(Arc::new(rooms::by_engine(&engine.address()).await));
    after.room.clear(&case.node, &|_| false).await.unwrap();
    assert_eq!(containers(&engine.socket(), &format!("tatwats.node={}", case.node)).await, "");
    traces.gone().await;
    after.still_answers().await;
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_crashed() {
    engine_ends(Way::Crash).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_stopped() {
    engine_ends(Way::Stop).await;
}
