//! How runs end.

use std::sync::Arc;

use domain::sandbox::{RoomKind, Verdict};
use domain::{ErrorCode, Role, RunState};
use futures_util::FutureExt as _;
use runs::{Files, Keep, NewRun, Work};
use sandbox::rooms::Image;
use sandbox::{Fault, Sandboxes, archive, cut_mark};
use store::testing::owner;

use crate::hall::{Broken, Hall, files, in_room};

#[tokio::test]
async fn a_command_works_on_its_files_in_a_bare_environment() {
    let Some(hall) = Hall::open(2).await else { return };
    let command = "cat hello.txt; pwd; id -u; echo oops >&2; env | cut -d= -f1 | sort | tr '\\n' ' '; cat; exit 3";
    let (run, text) = hall.done(hall.new_run(command)).await;
    assert_eq!(run.verdict, Some(Verdict::Exit(3)), "{run:?} {text}");
    assert_eq!(text, "hello\n/work\n65532\noops\nCI HOME LANG PATH PWD TERM ");
    assert_eq!((run.state, run.room), (RunState::Ended, Some(RoomKind::Namespace)));
    assert_eq!(run.output_bytes, i64::try_from(text.len()).unwrap());
    assert!(run.cpu_micros.is_some() && run.started_at.is_some(), "{run:?}");
    let (run, text) = hall.done(hall.new_run("true")).await;
    assert_eq!((run.verdict, run.reason, text.as_str()), (Some(Verdict::Ok), None, ""));
    hall.close().await;
}

#[tokio::test]
async fn time_and_output_have_their_ends() {
    let Some(hall) = Hall::open(2).await else { return };
    let late = NewRun { seconds: Some(1), ..hall.new_run("echo begun; sleep 50") };
    let (run, text) = hall.done(late).await;
    assert_eq!((run.verdict, text.as_str()), (Some(Verdict::Timeout), "begun\n"), "{run:?}");
    let (run, text) = hall.done(hall.new_run("yes")).await;
    assert_eq!((run.verdict, run.cut, run.output_bytes), (Some(Verdict::Output), true, 1 << 20), "{run:?}");
    assert!(text.ends_with(&cut_mark(1 << 20)) && text.len() == (1 << 20) + cut_mark(1 << 20).len());
    hall.close().await;
}

#[tokio::test]
async fn what_no_run_may_have_is_refused_by_name() {
    let Some(hall) = Hall::open(2).await else { return };
    let refused = async |new: NewRun| {
        let error = hall.runs.begin(&owner(), new, Work::on(files())).await.unwrap_err();
        (error.code, error.field.unwrap_or_default())
    };
    let invalid = |field: &str| (ErrorCode::Invalid, field.to_owned());
    assert_eq!(refused(NewRun { seconds: Some(61), ..hall.new_run("true") }).await, invalid("seconds"));
    assert_eq!(refused(NewRun { seconds: Some(0), ..hall.new_run("true") }).await, invalid("seconds"));
    assert_eq!(refused(hall.new_run(" ")).await, invalid("command"));
    let helper = NewRun { preset: domain::sandbox::Preset::Helper, seconds: None, ..hall.new_run("true") };
    assert_eq!(refused(helper).await, invalid("preset"));
    let viewer = hall.person("vera", Some(Role::Viewer)).await;
    let error = hall.runs.begin(&viewer, hall.new_run("true"), Work::on(files())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    hall.close().await;
}

#[tokio::test]
async fn what_is_to_be_kept_comes_out_and_the_rest_does_not() {
    let Some(hall) = Hall::open(2).await else { return };
    let into = tempfile::tempdir().unwrap();
    let keep =
        Keep { without: vec!["node_modules".into()], into: into.path().to_owned(), limits: archive::Limits::default() };
    let work = Work { keep: Some(keep), ..Work::on(files()) };
    let command = "mkdir -p out node_modules/x && echo built > out/index.html && touch node_modules/x/y";
    let run = hall.runs.begin(&owner(), hall.new_run(command), work.clone()).await.unwrap();
    assert_eq!(hall.finished(run.id).await.verdict, Some(Verdict::Ok));
    assert_eq!(std::fs::read_to_string(into.path().join("out/index.html")).unwrap(), "built\n");
    assert_eq!(std::fs::read_to_string(into.path().join("hello.txt")).unwrap(), "hello\n");
    assert!(!into.path().join("node_modules").exists());

    let other = tempfile::tempdir().unwrap();
    let keep = Keep { into: other.path().to_owned(), ..work.keep.clone().unwrap() };
    let hostile = Work { keep: Some(keep), ..work.clone() };
    let run = hall.runs.begin(&owner(), hall.new_run("ln -s /etc/passwd out"), hostile).await.unwrap();
    let run = hall.finished(run.id).await;
    assert_eq!(run.verdict, Some(Verdict::Infrastructure), "{run:?}");
    assert!(run.reason.as_deref().unwrap().contains("not kept"), "{run:?}");
    assert!(!other.path().join("out").exists());

    let third = tempfile::tempdir().unwrap();
    let keep = Keep { into: third.path().to_owned(), ..work.keep.clone().unwrap() };
    let run = hall.runs.begin(&owner(), hall.new_run("exit 1"), Work { keep: Some(keep), ..work }).await.unwrap();
    assert_eq!(hall.finished(run.id).await.verdict, Some(Verdict::Exit(1)));
    assert_eq!(std::fs::read_dir(third.path()).unwrap().count(), 0, "what failed is not kept");
    hall.close().await;
}

#[tokio::test]
async fn a_run_that_cannot_begin_says_why() {
    let room = |fault| {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        (in_room(Arc::new(Broken(fault)), folder.path()), folder)
    };
    let nowhere = (Sandboxes::none("No engine answers.", "Start one."), Arc::new(tempfile::tempdir().unwrap()));
    for ((sandboxes, folder), verdict, words) in [
        (nowhere, Verdict::Refused, "No engine answers. Start one."),
        (room(|| Fault::NoImage { image: Image::Node.name() }), Verdict::Refused, "tatwats sandbox build node"),
        (room(|| Fault::Refused("Not here.".into())), Verdict::Refused, "Not here."),
        (room(|| Fault::infrastructure("the engine is gone.", "a secret")), Verdict::Infrastructure, "engine is gone"),
    ] {
        let hall = Hall::with(sandboxes, 2, folder).await;
        let run = hall.begin("true").await;
        let run = hall.finished(run.id).await;
        assert_eq!((run.verdict, run.started_at), (Some(verdict), None), "{run:?}");
        let reason = run.reason.unwrap();
        assert!(reason.contains(words) && !reason.contains("secret"), "{reason}");
        assert!(hall.runs.output(run.id, 0).await.unwrap().is_empty());
        hall.close().await;
    }
}

#[tokio::test]
async fn files_that_cannot_be_had_are_no_reason_to_run() {
    let Some(hall) = Hall::open(2).await else { return };
    let gone: Files = Arc::new(|| std::future::ready(Err(domain::Error::not_found("project"))).boxed());
    let run = hall.runs.begin(&owner(), hall.new_run("echo no"), Work::on(gone)).await.unwrap();
    let run = hall.finished(run.id).await;
    assert_eq!((run.verdict, run.started_at), (Some(Verdict::Refused), None), "{run:?}");
    hall.close().await;
}
