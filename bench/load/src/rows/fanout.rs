//! What one delivery costs the server: one speaker, a thousand listeners, 128 bytes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{turns, whole};
use crate::contenders::rooms::{Kind, Listener, Room};
use crate::contenders::words;
use crate::figures::{Aim, Row, Sample, Series, beside, compared, float, mib, percentile};
use crate::options::Options;
use crate::{Result, say};

/// Who listens.
const LISTENERS: usize = 1000;

/// In which rhythm something is said. All say as much in the end.
#[derive(Debug, Clone, Copy)]
struct Rhythm {
    name: &'static str,
    every: Duration,
    at_once: usize,
}

const RHYTHMS: [Rhythm; 2] = [
    Rhythm {
        name: "processor time of a delivery to 1,000 sockets, 128 B, one message every 50 ms",
        every: Duration::from_millis(50),
        at_once: 1,
    },
    Rhythm {
        name: "processor time of a delivery to 1,000 sockets, 128 B, ten messages every 500 ms",
        every: Duration::from_millis(500),
        at_once: 10,
    },
];

const SIDES: [Kind; 5] = [Kind::Tatwats, Kind::SocketIo, Kind::Ws, Kind::Nats, Kind::Bare];

/// The rows for each peer.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut all = RHYTHMS.map(|_| Vec::from(SIDES.map(|kind| Series::of(kind.name()))));
    let rounds = options.rounds();
    for round in 0..rounds {
        for side in turns(round, SIDES.len()) {
            let Some(room) = SIDES[side].start(options).await? else { continue };
            for (rhythm, series) in RHYTHMS.into_iter().zip(&mut all) {
                let sample = tell(&room, rhythm, options.either(1.5, 3.0)).await?;
                let (name, p99) = (SIDES[side].name(), sample.p99_ms.unwrap_or_default());
                say(&format!("  {name}, {} at once: {:.2} µs, p99 {p99:.1} ms", rhythm.at_once, sample.value));
                series[side].rounds.push(sample);
            }
            room.server.stop().await?;
            drop(room.folder);
        }
    }
    let aims = [(Kind::SocketIo, Some(0.1)), (Kind::Ws, Some(1.0 / 3.0)), (Kind::Nats, Some(1.0)), (Kind::Bare, None)];
    let mut rows = Vec::new();
    for (rhythm, series) in RHYTHMS.into_iter().zip(&all) {
        let Some(ours) = whole(series, Kind::Tatwats.name(), rounds) else { continue };
        let row = |(kind, aim): (Kind, Option<f64>)| {
            let peer = whole(series, kind.name(), rounds)?;
            Some(match aim {
                Some(aim) => beside(rhythm.name, "µs", ours, peer, Aim::AtMost(aim)),
                None => compared(rhythm.name, "µs", ours, peer),
            })
        };
        rows.extend(aims.into_iter().filter_map(row));
    }
    Ok(rows)
}

/// What the listeners found out.
#[derive(Debug, Default)]
struct Heard {
    /// When each message was sent off.
    sent: RefCell<Vec<Instant>>,
    took: RefCell<Vec<Duration>>,
    bytes: Cell<usize>,
}

async fn tell(room: &Room, rhythm: Rhythm, long: Duration) -> Result<Sample> {
    let heard = Rc::new(Heard::default());
    let rounds = usize::try_from(long.as_millis() / rhythm.every.as_millis())?;
    let times = rounds * rhythm.at_once;
    let mut listeners = JoinSet::new();
    for _ in 0..LISTENERS {
        let listener = room.enter().await?;
        listeners.spawn_local(listen(listener, heard.clone(), times));
    }
    let mut speakers = Vec::new();
    for _ in 0..rhythm.at_once {
        speakers.push(room.speaker().await?);
    }
    // Those of the rhythm before are gone, and what coming in cost is over.
    sleep(Duration::from_millis(300)).await;
    let text = words();
    let cpu = room.server.cpu();
    let mut ticks = interval(rhythm.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..rounds {
        ticks.tick().await;
        heard.sent.borrow_mut().extend(std::iter::repeat_n(Instant::now(), rhythm.at_once));
        let mut saying = JoinSet::new();
        for mut speaker in speakers.drain(..) {
            let text = text.clone();
            saying.spawn_local(async move {
                speaker.say(&text).await.map_err(|error| error.to_string())?;
                std::result::Result::<_, String>::Ok(speaker)
            });
        }
        speakers = saying.join_all().await.into_iter().collect::<std::result::Result<_, _>>()?;
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
