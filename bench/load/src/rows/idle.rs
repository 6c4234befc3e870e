//! What an idle socket costs in memory: that of the server before and after ten thousand came in and went quiet.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::turns;
use crate::contenders::rooms::{Kind, Room};
use crate::figures::{Aim, Row, Sample, Series, alone, beside, float, mib};
use crate::options::Options;
use crate::{Result, say};

const SIDES: [Kind; 2] = [Kind::Tatwats, Kind::SocketIo];
/// How many come in at a time.
const AT_ONCE: usize = 100;

/// The rows.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let sockets = if options.quick { 2_000 } else { 10_000 };
    let mut all = SIDES.map(|kind| Series::of(kind.name()));
    for round in 0..options.rounds() {
        for side in turns(round, SIDES.len()) {
            let room = std::rc::Rc::new(SIDES[side].start(options).await?.ok_or("it is missing")?);
            let sample = hold(&room, sockets, options.either(0.5, 1.0)).await?;
            say(&format!("  {}: {:.1} KiB", SIDES[side].name(), sample.value));
            all[side].rounds.push(sample);
            if let Some(room) = std::rc::Rc::into_inner(room) {
                room.server.stop().await?;
            }
        }
    }
    let name = match options.quick {
        true => "memory of an idle socket, 2,000 of them",
        false => "memory of an idle socket, 10,000 of them",
    };
    let [ours, theirs] = &all;
    Ok(vec![alone(name, "KiB", ours, Aim::AtMost(8.0)), beside(name, "KiB", ours, theirs, Aim::AtMost(0.2))])
}

async fn hold(room: &std::rc::Rc<Room>, sockets: usize, quiet: Duration) -> Result<Sample> {
    // What the first of all bring along is not theirs.
    let mut inside = enter(room, AT_ONCE).await?;
    sleep(quiet).await;
    let before = room.server.rss();
    while inside.len() < AT_ONCE + sockets {
        inside.extend(enter(room, AT_ONCE).await?);
    }
    sleep(quiet).await;
    let after = room.server.rss();
    Ok(Sample {
        value: mib(after.saturating_sub(before)) * 1024.0 / float(sockets),
        rss_mib: Some(mib(after)),
        ..Sample::default()
    })
}

async fn enter(room: &std::rc::Rc<Room>, many: usize) -> Result<Vec<crate::contenders::rooms::Listener>> {
    let mut coming = JoinSet::new();
    for _ in 0..many {
        let room = room.clone();
        coming.spawn_local(async move { room.enter().await.map_err(|error| error.to_string()) });
    }
    Ok(coming.join_all().await.into_iter().collect::<std::result::Result<_, _>>()?)
}
