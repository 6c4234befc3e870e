//! A storm of readers that come back: a thousand sockets at once, each going on from a cursor a hundred messages ago.

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::contenders::rooms::{greeted, is_event};
use crate::contenders::{tatwats, words};
use crate::figures::{Aim, Row, Sample, Series, alone, mib, percentile};
use crate::http::Connection;
use crate::options::Options;
use crate::ws::Socket;
use crate::{Result, say};

/// Who comes back.
const READERS: usize = 1000;
/// How many messages each missed.
const MISSED: usize = 100;

/// The row.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut ours = Series::of("TATWATS");
    for _ in 0..options.rounds() {
        let workshop = Rc::new(tatwats::start(options, None).await?);
        let sample = storm(&workshop).await?;
        say(&format!("  all caught up after {:.0} ms", sample.value));
        ours.rounds.push(sample);
        if let Some(workshop) = Rc::into_inner(workshop) {
            workshop.server.stop().await?;
        }
    }
    let name = "1,000 sockets come back and catch up with 100 messages each: the last after";
    Ok(vec![alone(name, "ms", &ours, Aim::AtMost(1000.0))])
}

async fn storm(workshop: &Rc<tatwats::Workshop>) -> Result<Sample> {
    let now = workshop.get("/api/v1/workshop").await?;
    let cursor = json!({ "epoch": now["epoch"], "seq": now["seq"] });
    let mut speaker = Connection::open(workshop.server.address).await?;
    let post = workshop.post(&words());
    for _ in 0..MISSED {
        speaker.ask(&post).await?;
    }
    let topics = [format!("conversation:{}", workshop.conversation)];
    let subscribe: Rc<str> = json!({ "type": "subscribe", "topics": topics, "after": cursor }).to_string().into();
    let began = Instant::now();
    let cpu = workshop.server.cpu();
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn_local(come_back(workshop.clone(), subscribe.clone(), began));
    }
    let mut took = readers.join_all().await.into_iter().collect::<std::result::Result<Vec<Duration>, String>>()?;
    let last = took.iter().max().copied().unwrap_or_default();
    Ok(Sample {
        value: last.as_secs_f64() * 1000.0,
        p50_ms: percentile(&mut took, 50),
        p99_ms: percentile(&mut took, 99),
        cpu_us: Some((workshop.server.cpu() - cpu).as_secs_f64() * 1e6 / crate::figures::float(READERS)),
        rss_mib: Some(mib(workshop.server.rss())),
        ..Sample::default()
    })
}

async fn come_back(
    workshop: Rc<tatwats::Workshop>,
    words: Rc<str>,
    began: Instant,
) -> std::result::Result<Duration, String> {
    let caught_up = async {
        let mut socket = Socket::open(workshop.server.address, "/api/v1/events", Some(&workshop.token)).await?;
        greeted(&mut socket).await?;
        socket.say(&words).await?;
        let mut heard = 0;
        while heard < MISSED {
            heard += usize::from(is_event(socket.next().await?));
        }
        Result::Ok(began.elapsed())
    };
    caught_up.await.map_err(|error| error.to_string())
}
