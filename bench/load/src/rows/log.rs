//! What a long log costs: saying something, and reading the newest of it, beside a short log.

use serde_json::json;
use tempfile::TempDir;

use super::acks::load;
use super::turns;
use crate::contenders::rooms::{greeted, is_event};
use crate::contenders::{Messages, tatwats, words};
use crate::figures::{Aim, Row, Sample, Series, beside, float};
use crate::options::Options;
use crate::ws::Socket;
use crate::{Result, say};

/// Events of the short log.
const SHORT: usize = 2_000;
/// Events that a reader missed, all of them only in the database.
const TAIL: usize = 1_000;
/// Readers, one after the other, no two of which missed the same.
const READERS: usize = 100;
/// Who speaks at a time.
const SENDERS: usize = 50;

/// A workshop that is stopped.
struct Kept {
    folder: TempDir,
    token: String,
    conversation: String,
}

/// The rows.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let (long, name, spoken, read) = match options.quick {
        true => (
            100_000,
            "a log of 100,000 events",
            "processor time of a message, after 100,000 events",
            "processor time of an old event that is read, out of 100,000",
        ),
        false => (
            10_000_000,
            "a log of ten million events",
            "processor time of a message, after ten million events",
            "processor time of an old event that is read, out of ten million",
        ),
    };
    let mut kept = Vec::new();
    for events in [long, SHORT] {
        let tatwats::Workshop { server, folder, token, conversation } = tatwats::start(options, None).await?;
        server.stop().await?;
        tatwats::fill(options, folder.path(), events).await?;
        kept.push(Kept { folder, token, conversation });
    }
    let sides = [name, "a log of 2,000"];
    let mut speaking = sides.map(Series::of);
    let mut reading = sides.map(Series::of);
    for round in 0..options.rounds() {
        for side in turns(round, sides.len()) {
            let Kept { folder, token, conversation } = kept.remove(side);
            // A fresh start each, which remembers nothing.
            let server = tatwats::open(options, folder.path(), None).await?;
            let workshop = tatwats::Workshop { server, folder, token, conversation };
            let tail = tail(&workshop).await?;
            let post = workshop.post(&words());
            let tatwats::Workshop { server, folder, token, conversation } = workshop;
            let messages = Messages { server, post, folder: None };
            let spoken = load(&messages, SENDERS, options.either(0.5, 1.0), options.either(2.0, 3.0)).await?;
            messages.server.stop().await?;
            kept.insert(side, Kept { folder, token, conversation });
            let said = spoken.cpu_us.unwrap_or(f64::NAN);
            say(&format!("  {}: {said:.1} µs a message, {:.2} µs an event", sides[side], tail.value));
            speaking[side].rounds.push(Sample { value: said, ..spoken });
            reading[side].rounds.push(tail);
        }
    }
    let row = |name, [long, short]: &[Series; 2]| beside(name, "µs", long, short, Aim::AtMost(1.2));
    Ok(vec![row(spoken, &speaking), row(read, &reading)])
}

async fn tail(workshop: &tatwats::Workshop) -> Result<Sample> {
    let now = workshop.get("/api/v1/workshop").await?;
    let seq = now["seq"].as_u64().ok_or("a workshop without its newest event")?;
    let cpu = workshop.server.cpu();
    for reader in 0..READERS {
        let mut socket = Socket::open(workshop.server.address, "/api/v1/events", Some(&workshop.token)).await?;
        greeted(&mut socket).await?;
        let cursor = json!({ "epoch": now["epoch"], "seq": seq - u64::try_from(TAIL + reader)? });
        let words = json!({ "type": "subscribe", "topics": ["workshop"], "after": cursor });
        socket.say(&words.to_string()).await?;
        let mut heard = 0;
        while heard < TAIL {
            heard += usize::from(is_event(socket.next().await?));
        }
    }
    let cpu = (workshop.server.cpu() - cpu).as_secs_f64() * 1e6 / float(READERS * TAIL);
    Ok(Sample { value: cpu, cpu_us: Some(cpu), ..Sample::default() })
}
