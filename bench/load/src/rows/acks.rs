//! Durable acknowledged messages: 500 senders, each posting its next message once the last one was answered.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{turns, whole};
use crate::contenders::{Messages, node, pocketbase, tatwats};
use crate::figures::{Aim, Row, Sample, Series, alone, beside, float, mib, percentile};
use crate::http::Connection;
use crate::options::Options;
use crate::{Result, say};

/// Senders at a time.
const SENDERS: usize = 500;

const OURS: &str = "TATWATS on SQLite";
const OURS_POSTGRES: &str = "TATWATS on PostgreSQL";
const POCKETBASE: &str = "PocketBase";
const EXPRESS: &str = "Express + pg";
const SIDES: [&str; 4] = [OURS, POCKETBASE, OURS_POSTGRES, EXPRESS];

/// The rows on both databases.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut all: Vec<Series> = SIDES.map(Series::of).into();
    let rounds = options.rounds();
    for round in 0..rounds {
        for side in turns(round, SIDES.len()) {
            let Some(messages) = start(options, SIDES[side]).await? else { continue };
            let sample = load(&messages, SENDERS, options.either(0.5, 1.0), options.either(2.0, 6.0)).await?;
            say(&format!("  {}: {:.0}/s, p99 {:.1} ms", SIDES[side], sample.value, sample.p99_ms.unwrap_or_default()));
            messages.server.stop().await?;
            drop(messages.folder);
            all[side].rounds.push(sample);
        }
    }
    let unit = "messages/s";
    let find = |name| whole(&all, name, rounds);
    let mut rows = Vec::new();
    if let Some(ours) = find(OURS) {
        let name = "durable acknowledged messages, 500 senders, SQLite";
        rows.extend(find(POCKETBASE).map(|peer| beside(name, unit, ours, peer, Aim::AtLeast(10.0))));
        rows.extend(find(EXPRESS).map(|peer| beside(name, unit, ours, peer, Aim::AtLeast(10.0))));
        let slow = ours.about(|round| round.p99_ms);
        rows.push(alone("the same: 99 of 100 answered within", "ms", &slow, Aim::AtMost(50.0)));
    }
    if let (Some(ours), Some(peer)) = (find(OURS_POSTGRES), find(EXPRESS)) {
        let name = "durable acknowledged messages, 500 senders, PostgreSQL";
        rows.push(beside(name, unit, ours, peer, Aim::AtLeast(5.0)));
    }
    Ok(rows)
}

async fn start(options: &Options, side: &str) -> Result<Option<Messages>> {
    Ok(match (side, &options.postgres) {
        (OURS, _) => Some(tatwats::start(options, None).await?.messages()),
        (OURS_POSTGRES, Some(postgres)) => Some(tatwats::start(options, Some(postgres)).await?.messages()),
        (EXPRESS, Some(postgres)) => Some(node::express(options, postgres).await?),
        (POCKETBASE, _) => pocketbase::start(options).await?,
        _ => None,
    })
}

/// What the senders found out.
#[derive(Debug, Default)]
struct Heard {
    took: RefCell<Vec<Duration>>,
    bytes: Cell<usize>,
}

/// Loads a server with so many senders at a time: first for `warm`, then measured for `long`.
pub(crate) async fn load(on: &Messages, at_once: usize, warm: Duration, long: Duration) -> Result<Sample> {
    let request: Rc<[u8]> = on.post.clone().into();
    let heard = Rc::new(Heard::default());
    let from = Instant::now() + warm;
    let until = from + long;
    let mut senders = JoinSet::new();
    for _ in 0..at_once {
        senders.spawn_local(send(on.server.address, request.clone(), heard.clone(), from, until));
    }
    tokio::time::sleep_until(from.into()).await;
    let cpu = on.server.cpu();
    tokio::time::sleep_until(until.into()).await;
    let cpu = on.server.cpu() - cpu;
    let rss = on.server.rss();
    while let Some(sender) = senders.join_next().await {
        sender?.map_err(|error| format!("a sender: {error}"))?;
    }
    let mut took = heard.took.take();
    let count = float(took.len());
    Ok(Sample {
        value: count / long.as_secs_f64(),
        p50_ms: percentile(&mut took, 50),
        p99_ms: percentile(&mut took, 99),
        cpu_us: Some(cpu.as_secs_f64() * 1e6 / count),
        rss_mib: Some(mib(rss)),
        bytes: Some(float(heard.bytes.get()) / count),
    })
}

async fn send(
    to: SocketAddr,
    request: Rc<[u8]>,
    heard: Rc<Heard>,
    from: Instant,
    until: Instant,
) -> std::result::Result<(), String> {
    let mut connection = Connection::open(to).await.map_err(|error| error.to_string())?;
    loop {
        let began = Instant::now();
        if began >= until {
            return Ok(());
        }
        let answer = connection.ask(&request).await.map_err(|error| error.to_string())?;
        let ended = Instant::now();
        if !(200..300).contains(&answer.status) {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        if ended >= from && ended < until {
            heard.took.borrow_mut().push(ended - began);
            heard.bytes.set(heard.bytes.get() + answer.bytes);
        }
    }
}
