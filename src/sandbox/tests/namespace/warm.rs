//! The pool of warm sandboxes.

use std::sync::Arc;

use domain::sandbox::Preset;
use futures_util::FutureExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::rooms::Image;
use sandbox::{Opener, Pool, Sandbox, Wanted};

use crate::common::{LIMIT, Place, places, run, sh, until};

fn wanted() -> Wanted {
    Wanted { preset: Preset::Run, profile: Preset::Run.profile(), image: Image::Helper, tools: Vec::new() }
}

fn pool(place: Place, number: usize) -> (Arc<Place>, Pool) {
    let place = Arc::new(place);
    let opening = place.clone();
    let open: Opener = Arc::new(move |wanted| {
        let place = opening.clone();
        async move { Sandbox::open(place.room.clone(), place.order(wanted.profile)).await }.boxed()
    });
    (place, Pool::new(open, [(wanted(), number)]))
}

async fn filled(pool: &Pool, number: usize) {
    until("the pool is filled", || pool.ids().len() == number).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_handed_out_once_and_replaced() {
    for place in places().await {
        let (place, pool) = pool(place, 2);
        filled(&pool, 2).await;
        let ids = pool.ids();
        let first = pool.take(&wanted()).await.unwrap();
        assert!(ids.contains(&first.id()));
        assert_eq!(run(&first, sh("echo warm"), &LIMIT).await.1, "warm\n");
        filled(&pool, 2).await;
        assert!(!pool.ids().contains(&first.id()));
        // With another profile none of them serves.
        let mut other = wanted();
        other.profile.pids -= 1;
        assert!(pool.take_warm(&other).is_none());
        let cold = pool.take(&other).await.unwrap();
        assert!(!ids.contains(&cold.id()));
        assert_eq!(pool.ids().len(), 2);
        drop((first, cold));
        pool.close().await;
        place.nothing_left().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_dies_on_the_shelf_is_replaced() {
    for place in places().await {
        let (place, pool) = pool(place, 1);
        filled(&pool, 1).await;
        let sandbox = pool.take_warm(&wanted()).unwrap();
        filled(&pool, 1).await;
        drop(sandbox);
        let before = pool.ids();
        until("only the warm one is left", || first_processes(&place).len() == 1).await;
        kill(Pid::from_raw(first_processes(&place)[0]), Signal::SIGKILL).unwrap();
        until("it is replaced", || pool.ids().len() == 1 && pool.ids() != before).await;
        drop(pool);
        place.nothing_left().await;
    }
}

/// The numbers of bubblewrap's processes of this node.
fn first_processes(place: &Place) -> Vec<i32> {
    place.left().iter().filter_map(|left| left.strip_prefix("process ")?.parse().ok()).collect()
}
