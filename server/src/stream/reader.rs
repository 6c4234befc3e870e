//! One reader: a cursor into the log, what it wants to hear of, and what is to be said to it next.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use accounts::Standing;
use domain::stream::{Cursor, Notice, ServerFrame, Topic};
use domain::{Result, access};
use store::{NoticeFrame, Pulse, Store};
use tokio::io::AsyncWrite;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Sleep, sleep_until};

use super::outgoing::{Outgoing, Say};

/// Events fetched at once.
const BATCH: usize = 256;
/// How often at most a reader is told that events went by which were not for it.
const CAUGHT_EVERY: Duration = Duration::from_secs(1);
/// How long a cursor may be ahead of this server's log, when another server gave it.
const AHEAD: Duration = Duration::from_secs(5);

pub(super) struct Reader {
    store: Store,
    standing: Standing,
    topics: Vec<Topic>,
    /// The newest event looked at.
    seq: i64,
    /// The newest event that the reader knows to have heard everything up to.
    told: i64,
    caught_at: Instant,
    /// Until when a cursor that is ahead of the log is given the benefit of the doubt.
    ahead_until: Option<Instant>,
    notices: broadcast::Receiver<Arc<NoticeFrame>>,
    pulse: watch::Receiver<Pulse>,
    /// How many notices there were when they were last looked at.
    noticed: u64,
    outgoing: Outgoing,
    ping: Duration,
    quiet_since: Instant,
    /// Rings when something is due, or before.
    timer: Pin<Box<Sleep>>,
}

impl Reader {
    /// A reader that hears nothing but a greeting and pings until it subscribes.
    pub(super) fn new(store: Store, standing: Standing, ping: Duration) -> Self {
        let (notices, pulse) = (store.log().notices(), store.log().pulse());
        let (seq, noticed) = (store.log().head().seq, pulse.borrow().notices);
        let now = Instant::now();
        let mut reader = Self {
            store,
            standing,
            topics: Vec::new(),
            seq,
            told: seq,
            caught_at: now,
            ahead_until: None,
            notices,
            pulse,
            noticed,
            outgoing: Outgoing::default(),
            ping,
            quiet_since: now,
            timer: Box::pin(sleep_until(now + ping)),
        };
        reader.greet(None);
        reader
    }

    /// The newest event of the log, as it grows.
    pub(super) fn growth(&self) -> watch::Receiver<i64> {
        self.store.log().watch()
    }

    /// The log's epoch.
    pub(super) fn epoch(&self) -> uuid::Uuid {
        self.store.log().head().epoch
    }

    /// Sets what to hear of, in place of what was set before; goes on from `after`, or from now.
    ///
    /// # Errors
    /// `Unauthorized` once the reader's way in is closed; when the database does not answer.
    pub(super) async fn subscribe(&mut self, topics: Vec<Topic>, after: Option<Cursor>) -> Result<()> {
        self.outgoing.clear();
        self.topics = topics;
        self.ahead_until = None;
        self.notices = self.store.log().notices();
        let head = self.store.log().head();
        self.go_to(after.map_or(head.seq, |cursor| cursor.seq));
        self.greet(after.is_none().then_some(head.seq));
        match after {
            Some(cursor) if cursor.epoch != head.epoch => self.gap().await?,
            Some(cursor) if cursor.seq > head.seq => self.ahead_until = Some(Instant::now() + AHEAD),
            _ => {}
        }
        self.drafts()
    }

    /// What is to be said next. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// As [`Self::more`].
    pub(super) async fn next(&mut self) -> Result<Say> {
        loop {
            if let Some(say) = self.outgoing.pop() {
                self.quiet_since = Instant::now();
                return Ok(say);
            }
            self.more().await?;
        }
    }

    /// Sends what there is to say, as [`Outgoing::send`] does.
    pub(super) async fn send(&mut self, line: &mut (impl AsyncWrite + Unpin), most: usize) -> io::Result<()> {
        self.outgoing.send(line, most).await?;
        self.quiet_since = Instant::now();
        Ok(())
    }

    /// Waits until there is something to say. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// `Unauthorized` once the reader's way in is closed; when the database does not answer.
    pub(super) async fn more(&mut self) -> Result<()> {
        while self.outgoing.is_empty() {
            // Before what it tells of is looked at: what comes in between is not missed.
            let noticed = self.pulse.borrow_and_update().notices;
            let head = self.store.log().head().seq;
            self.standing.rights(&self.store)?;
            if !self.topics.is_empty() && self.seq < head {
                self.fetch().await?;
                continue;
            }
            if self.noticed != noticed {
                self.noticed = noticed;
                self.hear()?;
                continue;
            }
            if self.seq <= head {
                self.ahead_until = None;
            }
            self.wait().await?;
        }
        Ok(())
    }

    /// Waits until something happens, and queues what follows from it.
    async fn wait(&mut self) -> Result<()> {
        let due = self.due_at();
        // It rings too early at times, which costs less than to set it anew for every event.
        if self.timer.is_elapsed() || due < self.timer.deadline() {
            self.timer.as_mut().reset(due);
        }
        tokio::select! {
            biased;
            // The sender lives in the store, which this reader holds; it cannot be gone.
            _ = self.pulse.changed() => {}
            () = self.timer.as_mut() => self.due().await?,
        }
        Ok(())
    }

    /// When something is to be said though nothing happens.
    fn due_at(&self) -> Instant {
        let ping = self.quiet_since + self.ping;
        match self.ahead_until {
            Some(until) => ping.min(until),
            None if self.told < self.seq => ping.min(self.caught_at),
            None => ping,
        }
    }

    /// Says what is due by now, if anything is.
    async fn due(&mut self) -> Result<()> {
        let now = Instant::now();
        match self.ahead_until {
            Some(until) if until <= now => self.gap().await?,
            None if self.told < self.seq && self.caught_at <= now => self.caught(),
            _ if self.quiet_since + self.ping <= now => self.say(&ServerFrame::Ping { at: self.store.now() }, None),
            _ => {}
        }
        Ok(())
    }

    async fn fetch(&mut self) -> Result<()> {
        let frames = self.store.log().after(self.seq, BATCH).await?;
        // The log has no holes: what does not follow was cut away.
        if frames.first().is_none_or(|first| first.event.seq != self.seq + 1) {
            return self.gap().await;
        }
        // Asked each time: rights change while a reader stays.
        let rights = self.standing.rights(&self.store)?;
        for frame in frames {
            self.seq = frame.event.seq;
            if frame.is_for(&self.topics) && access::may_see(rights, &frame.event) {
                self.told = self.seq;
                self.outgoing.push(Say { json: frame.json().clone(), seq: Some(self.seq) });
            }
        }
        Ok(())
    }

    /// Queues the notices that there are.
    fn hear(&mut self) -> Result<()> {
        loop {
            match self.notices.try_recv() {
                Ok(notice) => {
                    if self.may_hear(&notice.notice)? {
                        self.outgoing.push(Say { json: notice.json.clone(), seq: None });
                    }
                }
                Err(TryRecvError::Lagged(_)) => self.drafts()?,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
            }
        }
    }

    fn may_hear(&mut self, notice: &Notice) -> Result<bool> {
        Ok(notice.is_for(&self.topics) && access::may_hear(self.standing.rights(&self.store)?, notice))
    }

    /// The cursor is of no use: says so, and goes on from the newest event, which any snapshot loaded now will reach.
    async fn gap(&mut self) -> Result<()> {
        let oldest = self.store.log().oldest().await?;
        let head = self.store.log().head();
        self.ahead_until = None;
        self.go_to(head.seq);
        self.say(&ServerFrame::Gap { epoch: head.epoch, oldest }, Some(head.seq));
        Ok(())
    }

    fn go_to(&mut self, seq: i64) {
        (self.seq, self.told, self.caught_at) = (seq, seq, Instant::now());
    }

    fn greet(&mut self, from: Option<i64>) {
        let head = self.store.log().head();
        self.say(&ServerFrame::Hello { epoch: head.epoch, seq: head.seq }, from);
    }

    fn caught(&mut self) {
        self.told = self.seq;
        self.caught_at = Instant::now() + CAUGHT_EVERY;
        self.say(&ServerFrame::Caught { seq: self.seq }, Some(self.seq));
    }

    /// The answers in the making, whole: what came before this reader, or was lost on the way.
    fn drafts(&mut self) -> Result<()> {
        for draft in self.store.log().drafts() {
            let notice = Notice::Draft(draft);
            if self.may_hear(&notice)? {
                self.say(&ServerFrame::Notice(notice), None);
            }
        }
        Ok(())
    }

    fn say(&mut self, frame: &ServerFrame, seq: Option<i64>) {
        match serde_json::to_vec(frame) {
            Ok(json) => self.outgoing.push(Say { json: json.into(), seq }),
            Err(error) => tracing::error!(%error, "a frame of the live stream could not be written"),
        }
    }
}
