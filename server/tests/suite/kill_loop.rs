//! The server is killed again and again while messages come in: each one acknowledged is there exactly once, in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Answer, ask, get};
use crate::program::{Program, free_address};

/// Kills, unless `TATWATS_KILLS` says another number.
const KILLS: usize = 50;
const SENDERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_once_and_in_order_however_often_the_server_is_killed() {
    let kills = std::env::var("TATWATS_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut program = Program::serve(folder.path(), address, false).await;
    let opened = ask(address, "POST", "/api/v1/conversations").json(&json!({ "title": "Kills" })).send().await;
    let conversation = opened.json()["id"].as_str().unwrap().to_owned();

    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> =
        (0..SENDERS).map(|number| tokio::spawn(send(address, conversation.clone(), number, stop.clone()))).collect();
    let mut dice = Dice(u64::from(std::process::id()));
    println!("seed {}", dice.0);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.up_to(120))).await;
        program.kill_9().await;
        program = Program::serve(folder.path(), address, false).await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.push(sender.await.unwrap());
    }
    let kept = all(address, &conversation).await;
    assert!(program.terminate().await.success());

    assert!(acknowledged.iter().all(|bodies| !bodies.is_empty()), "a sender never got through");
    println!("{} messages kept over {kills} kills", kept.len());
    for (number, bodies) in acknowledged.iter().enumerate() {
        let own: Vec<&String> = kept.iter().filter(|body| body.starts_with(&format!("{number}:"))).collect();
        assert_eq!(own.len(), bodies.len(), "sender {number}: each once, and none that was not sent");
        assert!(own.iter().zip(bodies).all(|(kept, sent)| *kept == sent), "sender {number}: in order");
    }
}

/// Sends one message after the other, each until it is acknowledged; gives them all.
async fn send(to: SocketAddr, conversation: String, sender: usize, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut sent = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let body = format!("{sender}:{}", sent.len());
        while !post(to, &conversation, &body).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        sent.push(body);
    }
    sent
}

/// Whether it was acknowledged.
async fn post(to: SocketAddr, conversation: &str, body: &str) -> bool {
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let answer = ask(to, "POST", &path).header("idempotency-key", body).json(&json!({ "body": body })).try_send().await;
    let Ok(Answer { status, .. }) = answer else { return false };
    assert!(matches!(status, 200 | 201 | 503), "{status}");
    status != 503
}

/// The bodies of all messages, in the order of their positions, which have no holes.
async fn all(from: SocketAddr, conversation: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut after = Some(0);
    while let Some(position) = after {
        let path = format!("/api/v1/conversations/{conversation}/messages?limit=200&after={position}");
        let page = get(from, &path).send().await.json();
        for message in page["items"].as_array().unwrap() {
            assert_eq!(message["position"].as_u64(), Some(bodies.len() as u64 + 1));
            bodies.push(message["body"].as_str().unwrap().to_owned());
        }
        after = page["after"].as_i64().filter(|_| page["items"] != Value::Array(Vec::new()));
    }
    bodies
}

/// Numbers without order (a linear congruential generator); the seed is printed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % (most + 1)
    }
}
