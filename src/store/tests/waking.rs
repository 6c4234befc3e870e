//! When live readers are woken: once for what is written in a burst, and soon where writing takes long.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::access::Action;
use store::commands::OpenConversation;
use store::testing::{TestStore, owner};
use store::{Change, Command, Store};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::timeout;

/// Holds up the batch that it is in, until it is let go.
#[derive(Clone, Default)]
struct Dawdle {
    holds: Arc<Notify>,
    may_go: Arc<Notify>,
}

impl Command for Dawdle {
    const ACTION: Action = Action::Read;
    type Output = ();

    async fn apply(&self, _: &mut Change<'_>) -> domain::Result<()> {
        self.holds.notify_one();
        self.may_go.notified().await;
        Ok(())
    }
}

/// Has something happen.
fn happen(store: &Store) -> JoinHandle<()> {
    let store = store.clone();
    tokio::spawn(async move {
        let open = OpenConversation { title: "Pods".into(), participants: vec![], project: None };
        store.run(&owner(), open).await.unwrap();
    })
}

fn hold_up(store: &Store) -> (Dawdle, JoinHandle<()>) {
    let (store, dawdle) = (store.clone(), Dawdle::default());
    let command = dawdle.clone();
    (dawdle, tokio::spawn(async move { store.run(&owner(), command).await.unwrap() }))
}

/// Lets everyone do what can be done without waiting.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

#[tokio::test]
async fn what_is_said_together_is_heard_together() {
    let test = TestStore::sqlite().await;
    settle().await;
    // While something blocks, a clock that stands still is not moved on.
    tokio::time::pause();
    let (going, waits) = std::sync::mpsc::channel::<()>();
    let blocks = spawn_blocking(move || waits.recv());
    let woken = Arc::new(AtomicUsize::new(0));
    let reader = tokio::spawn({
        let (mut pulse, woken) = (test.store.log().pulse(), woken.clone());
        async move {
            while pulse.changed().await.is_ok() {
                woken.fetch_add(1, Ordering::SeqCst);
            }
        }
    });

    let first = happen(&test.store);
    let (dawdle, held_up) = hold_up(&test.store);
    dawdle.holds.notified().await;
    let others = [happen(&test.store), happen(&test.store)];
    yield_now().await;
    dawdle.may_go.notify_one();
    for written in [first, held_up].into_iter().chain(others) {
        written.await.unwrap();
    }
    settle().await;
    assert_eq!(woken.load(Ordering::SeqCst), 1);

    happen(&test.store).await.unwrap();
    settle().await;
    assert_eq!(woken.load(Ordering::SeqCst), 2, "what comes alone is heard at once");
    reader.abort();
    drop(going);
    let _ = blocks.await.unwrap();
    tokio::time::resume();
    test.finish().await;
}

#[tokio::test]
async fn what_is_written_is_heard_although_the_next_takes_long() {
    let test = TestStore::sqlite().await;
    settle().await;
    let mut pulse = test.store.log().pulse();
    let first = happen(&test.store);
    let (before, held_up) = hold_up(&test.store);
    before.holds.notified().await;
    let (long, takes_long) = hold_up(&test.store);
    yield_now().await;
    before.may_go.notify_one();
    long.holds.notified().await;
    timeout(Duration::from_secs(30), pulse.changed()).await.expect("it is heard").unwrap();
    long.may_go.notify_one();
    for written in [first, held_up, takes_long] {
        written.await.unwrap();
    }
    test.finish().await;
}
