//! How soon what one says is seen in another's socket on a quiet server, beside a room of files that is asked every 5 seconds.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::turns;
use crate::contenders::rooms::{Kind, Room};
use crate::contenders::{node, words};
use crate::figures::{Aim, Row, Sample, Series, alone, beside, percentile};
use crate::http::{Connection, ask, request};
use crate::options::Options;
use crate::server::Server;
use crate::{Result, say};

/// How often the room of files is asked.
const POLL: Duration = Duration::from_secs(5);

/// The rows.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let (mut ours, mut theirs) = (Series::of("TATWATS"), Series::of("a room of files, asked every 5 s"));
    for round in 0..options.rounds() {
        for side in turns(round, 2) {
            let (series, sample) = if side == 0 {
                let room = Kind::Tatwats.start(options).await?.ok_or("no server")?;
                let sample = told(&room, if options.quick { 40 } else { 150 }).await?;
                room.server.stop().await?;
                (&mut ours, sample)
            } else {
                let folder = tempfile::tempdir()?;
                let room = folder.path().to_string_lossy().into_owned();
                let server = node::start(options, "common-room", &[("ROOM", &room)]).await?;
                let sample = polled(&server).await?;
                server.stop().await?;
                (&mut theirs, sample)
            };
            let (p50, p99) = (sample.p50_ms.unwrap_or_default(), sample.p99_ms.unwrap_or_default());
            say(&format!("  {}: p50 {p50:.2} ms, p99 {p99:.2} ms", series.name));
            series.rounds.push(sample);
        }
    }
    let slow = ours.about(|round| round.p99_ms);
    Ok(vec![
        alone("from sent to seen in another socket, idle: 99 of 100 within", "ms", &slow, Aim::AtMost(10.0)),
        beside("from sent to seen in another socket, idle", "ms", &ours, &theirs, Aim::AtMost(1.0 / 200.0)),
    ])
}

fn sample(mut took: Vec<Duration>) -> Sample {
    let p50 = percentile(&mut took, 50);
    Sample { value: p50.unwrap_or(f64::NAN), p50_ms: p50, p99_ms: percentile(&mut took, 99), ..Sample::default() }
}

async fn told(room: &Room, times: u64) -> Result<Sample> {
    let (mut listener, mut speaker, text) = (room.enter().await?, room.speaker().await?, words());
    let mut took = Vec::new();
    for number in 0..times {
        // Not in step with anything.
        sleep(Duration::from_millis(10 + number * 7 % 20)).await;
        let began = Instant::now();
        let (said, seen) = tokio::join!(speaker.say(&text), async {
            listener.next().await?;
            Result::Ok(began.elapsed())
        });
        said?;
        took.push(seen?);
    }
    Ok(sample(took))
}

/// Posts all along one interval between two looks, and tells how long each message waited for being seen.
async fn polled(server: &Server) -> Result<Sample> {
    let to = server.address;
    let mut reader = Connection::open(to).await?;
    let look = request(to, "GET", "/messages", None, None);
    reader.ask(&look).await?;
    let next = Instant::now() + POLL;
    let post = request(to, "POST", "/messages", None, Some(&json!({ "body": words() })));
    let mut posted = Vec::new();
    while Instant::now() + Duration::from_millis(50) < next {
        posted.push((Instant::now(), ask(to, &post).await?["id"].to_string()));
        sleep(Duration::from_millis(41)).await;
    }
    tokio::time::sleep_until(next.into()).await;
    let list = reader.ask(&look).await?.body;
    let seen = Instant::now();
    let list = String::from_utf8(list)?;
    if posted.iter().any(|(_, id)| !list.contains(id.as_str())) {
        return Err("the room of files lost a message".into());
    }
    Ok(sample(posted.into_iter().map(|(at, _)| seen - at).collect()))
}
