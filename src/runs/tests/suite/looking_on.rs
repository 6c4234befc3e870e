//! Looking on, from any byte, and typing.

use domain::sandbox::Verdict;
use domain::{Actor, ErrorCode, Role, RunId, RunState};
use runs::{NewRun, Seen, Size, Work};
use store::testing::owner;
use tokio::time::timeout;

use crate::hall::{Hall, LONG, files};

/// What is seen from a byte on, to the end: the output, and the states.
async fn look(hall: &Hall, run: RunId, after: u64) -> (String, Vec<RunState>) {
    let mut watch = hall.runs.watch(run, after).await.unwrap();
    let (mut text, mut states) = (String::new(), Vec::new());
    while let Some(seen) = timeout(LONG, watch.next()).await.expect("it does not end").unwrap() {
        match seen {
            Seen::Output(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Seen::Run(run) => states.push(run.state),
            Seen::Position(_) => {}
        }
    }
    assert_eq!(watch.at(), after + text.len() as u64);
    (text, states)
}

#[tokio::test]
async fn everyone_sees_all_of_it_from_where_they_want() {
    let Some(hall) = Hall::open(2).await else { return };
    let terminal = Some(Size { columns: 80, rows: 24 });
    let new = NewRun { terminal, ..hall.new_run("stty -echo; echo one; read x; echo two; read x; echo three") };
    let run = hall.runs.begin(&owner(), new, Work::on(files())).await.unwrap();
    hall.wrote(run.id, "one").await;
    let early = async {
        hall.wrote(run.id, "one").await;
        hall.runs.input(&owner(), run.id, b"\n").await.unwrap();
        hall.wrote(run.id, "two").await;
        assert_eq!(hall.runs.output(run.id, 3).await.unwrap(), "\r\ntwo\r\n");
        hall.runs.input(&owner(), run.id, b"\n").await.unwrap();
    };
    let ((), first, second) = tokio::join!(early, look(&hall, run.id, 0), look(&hall, run.id, 5));
    let whole = "one\r\ntwo\r\nthree\r\n";
    assert_eq!(first.0, whole);
    assert_eq!(second.0, whole[5..]);
    assert_eq!(first.1.last(), Some(&RunState::Ended));
    // And when it is over.
    assert_eq!(look(&hall, run.id, 10).await, (whole[10..].to_owned(), vec![RunState::Ended]));
    assert_eq!(look(&hall, run.id, 0).await.0, whole);
    hall.close().await;
}

#[tokio::test]
async fn a_terminal_has_the_size_it_is_given_before_and_while_it_runs() {
    let Some(hall) = Hall::open(2).await else { return };
    let terminal = Some(Size { columns: 100, rows: 30 });
    let command = "trap 'stty size; exit 7' WINCH; stty size; while :; do sleep 0.05; done";
    let new = NewRun { terminal, ..hall.new_run(command) };
    let run = hall.runs.begin(&owner(), new, Work::on(files())).await.unwrap();
    hall.wrote(run.id, "30 100").await;
    hall.runs.resize(&owner(), run.id, Size { columns: 40, rows: 12 }).await.unwrap();
    assert_eq!(hall.finished(run.id).await.verdict, Some(Verdict::Exit(7)));
    let text = hall.runs.output(run.id, 0).await.unwrap();
    assert!(String::from_utf8_lossy(&text).contains("12 40"), "{text:?}");
    hall.close().await;
}

#[tokio::test]
async fn nobody_types_who_may_not_or_where_nothing_is_read() {
    let Some(hall) = Hall::open(2).await else { return };
    let viewer = hall.person("vera", Some(Role::Viewer)).await;
    let plain = hall.begin("echo on; sleep 50").await;
    hall.wrote(plain.id, "on").await;
    let code = async |actor: &Actor, run| hall.runs.input(actor, run, b"x").await.unwrap_err().code;
    assert_eq!(code(&owner(), plain.id).await, ErrorCode::Conflict);
    assert_eq!(code(&viewer, plain.id).await, ErrorCode::Forbidden);
    hall.runs.cancel(&owner(), plain.id).await.unwrap();
    let plain = hall.finished(plain.id).await;
    assert_eq!(code(&owner(), plain.id).await, ErrorCode::Conflict);
    hall.close().await;
}
