//! How sandboxes end, and that nothing is left of them.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use uuid::Uuid;

use super::{inspect, of_node, until_none};
use crate::Fault;
use crate::rooms::docker::testing::{OwnEngine, PATIENCE, ask, order, room, with_shell};
use crate::rooms::{Opened, Over, Room as _};

/// What is still said until its end.
async fn rest(opened: &mut Opened) -> String {
    let mut rest = String::new();
    timeout(PATIENCE, opened.output.read_to_string(&mut rest)).await.expect("the end of its output").unwrap();
    rest
}

#[tokio::test]
async fn what_is_told_is_answered_and_ending_it_leaves_nothing() {
    let Some(room) = room().await else { return };
    let order = order();
    let mut opened = room.open(&order).await.unwrap();
    assert_eq!(ask(&mut opened, "echo hello").await, "hello\n");
    assert_eq!(of_node(room.engine(), &order.node).await, [opened.hold.name()]);
    let (ended, over) = tokio::join!(opened.hold.end(), opened.hold.over());
    ended.unwrap();
    assert!(!over.memory);
    assert_eq!(of_node(room.engine(), &order.node).await, [""; 0]);
    opened.hold.end().await.unwrap();
    assert_eq!(rest(&mut opened).await, "");
}

#[tokio::test]
async fn the_end_of_its_input_ends_it() {
    let Some(room) = room().await else { return };
    let order = order();
    let mut opened = room.open(&order).await.unwrap();
    opened.input.write_all(b"echo last words\n").await.unwrap();
    drop(std::mem::replace(&mut opened.input, Box::new(tokio::io::sink())));
    assert_eq!(rest(&mut opened).await, "last words\n");
    let over = timeout(PATIENCE, opened.hold.over()).await.unwrap();
    assert_eq!(over, Over::default());
    drop(opened);
    until_none(room.engine(), &order.node).await;
}

#[tokio::test]
async fn what_it_complained_of_is_told() {
    let Some(room) = room().await else { return };
    let mut opened = room.open(&order()).await.unwrap();
    opened.input.write_all(b"echo the disk is on fire >&2; exit 3\n").await.unwrap();
    assert_eq!(rest(&mut opened).await, "");
    let over = timeout(PATIENCE, opened.hold.over()).await.unwrap();
    assert_eq!(over, Over { memory: false, complaint: Some("the disk is on fire".into()) });
    opened.hold.end().await.unwrap();
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_left() {
    let Some(room) = room().await else { return };
    let order = order();
    for patience in [0, 5, 30, 80, 200] {
        let mut order = order.clone();
        order.id = super::super::testing::order().id;
        drop(timeout(Duration::from_millis(patience), room.open(&order)).await);
    }
    // Whatever of them is still being made is made and removed before the next one is.
    let last = room.open(&order).await.unwrap();
    last.hold.end().await.unwrap();
    until_none(room.engine(), &order.node).await;
}

#[tokio::test]
async fn clearing_removes_what_this_node_left_and_nothing_else() {
    let Some(room) = room().await else { return };
    let (left, mut kept, other) = (order(), order(), order());
    kept.node.clone_from(&left.node);
    let opened = (room.open(&left).await.unwrap(), room.open(&kept).await.unwrap(), room.open(&other).await.unwrap());
    assert_eq!(room.clear(&left.node, &|id| id == kept.id).await.unwrap(), 1);
    assert_eq!(of_node(room.engine(), &left.node).await, [opened.1.hold.name()]);
    assert_eq!(of_node(room.engine(), &other.node).await, [opened.2.hold.name()]);
    assert_eq!(room.clear(&left.node, &|_| false).await.unwrap(), 1);
    assert_eq!(room.clear(&left.node, &|id| id == Uuid::from_u128(1)).await.unwrap(), 0);
    assert!(inspect(room.engine(), &opened.2.hold.name()).await.is_some());
    opened.2.hold.end().await.unwrap();
}

#[tokio::test]
async fn an_engine_that_stops_in_the_middle_is_told_and_leaves_nothing() {
    let Some(mut own) = OwnEngine::start().await else { return };
    let Some(room) = with_shell(own.engine().await).await else { return };
    let order = order();
    let mut opened = room.open(&order).await.unwrap();
    ask(&mut opened, "echo hello").await;
    own.stop().await;
    rest(&mut opened).await;
    let over = timeout(PATIENCE, opened.hold.over()).await.expect("an end");
    assert!(!over.memory);
    assert!(matches!(opened.hold.end().await, Err(Fault::Infrastructure { .. })));
    assert!(matches!(room.open(&order).await, Err(Fault::Infrastructure { .. })));
    assert!(matches!(room.clear(&order.node, &|_| false).await, Err(Fault::Infrastructure { .. })));
    // As if the server had been killed: it clears at its next start.
    std::mem::forget(opened);
    let engine = own.start_again().await;
    assert_eq!(room.clear(&order.node, &|_| false).await.unwrap(), 1);
    assert_eq!(of_node(&engine, &order.node).await, [""; 0]);
    own.stop().await;
}

#[tokio::test]
async fn an_engine_that_crashes_is_told_and_leaves_nothing_once_it_is_back() {
    let Some(mut own) = OwnEngine::start().await else { return };
    let Some(room) = with_shell(own.engine().await).await else { return };
    let order = order();
    let mut opened = room.open(&order).await.unwrap();
    ask(&mut opened, "echo hello").await;
    let guest = opened.hold.pid().expect("a process of this machine");
    own.kill().await;
    rest(&mut opened).await;
    let over = timeout(PATIENCE, opened.hold.over()).await.expect("an end");
    assert!(over.complaint.is_some(), "{over:?}");
    // Removing it is asked for while nobody is there to do it, and again until somebody is.
    drop(opened);
    let engine = own.start_again().await;
    until_none(&engine, &order.node).await;
    assert!(!std::path::Path::new(&format!("/proc/{guest}")).exists());
    own.stop().await;
}
