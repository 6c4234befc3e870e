//! A server that ends in the middle, by itself or all of a sudden.

use std::path::Path;
use std::sync::Arc;

use domain::sandbox::Verdict;
use domain::{ErrorCode, RunState};
use runs::Work;
use store::testing::{TestStore, owner};
use tokio::runtime::{Builder, Runtime};

use crate::hall::{Hall, files, namespaces, project};

#[tokio::test]
async fn a_server_that_stops_tells_every_run_and_takes_no_more() {
    let Some(hall) = Hall::open(4).await else { return };
    let (one, two) = (hall.begin("echo on; sleep 50").await, hall.begin("echo on; sleep 50").await);
    hall.wrote(one.id, "on").await;
    hall.wrote(two.id, "on").await;
    let waits = hall.begin("true").await;
    hall.shut_down().await;
    for (run, words) in [(&one, "may have done half its work"), (&two, "half"), (&waits, "before its turn")] {
        let run = hall.store.run_by_id(run.id).await.unwrap().unwrap();
        assert_eq!((run.state, run.verdict), (RunState::Ended, Some(Verdict::Infrastructure)), "{run:?}");
        assert!(run.reason.as_deref().is_some_and(|reason| reason.contains(words)), "{run:?}");
    }
    let error = hall.runs.begin(&owner(), hall.new_run("true"), Work::on(files())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unavailable);
    hall.close().await;
}

/// What a server is: everything it does stops at once when this is dropped.
fn server() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The processes on this machine that were told this word.
fn told(word: &str) -> usize {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    pids.filter(|pid| {
        let line = std::fs::read(pid.path().join("cmdline")).unwrap_or_default();
        line.windows(word.len()).any(|window| window == word.as_bytes())
    })
    .count()
}

#[test]
fn after_a_crash_every_run_is_told_and_none_is_run_twice() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let killed = server();
    let Some(sandboxes) = killed.block_on(async { namespaces(folder.path()) }) else { return };
    let word = format!("7{}", std::process::id());
    let (database, ids) = killed.block_on(async {
        let database = TestStore::sqlite().await;
        let project = project(&database.store).await;
        let hall = Hall::over(database.store.clone(), project, sandboxes, 4, folder.clone()).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(hall.begin(&format!("echo begun; sleep {word}")).await.id);
        }
        hall.wrote(ids[0], "begun").await;
        hall.wrote(ids[1], "begun").await;
        (database, ids)
    });
    assert!(told(&word) >= 2);
    killed.shutdown_background();

    let next = server();
    next.block_on(async {
        let store = database.another().await;
        let sandboxes = namespaces(folder.path()).unwrap();
        sandboxes.clear().await.unwrap();
        let project = store.run_by_id(ids[0]).await.unwrap().unwrap().project;
        let hall = Hall::over(store.clone(), project, sandboxes, 4, folder.clone()).await;
        for (number, id) in ids.iter().enumerate() {
            let run = hall.finished(*id).await;
            assert_eq!(run.verdict, Some(Verdict::Infrastructure), "{run:?}");
            assert!(run.reason.is_some(), "{run:?}");
            assert_eq!(run.started_at.is_some(), number < 2, "{run:?}");
        }
        // What they had written is still there, once.
        let after = hall.begin("echo next").await;
        assert_eq!(hall.finished(after.id).await.verdict, Some(Verdict::Ok));
        assert_eq!(written(folder.path(), project, ids[0]), "begun\n");
        assert_eq!(written(folder.path(), project, ids[1]), "begun\n");
        assert!(!path(folder.path(), project, ids[2]).exists());
        assert_eq!(told(&word), 0, "nothing of them is left");
        hall.close().await;
        store.close().await;
    });
}

fn path(folder: &Path, project: domain::ProjectId, run: domain::RunId) -> std::path::PathBuf {
    folder.join("runs").join(project.to_string()).join(run.to_string())
}

fn written(folder: &Path, project: domain::ProjectId, run: domain::RunId) -> String {
    std::fs::read_to_string(path(folder, project, run)).unwrap()
}
