//! A server killed without warning: nothing of it runs on, and its successor begins with a clean table.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Process, ProcessStatus};
use store::clock::SystemClock;
use store::{Options, Store};

use crate::common::{SERVER, can_sandbox, lives, marked, misbehaving, name, until, write_manifest};

/// After this nothing may be left: the promise that people are given.
const PROMISED: Duration = Duration::from_secs(10);

fn serve(data: &Path) -> Child {
    let mut server = Command::new(SERVER).arg(data).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    server
}

/// A second pair of eyes on the database of a server.
async fn look(data: &Path) -> Store {
    let url = format!("sqlite://{}", data.join("tatwats.db").display());
    Store::open(Options { url, clock: Arc::new(SystemClock), node: "eyes".into() }).await.unwrap()
}

async fn running(store: &Store, helper: &str, not: Option<&Process>) -> Process {
    until(&format!("{helper} to run"), async || {
        let process = store.helper(&name(helper)).await.unwrap()?.process?;
        (process.status == ProcessStatus::Running && not.is_none_or(|other| other.id != process.id)).then_some(process)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_server_is_killed_no_process_of_a_helper_runs_on() {
    if !can_sandbox() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    for (helper, how) in [("parent", "leaves-children"), ("stays", "never-leaves")] {
        write_manifest(data.path(), helper, &misbehaving(how, "env = { MARK = 'killed-server' }"));
    }
    let mut server = serve(data.path());
    let store = look(data.path()).await;
    let alive = |processes: &[Process]| {
        let firsts = processes.iter().filter_map(|process| process.pid).filter(|pid| lives(*pid));
        firsts.chain(marked("MARK=killed-server")).collect::<Vec<_>>()
    };
    // The first process of each sandbox; two helpers, the orphan and what the orphan runs. Seen anew each time: one that
    // began too slowly is started again.
    let before = until("the orphan", async || {
        let mut processes = Vec::new();
        for helper in ["the_author", "parent", "stays"] {
            processes.push(running(&store, helper, None).await);
        }
        (alive(&processes).len() >= 7).then_some(processes)
    })
    .await;

    server.kill().unwrap();
    let killed = Instant::now();
    server.wait().unwrap();
    while !alive(&before).is_empty() {
        assert!(killed.elapsed() < PROMISED, "something runs on: {:?}", alive(&before));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let mut server = serve(data.path());
    for old in &before {
        running(&store, old.helper.as_str(), Some(old)).await;
        let processes = store.processes(&old.helper, 10).await.unwrap();
        let recorded = processes.iter().find(|process| process.id == old.id).unwrap();
        assert_eq!(recorded.status, ProcessStatus::Stopped);
        assert!(recorded.ended_at.is_some());
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_in_one_folder_the_second_is_refused() {
    if !can_sandbox() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut server = serve(data.path());
    // It would run every helper twice.
    let mut second = Command::new(SERVER).arg(data.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(second.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("Another server is already working"), "{said}");
    second.wait().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
}
