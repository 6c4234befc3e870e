//! Whose turn it is, and stopping.

use std::sync::Arc;

use domain::sandbox::Verdict;
use domain::{Actor, ErrorCode, Role, RunState};
use runs::{Seen, Work};
use store::commands::MAX_QUEUED;
use store::testing::owner;
use tokio::time::timeout;

use crate::hall::{Hall, LONG, Never, files, in_room};

#[tokio::test]
async fn two_of_one_person_run_and_the_third_waits_while_others_pass() {
    let Some(hall) = Hall::open(4).await else { return };
    let bob = hall.person("bob", Some(Role::Editor)).await;
    let (one, two) = (hall.begin("echo on; sleep 50").await, hall.begin("echo on; sleep 50").await);
    hall.wrote(one.id, "on").await;
    hall.wrote(two.id, "on").await;
    let (three, four) = (hall.begin("echo three").await, hall.begin("echo four").await);
    assert_eq!((hall.runs.position(three.id), hall.runs.position(four.id)), (Some(1), Some(2)));
    let mut watch = hall.runs.watch(four.id, 0).await.unwrap();
    let mut seen = async || timeout(LONG, watch.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(seen().await, Seen::Run(run) if run.state == RunState::Queued));
    assert_eq!(seen().await, Seen::Position(2));

    let passes = hall.runs.begin(&bob, hall.new_run("true"), Work::on(files())).await.unwrap();
    assert_eq!(hall.finished(passes.id).await.verdict, Some(Verdict::Ok));
    assert_eq!(hall.runs.position(three.id), Some(1), "there was room, and not for the owner");

    let stopped = hall.runs.cancel(&owner(), three.id).await.unwrap();
    assert_eq!((stopped.state, stopped.verdict), (RunState::Ended, Some(Verdict::Cancelled)));
    assert_eq!(seen().await, Seen::Position(1));
    hall.runs.cancel(&owner(), one.id).await.unwrap();
    assert!(matches!(seen().await, Seen::Run(run) if run.state == RunState::Running));
    assert_eq!(seen().await, Seen::Output("four\n".into()));
    assert!(matches!(seen().await, Seen::Run(run) if run.verdict == Some(Verdict::Ok)));
    let one = hall.finished(one.id).await;
    assert_eq!(one.verdict, Some(Verdict::Cancelled));
    assert!(one.reason.as_deref().is_some_and(|reason| reason.contains("owner")), "{one:?}");
    hall.close().await;
}

#[tokio::test]
async fn all_together_have_a_bound_of_their_own() {
    let Some(hall) = Hall::open(1).await else { return };
    let bob = hall.person("bob", Some(Role::Editor)).await;
    let one = hall.begin("echo on; sleep 50").await;
    hall.wrote(one.id, "on").await;
    let waits = hall.runs.begin(&bob, hall.new_run("true"), Work::on(files())).await.unwrap();
    assert_eq!(hall.runs.position(waits.id), Some(1));
    hall.runs.cancel(&owner(), one.id).await.unwrap();
    assert_eq!(hall.finished(waits.id).await.verdict, Some(Verdict::Ok));
    hall.close().await;
}

#[tokio::test]
async fn the_queue_takes_so_many_and_no_more() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let hall = Hall::with(in_room(Arc::new(Never), folder.path()), 2, folder).await;
    for _ in 0..MAX_QUEUED {
        hall.begin("true").await;
    }
    let error = hall.runs.begin(&owner(), hall.new_run("true"), Work::on(files())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooMany, "{error}");
    let newest = &hall.store.runs_of_project(hall.project, 1).await.unwrap()[0];
    assert_eq!(hall.runs.position(newest.id), Some(98), "two are being made ready");
    hall.runs.cancel(&owner(), newest.id).await.unwrap();
    hall.begin("true").await;
    hall.close().await;
}

#[tokio::test]
async fn only_those_may_stop_a_run_who_may_run_one_and_once_is_enough() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let hall = Hall::with(in_room(Arc::new(Never), folder.path()), 2, folder).await;
    let (viewer, stranger) = (hall.person("vera", Some(Role::Viewer)).await, hall.person("sam", None).await);
    let run = hall.begin("true").await;
    let code = async |actor: &Actor| hall.runs.cancel(actor, run.id).await.unwrap_err().code;
    assert_eq!(code(&viewer).await, ErrorCode::Forbidden);
    assert_eq!(code(&stranger).await, ErrorCode::NotFound);
    assert_eq!(hall.runs.cancel(&owner(), run.id).await.unwrap().verdict, Some(Verdict::Cancelled));
    assert_eq!(code(&owner()).await, ErrorCode::Conflict);
    assert_eq!(hall.finished(run.id).await.reason, None);
    hall.close().await;
}
