//! The server itself: its size, how soon it is ready with a million events, and what it holds then.

use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::time::sleep;

use crate::contenders::tatwats;
use crate::figures::{Aim, Row, Sample, Series, alone, mib};
use crate::http::{Connection, request};
use crate::options::Options;
use crate::{Result, say};

/// The rows about its size.
pub(crate) async fn size(options: &Options) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let stripped = folder.path().join("stripped");
    let mut strip = Command::new("strip");
    strip.arg("--strip-all").arg("-o").arg(&stripped).arg(&options.server);
    tatwats::said(strip).await?;
    let mut ours = Series::of("TATWATS");
    ours.rounds.push(Sample { value: mib(std::fs::metadata(&stripped)?.len()), ..Sample::default() });
    let mut rows = vec![alone("the server's binary, stripped", "MiB", &ours, Aim::AtMost(40.0))];
    if let Some(bytes) = options.image {
        let mut image = Series::of("TATWATS");
        image.rounds.push(Sample { value: mib(bytes), ..Sample::default() });
        rows.push(alone(
            "the container image: server, pages, git and their libraries",
            "MiB",
            &image,
            Aim::AtMost(60.0),
        ));
    }
    Ok(rows)
}

/// The rows about a large log.
pub(crate) async fn large(options: &Options) -> Result<Vec<Row>> {
    let events = if options.quick { 100_000 } else { 1_000_000 };
    let tatwats::Workshop { server, folder, .. } = tatwats::start(options, None).await?;
    server.stop().await?;
    tatwats::fill(options, folder.path(), events).await?;
    let mut ours = Series::of("TATWATS");
    for _ in 0..options.rounds() {
        let began = Instant::now();
        let server = tatwats::open(options, folder.path(), None).await?;
        let ready = request(server.address, "GET", "/readyz", None, None);
        while Connection::open(server.address).await?.ask(&ready).await?.status != 200 {
            sleep(Duration::from_millis(1)).await;
        }
        let took = began.elapsed().as_secs_f64() * 1000.0;
        sleep(Duration::from_secs(1)).await;
        let rss = mib(server.rss());
        say(&format!("  ready after {took:.0} ms, {rss:.1} MiB"));
        ours.rounds.push(Sample { value: took, rss_mib: Some(rss), ..Sample::default() });
        server.stop().await?;
    }
    let (name, then) = match options.quick {
        true => ("from start to ready with 100,000 events", "memory with 100,000 events, idle"),
        false => ("from start to ready with a million events", "memory with a million events, idle"),
    };
    let held = ours.about(|round| round.rss_mib);
    Ok(vec![alone(name, "ms", &ours, Aim::AtMost(1000.0)), alone(then, "MiB", &held, Aim::AtMost(64.0))])
}
