//! What clients of the live stream may not say, and how they are told.

use domain::stream::CLOSE_MALFORMED;
use server::config::StreamLimits;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::http::get;
use crate::workshop::Workshop;
use crate::ws::{Client, Heard};

#[tokio::test]
async fn words_that_make_no_sense_close_the_connection_and_say_why() {
    let workshop = Workshop::open().await;
    let topics = vec![r#""workshop""#; 65].join(",");
    for (message, part) in [
        (Message::text("hello"), "not a frame"),
        (Message::text(r#"{"type":"subscribe","topics":["moon"]}"#), "is not a topic"),
        (Message::text(format!(r#"{{"type":"subscribe","topics":[{topics}]}}"#)), "at most 64 topics"),
        (Message::text("x".repeat(70_000)), "at most 65536 bytes"),
        (Message::text("x".repeat(1_000_000)), "cannot be read"),
        (Message::binary(vec![1, 2, 3]), "frames are text"),
    ] {
        let mut client = Client::connect(workshop.address).await;
        client.send(message.clone()).await;
        match client.hear().await {
            Heard::Closed(code, reason) => {
                assert_eq!(code, CLOSE_MALFORMED, "{part}");
                assert!(reason.contains(part), "{reason}");
            }
            other => panic!("{part}: {other:?}"),
        }
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_page_of_another_origin_gets_no_stream() {
    let workshop = Workshop::open().await;
    let port = workshop.address.port();
    for origin in ["https://evil.example", &format!("http://pods.localhost:{port}"), "null"] {
        match Client::attempt(workshop.address, &[("origin", origin)]).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), 403, "{origin}"),
            other => panic!("{origin}: {:?}", other.err()),
        }
    }
    let own = format!("http://127.0.0.1:{port}");
    assert!(Client::attempt(workshop.address, &[("origin", &own), ("sec-fetch-site", "same-origin")]).await.is_ok());
    workshop.close().await;
}

#[tokio::test]
async fn there_are_only_so_many_places() {
    let workshop = Workshop::with(StreamLimits { max_sockets: 2, ..StreamLimits::default() }).await;
    let first = Client::connect(workshop.address).await;
    let _second = Client::connect(workshop.address).await;
    match Client::attempt(workshop.address, &[]).await {
        Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), 429),
        other => panic!("{:?}", other.err()),
    }
    let full = get(workshop.address, "/api/v1/events").header("accept", "text/event-stream").send().await;
    assert_eq!(full.status, 429);
    assert_eq!(full.json()["code"], "too_many");
    drop(first);
    while Client::attempt(workshop.address, &[]).await.is_err() {
        tokio::task::yield_now().await;
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_plain_request_is_told_what_this_is() {
    let workshop = Workshop::open().await;
    let plain = get(workshop.address, "/api/v1/events").send().await;
    assert_eq!(plain.status, 426);
    assert_eq!(plain.header("content-type"), Some("application/problem+json"));
    let wrong = get(workshop.address, "/api/v1/events?topics=moon").header("accept", "text/event-stream").send().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.json()["field"], "topics");
    workshop.close().await;
}
