//! What goes by the clock: retries, leases, and the times of deliveries, with a clock that is moved by hand.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use domain::helper::RestartPolicy;
use domain::{Actor, Delivery, DeliveryStatus, HelperName, Timestamp};
use store::Store;
use store::commands::{
    AnswerDelivery, ClaimDelivery, Claimed, FailDelivery, OpenConversation, PostMessage, ReapDeliveries,
    RegisterHelper, RenewDelivery, RequeueDelivery, TakeLease,
};
use store::testing::{HandClock, TestStore, owner};
use uuid::Uuid;

fn author() -> HelperName {
    "the_author".parse().unwrap()
}

async fn with_clock(body: impl AsyncFn(Store, Arc<HandClock>)) {
    let clock = || HandClock::at(Timestamp::from_millis(1_772_373_652_000));
    let hand = clock();
    let test = TestStore::sqlite_with(hand.clone()).await;
    body(test.store.clone(), hand).await;
    test.finish().await;
    let hand = clock();
    if let Some(test) = TestStore::postgres_with(hand.clone()).await {
        body(test.store.clone(), hand).await;
        test.finish().await;
    }
}

async fn ask(store: &Store) {
    let register = RegisterHelper {
        name: author(),
        description: String::new(),
        version: "1".into(),
        built_in: true,
        restart: RestartPolicy::Always,
    };
    store.run(&Actor::system(), register).await.unwrap();
    let open = OpenConversation { title: "Pods".into(), participants: vec![], project: None };
    let conversation = store.run(&owner(), open).await.unwrap().id;
    let body = "@the_author hello".into();
    store.run(&owner(), PostMessage { conversation, recipient: None, body, reply_to: None, key: None }).await.unwrap();
}

async fn claim(store: &Store) -> Option<Claimed> {
    store.run(&Actor::system(), ClaimDelivery { helper: author() }).await.unwrap()
}

async fn fail(store: &Store, claimed: &Claimed) -> Option<Delivery> {
    let fail = FailDelivery { delivery: claimed.delivery.id, token: claimed.token, error: "It fell over.".into() };
    store.run(&Actor::system(), fail).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_tried_five_times_with_doubling_pauses_then_dead_then_requeued() {
    with_clock(async |store, clock| {
        ask(&store).await;
        for pause in [1, 2, 4, 8] {
            let failed = fail(&store, &claim(&store).await.unwrap()).await.unwrap();
            assert_eq!(failed.status, DeliveryStatus::Failed);
            assert_eq!(failed.next_attempt_at, Some(store.now().plus_seconds(pause)));
            clock.advance(pause - 1);
            assert!(claim(&store).await.is_none(), "not before its time");
            clock.advance(1);
        }
        let dead = fail(&store, &claim(&store).await.unwrap()).await.unwrap();
        assert_eq!((dead.status, dead.attempts), (DeliveryStatus::Dead, 5));
        assert!(claim(&store).await.is_none());
        assert_eq!(store.helper(&author()).await.unwrap().unwrap().helper.waiting, 0);
        let again = store.run(&owner(), RequeueDelivery { delivery: dead.id }).await.unwrap();
        assert_eq!((again.status, again.attempts), (DeliveryStatus::Queued, 0));
        assert!(claim(&store).await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_let_its_lease_run_out_is_fenced_off() {
    with_clock(async |store, clock| {
        ask(&store).await;
        let slow = claim(&store).await.unwrap();
        clock.advance(20);
        let renew = RenewDelivery { delivery: slow.delivery.id, token: slow.token };
        assert!(store.run(&Actor::system(), renew.clone()).await.unwrap());
        clock.advance(20);
        assert!(store.run(&Actor::system(), ReapDeliveries).await.unwrap().is_empty(), "renewed in time");
        clock.advance(20);
        assert_eq!(store.run(&Actor::system(), ReapDeliveries).await.unwrap().len(), 1);
        assert!(!store.run(&Actor::system(), renew).await.unwrap());
        clock.advance(1);
        let quick = claim(&store).await.unwrap();
        assert_eq!(quick.delivery.id, slow.delivery.id);
        let helper = Actor::helper(author(), None);
        let late = AnswerDelivery { delivery: slow.delivery.id, token: slow.token, body: Some("late".into()) };
        assert!(store.run(&helper, late).await.unwrap().fenced);
        let good = AnswerDelivery { delivery: quick.delivery.id, token: quick.token, body: Some("good".into()) };
        assert_eq!(store.run(&helper, good).await.unwrap().message.unwrap().body, "good");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_has_one_holder_and_its_token_grows() {
    with_clock(async |store, clock| {
        let take = |holder: u128| TakeLease { name: "helper:the_author".into(), holder: Uuid::from_u128(holder) };
        let first = store.run(&Actor::system(), take(1)).await.unwrap().unwrap();
        assert!(store.run(&Actor::system(), take(2)).await.unwrap().is_none());
        assert_eq!(store.run(&Actor::system(), take(1)).await.unwrap().unwrap().token, first.token, "renewed");
        clock.advance(31);
        assert_eq!(store.run(&Actor::system(), take(2)).await.unwrap().unwrap().token, first.token + 1);
        assert!(store.run(&Actor::system(), take(1)).await.unwrap().is_none());
    })
    .await;
}
