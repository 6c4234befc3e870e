//! 200 readers that come and go while writes go on: no gap and no repeat.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::stream::{Cursor, Topic};

use crate::workshop::{Workshop, say};
use crate::ws::{Client, seqs};

const READERS: usize = 200;
const WRITES: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_reconnections_sees_every_event_once() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let start = workshop.store.log().head();
    let end = Arc::new(AtomicI64::new(i64::MAX));
    let readers: Vec<_> =
        (0..READERS).map(|number| tokio::spawn(read_in_pieces(workshop.address, start, number, end.clone()))).collect();
    for number in 0..WRITES {
        say(&workshop.store, &conversation, &format!("message {number}")).await;
    }
    let head = workshop.store.log().head();
    end.store(head.seq, Ordering::SeqCst);
    // Wakes those who wait for an event that would not come.
    say(&workshop.store, &conversation, "the end").await;
    let expected: Vec<i64> = (start.seq + 1..=head.seq).collect();
    for reader in readers {
        let (heard, visits) = reader.await.unwrap();
        assert_eq!(heard[..expected.len()], expected);
        assert!(visits > 5, "it hardly reconnected: {visits}");
    }
    assert_eq!(expected.len(), WRITES);
    workshop.close().await;
}

/// Hears a few events, drops the connection without a word, and comes back with its cursor, again and again.
async fn read_in_pieces(to: SocketAddr, start: Cursor, number: usize, end: Arc<AtomicI64>) -> (Vec<i64>, usize) {
    let mut heard = Vec::new();
    let (mut cursor, mut visits) = (start, 0);
    while cursor.seq < end.load(Ordering::SeqCst) {
        let mut client = Client::connect(to).await;
        client.subscribe(&[Topic::Workshop], Some(cursor)).await;
        visits += 1;
        for _ in 0..(number * 7 + visits * 13) % 40 + 1 {
            if cursor.seq >= end.load(Ordering::SeqCst) {
                break;
            }
            let event = client.event().await;
            cursor.seq = event.seq;
            heard.extend(seqs(&[event]));
        }
    }
    (heard, visits)
}
