//! What one delivery costs the server: one speaker, a thousand listeners, 128 bytes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{turns, whole};
use crate::contenders::rooms::{Kind, Listener, Room};
use crate::contenders::words;
use crate::figures::{Aim, Row, Sample, Series, beside, float, mib, percentile};
use crate::options::Options;
use crate::{Result, say};

/// Who listens.
const LISTENERS: usize = 1000;
/// How often something is said.
const EVERY: Duration = Duration::from_millis(50);

const SIDES: [Kind; 4] = [Kind::Tatwats, Kind::SocketIo, Kind::Ws, Kind::Nats];

/// The rows for each peer.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut all: Vec<Series> = SIDES.map(|kind| Series::of(kind.name())).into();
    let rounds = options.rounds();
    for round in 0..rounds {
        for side in turns(round, SIDES.len()) {
            let Some(room) = SIDES[side].start(options).await? else { continue };
            let sample = tell(&room, options.either(2.0, 5.0)).await?;
            say(&format!(
                "  {}: {:.2} µs, p99 {:.1} ms",
                SIDES[side].name(),
                sample.value,
                sample.p99_ms.unwrap_or_default()
            ));
            room.server.stop().await?;
            drop(room.folder);
            all[side].rounds.push(sample);
        }
    }
    let Some(ours) = whole(&all, Kind::Tatwats.name(), rounds) else { return Ok(Vec::new()) };
    let aims = [(Kind::SocketIo, 0.1), (Kind::Ws, 1.0 / 3.0), (Kind::Nats, 1.0)];
    let name = "processor time of a delivery, one speaker to 1,000 sockets, 128 B";
    let row = |(kind, aim): (Kind, f64)| {
        whole(&all, kind.name(), rounds).map(|peer| beside(name, "µs", ours, peer, Aim::AtMost(aim)))
    };
    Ok(aims.into_iter().filter_map(row).collect())
}

/// What the listeners found out.
#[derive(Debug, Default)]
struct Heard {
    /// When each message was sent off.
    sent: RefCell<Vec<Instant>>,
    took: RefCell<Vec<Duration>>,
    bytes: Cell<usize>,
}

async fn tell(room: &Room, long: Duration) -> Result<Sample> {
    let heard = Rc::new(Heard::default());
    let times = usize::try_from(long.as_millis() / EVERY.as_millis())?;
    let mut listeners = JoinSet::new();
    for _ in 0..LISTENERS {
        let listener = room.enter().await?;
        listeners.spawn_local(listen(listener, heard.clone(), times));
    }
    let mut speaker = room.speaker().await?;
    let text = words();
    let cpu = room.server.cpu();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..times {
        ticks.tick().await;
        heard.sent.borrow_mut().push(Instant::now());
        speaker.say(&text).await?;
    }
    while let Some(listener) = timeout(Duration::from_secs(20), listeners.join_next()).await? {
        listener?.map_err(|error| format!("a listener: {error}"))?;
    }
    let cpu = room.server.cpu() - cpu;
    let count = float(times * LISTENERS);
    let mut took = heard.took.take();
    Ok(Sample {
        value: cpu.as_secs_f64() * 1e6 / count,
        p50_ms: percentile(&mut took, 50),
        p99_ms: percentile(&mut took, 99),
        cpu_us: Some(cpu.as_secs_f64() * 1e6 / count),
        rss_mib: Some(mib(room.server.rss())),
        bytes: Some(float(heard.bytes.get()) / count),
    })
}

/// Hears all messages. Everything said is heard in order, so the first heard was said first.
async fn listen(mut listener: Listener, heard: Rc<Heard>, times: usize) -> std::result::Result<(), String> {
    let before = listener.bytes();
    for number in 0..times {
        listener.next().await.map_err(|error| error.to_string())?;
        let sent = heard.sent.borrow().get(number).copied();
        let took = sent.ok_or("more was heard than said")?.elapsed();
        heard.took.borrow_mut().push(took);
    }
    heard.bytes.set(heard.bytes.get() + listener.bytes() - before);
    Ok(())
}
