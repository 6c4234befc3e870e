//! An orderly end: live connections hear of it, open requests end, nothing new is taken.

use domain::stream::{CLOSE_RESTART, Topic};

use crate::http::get;
use crate::workshop::Workshop;
use crate::ws::Client;

#[tokio::test]
async fn live_connections_are_told_that_the_server_restarts() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let mut idle = Client::connect(workshop.address).await;
    let mut reader = Client::connect(workshop.address).await;
    let here = reader.subscribe(&[Topic::Workshop], None).await;
    workshop.say(&conversation, "last words").await;
    assert_eq!(reader.event().await.seq, here.seq + 1);
    let (address, state) = (workshop.address, workshop.server.state.clone());
    let (_, idle_end, reader_end) = tokio::join!(workshop.close(), idle.hear_to_the_end(), reader.hear_to_the_end());
    assert_eq!(idle_end.1, Some(CLOSE_RESTART));
    assert_eq!(reader_end.1, Some(CLOSE_RESTART));
    assert!(state.tracker.is_empty(), "every task has ended");
    assert!(get(address, "/healthz").try_send().await.is_err(), "nobody answers any more");
}
