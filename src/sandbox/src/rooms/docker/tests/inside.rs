//! Commands in containers, by the program that really runs inside.

use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::{Limits, Verdict};
use room::Spawn;
use tokio_util::sync::CancellationToken;

use super::until_none;
use crate::program::program;
use crate::rooms::docker::testing::{engine, order, shown, with_program};
use crate::rooms::docker::{DockerRoom, Images};
use crate::rooms::{Image, Order};
use crate::{Limit, Outcome, Sandbox, execute};

async fn room() -> Option<Arc<DockerRoom>> {
    with_program(engine().await?, program()).await.map(Arc::new)
}

/// Runs a line of the shell inside.
async fn run(sandbox: &Sandbox, line: &str) -> (Outcome, String) {
    let spawn = Spawn {
        command: vec!["sh".into(), "-c".into(), line.into()],
        environment: vec![("PATH".into(), "/bin".into())],
        folder: "/work".into(),
        terminal: None,
    };
    let limit = Limit { seconds: 2, output_bytes: 1 << 20 };
    let mut said = Vec::new();
    let sink = |_, bytes: &[u8]| said.extend_from_slice(bytes);
    let outcome = execute(sandbox, spawn, &limit, &CancellationToken::new(), sink).await;
    (outcome, String::from_utf8_lossy(&said).into_owned())
}

/// A small sandbox.
fn small() -> Order {
    let mut order = order();
    order.profile = order.profile.with(&Limits { memory_bytes: Some(32 << 20), ..Limits::default() });
    order
}

#[tokio::test]
async fn commands_run_to_their_verdicts() {
    let Some(room) = room().await else { return };
    let order = small();
    let sandbox = Sandbox::open(room.clone(), order.clone()).await.unwrap();
    assert!(sandbox.ready().seccomp);
    let (outcome, said) = run(&sandbox, "id -un; echo x >/work/x && cat /work/x; echo oh >&2; exit 3").await;
    assert_eq!(outcome.verdict, Verdict::Exit(3), "{outcome:?}");
    // What is written to both comes in the order in which the engine hands it on.
    let (errors, output): (Vec<_>, Vec<_>) = said.lines().partition(|line| *line == "oh");
    assert_eq!((output.as_slice(), errors.as_slice()), (["guest", "x"].as_slice(), ["oh"].as_slice()), "{said}");
    assert_eq!(run(&sandbox, "dd if=/dev/zero of=/dev/null bs=100M count=1").await.0.verdict, Verdict::Memory);
    let (outcome, _) = run(&sandbox, "sleep 60 & sleep 60").await;
    assert_eq!(outcome.verdict, Verdict::Timeout);
    assert!(outcome.took < Duration::from_millis(2100), "{outcome:?}");
    sandbox.end().await.unwrap();
    until_none(room.engine(), &order.node).await;
}

#[tokio::test]
async fn without_a_network_it_has_itself_and_nobody_else() {
    let Some(room) = room().await else { return };
    let order = small();
    let sandbox = Sandbox::open(room.clone(), order.clone()).await.unwrap();
    let (_, said) = run(&sandbox, "ls /sys/class/net; cat /etc/hosts; cat /proc/net/fib_trie").await;
    assert!(said.starts_with("lo\n127.0.0.1 localhost"), "{said}");
    // So it is up: what is down has no address.
    assert!(said.contains("|-- 127.0.0.1\n"), "{said}");
    sandbox.end().await.unwrap();
    until_none(room.engine(), &order.node).await;
}

#[tokio::test]
async fn an_engine_that_does_not_see_our_files_makes_its_network_itself() {
    let Some(usual) = room().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let images = Images::new("tatwats-test", program());
    let room = Arc::new(DockerRoom::new(usual.engine().clone(), images, folder.path()).unwrap());
    // As it looks to an engine that shares but its socket with us.
    std::fs::remove_file(folder.path().join("hosts")).unwrap();
    for _ in 0..2 {
        let sandbox = Sandbox::open(room.clone(), small()).await.unwrap();
        assert!(run(&sandbox, "cat /etc/hosts").await.1.contains("localhost"));
        sandbox.end().await.unwrap();
    }
}

#[tokio::test]
async fn a_first_process_that_is_gone_is_a_failure_of_the_sandbox() {
    let Some(room) = room().await else { return };
    let order = small();
    let sandbox = Sandbox::open(room.clone(), order.clone()).await.unwrap();
    let running = run(&sandbox, "sleep 60");
    let killing = async {
        let options = None::<bollard::query_parameters::KillContainerOptions>;
        room.engine().docker.kill_container(&sandbox.name(), options).await.unwrap();
    };
    let ((outcome, _), ()) = tokio::join!(running, killing);
    assert_eq!(outcome.verdict, Verdict::Infrastructure, "{outcome:?}");
    drop(sandbox);
    until_none(room.engine(), &order.node).await;
}

#[tokio::test]
async fn helpers_get_ready_in_an_image_that_makes_itself() {
    let Some(engine) = engine().await else { return };
    let room = Arc::new(DockerRoom::new(engine, Images::ours(), &shown()).unwrap());
    let mut order = small();
    order.image = Image::Helper;
    let sandbox = Sandbox::open(room.clone(), order.clone()).await.unwrap();
    let (outcome, _) = run(&sandbox, "true").await;
    assert_eq!(outcome.verdict, Verdict::Refused, "{outcome:?}");
    assert!(outcome.why.unwrap().contains("no program"));
    sandbox.end().await.unwrap();
    assert!(room.images().has(room.engine(), Image::Helper).await.unwrap());
}
