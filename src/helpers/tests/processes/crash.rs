//! A server killed without warning: nothing of it runs on, and its successor begins with a clean table.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Process, ProcessStatus};
use store::clock::SystemClock;
use store::{Options, Store};

use crate::common::{PROGRAM, marked, name, until, write_manifest};

/// After this nothing may be left: the promise that people are given.
const PROMISED: Duration = Duration::from_secs(10);

fn serve(data: &Path) -> Child {
    let mut server = Command::new(PROGRAM).arg("serve").arg(data).stdout(Stdio::piped()).spawn().unwrap();
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
    let data = tempfile::tempdir().unwrap();
    for (helper, how) in [("parent", "leaves-children"), ("stays", "never-leaves")] {
        write_manifest(data.path(), helper, &format!("command = '{PROGRAM}'\nargs = ['misbehave', '{how}']"));
    }
    let mut server = serve(data.path());
    let store = look(data.path()).await;
    let mut before = Vec::new();
    for helper in ["the_author", "parent", "stays"] {
        before.push(running(&store, helper, None).await);
    }
    let marks: Vec<String> = before.iter().map(|process| format!("TATWATS_PROCESS={}", process.id)).collect();
    until("the orphan", async || (marked(&marks[1]).len() >= 4).then_some(())).await;

    server.kill().unwrap();
    let killed = Instant::now();
    server.wait().unwrap();
    while marks.iter().any(|mark| !marked(mark).is_empty()) {
        assert!(
            killed.elapsed() < PROMISED,
            "something runs on: {:?}",
            marks.iter().map(|m| marked(m)).collect::<Vec<_>>()
        );
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
async fn what_escaped_its_guard_is_ended_by_the_next_server_and_strangers_are_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let mut server = serve(data.path());
    let store = look(data.path()).await;
    let author = running(&store, "the_author", None).await;
    // With the guard gone too, a process that ignores the end of its input stays behind.
    let guard = author.pid.unwrap();
    let mut escaped = Command::new("sleep").arg("600").env("TATWATS_PROCESS", author.id.to_string()).spawn().unwrap();
    let mut stranger = Command::new("sleep").arg("600").env("TATWATS_PROCESS", "somebody-else").spawn().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    Command::new("kill").args(["-9", &guard.to_string()]).status().unwrap();

    let mut server = serve(data.path());
    assert!(!escaped.wait().unwrap().success());
    assert!(stranger.try_wait().unwrap().is_none(), "it was not ours");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    running(&store, "the_author", Some(&author)).await;

    // A second server on the same folder would run every helper twice.
    let mut second = Command::new(PROGRAM).arg("serve").arg(data.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(second.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("Another server is already working"), "{said}");
    second.wait().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
}
