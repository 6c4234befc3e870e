//! Looking on: what a run wrote from some byte on, then what it writes, then how it ended.

use bytes::Bytes;
use domain::{ErrorCode, Result, Run, RunState};
use tokio::sync::watch;

use crate::live::Now;
use crate::shelf::{Reading, Shelf};

/// What is seen of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The run, at first and each time it moved on. The last of all is the one that has ended.
    Run(Box<Run>),
    /// Its place in the queue, from 1 on.
    Position(u32),
    /// What it wrote, at most 64 KiB at a time.
    Output(Bytes),
}

/// Looks at one run, from some byte of its output on. It holds up nobody: what it has not read waits on the disk.
#[derive(Debug)]
pub struct Watch {
    now: watch::Receiver<Now>,
    shelf: Shelf,
    reading: Option<Reading>,
    at: u64,
    told: Option<RunState>,
    told_place: Option<u32>,
}

impl Watch {
    pub(crate) fn new(now: watch::Receiver<Now>, shelf: Shelf, after: u64) -> Self {
        Self { now, shelf, reading: None, at: after, told: None, told_place: None }
    }

    /// The byte of the output that comes next: where to go on another time.
    #[must_use]
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// What is seen next; none when the run is over and all of it was seen that is kept. May be dropped and called again without
    /// losing anything.
    ///
    /// # Errors
    /// When the disk says no.
    pub async fn next(&mut self) -> Result<Option<Seen>> {
        loop {
            if let Some(seen) = self.ready().await? {
                return Ok(Some(seen));
            }
            if self.told == Some(RunState::Ended) || self.now.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    /// What can be seen without waiting for the run.
    async fn ready(&mut self) -> Result<Option<Seen>> {
        let now = self.now.borrow_and_update().clone();
        let ended = now.run.is_over();
        if !ended && self.told != Some(now.run.state) {
            self.told = Some(now.run.state);
            return Ok(Some(Seen::Run(Box::new(Run::clone(&now.run)))));
        }
        if let Some(place) = now.place.filter(|place| self.told_place != Some(*place)) {
            self.told_place = Some(place);
            return Ok(Some(Seen::Position(place)));
        }
        if self.at < now.written {
            if self.reading.is_none() {
                match self.shelf.open(&now.run).await {
                    Ok(reading) => self.reading = Some(reading),
                    // It is not kept any more; how it ended is.
                    Err(error) if error.code == ErrorCode::NotFound && ended => {}
                    Err(error) => return Err(error),
                }
            }
            if let Some(reading) = &self.reading {
                let bytes = reading.piece(self.at, now.written).await?;
                if !bytes.is_empty() {
                    self.at += bytes.len() as u64;
                    return Ok(Some(Seen::Output(bytes)));
                }
            }
        }
        if ended && self.told != Some(RunState::Ended) {
            self.told = Some(RunState::Ended);
            return Ok(Some(Seen::Run(Box::new(Run::clone(&now.run)))));
        }
        Ok(None)
    }
}
