//! The live hub: the newest events in memory, each serialised at most once, and passing notices. Readers pull at their own pace.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use domain::stream::{Cursor, Draft, EventFrame, Notice, ServerFrame, Topic};
use domain::{DeliveryId, Event, EventData, Result};
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use crate::db::Db;
use crate::gate::Gate;
use crate::pages::Pages;
use crate::tables;

/// Most events held in memory.
const RING_EVENTS: usize = 8_192;
/// Most bytes of events held in memory.
const RING_BYTES: usize = 16 * 1024 * 1024;
/// About how many bytes the frame of a message takes besides its text.
const AROUND_MESSAGE: usize = 512;
/// Notices that a slow reader may be behind before it loses some.
const NOTICES: usize = 1_024;

/// An event as it goes to subscribers.
#[derive(Debug)]
pub struct Frame {
    /// The event.
    pub event: Event,
    topics: OnceLock<Vec<Topic>>,
    json: OnceLock<Bytes>,
}

impl Frame {
    pub(crate) fn new(event: Event) -> Self {
        Self { event, topics: OnceLock::new(), json: OnceLock::new() }
    }

    /// The event as a `ServerFrame::Event`: serialised once for everyone, when the first one asks.
    pub fn json(&self) -> &Bytes {
        self.json.get_or_init(|| Bytes::from(serde_json::to_vec(&EventFrame::Event(&self.event)).unwrap_or_default()))
    }

    /// About how many bytes it takes as JSON.
    fn size(&self) -> usize {
        match &self.event.what {
            // Most events are these, and nobody may ask for one.
            EventData::MessagePosted(posted) => AROUND_MESSAGE + posted.message.body.len() + posted.message.html.len(),
            _ => self.json().len(),
        }
    }

    /// Whether a subscription to `topics` hears of it.
    #[must_use]
    pub fn is_for(&self, topics: &[Topic]) -> bool {
        let own = || self.topics.get_or_init(|| self.event.what.topics().collect());
        topics.contains(&Topic::Workshop) || own().iter().any(|topic| topics.contains(topic))
    }
}

/// A notice as it goes to subscribers.
#[derive(Debug)]
pub struct NoticeFrame {
    /// The notice.
    pub notice: Notice,
    /// The notice as a `ServerFrame::Notice`, serialised once for everyone.
    pub json: Bytes,
}

/// What live readers are woken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// How many notices there were.
    pub notices: u64,
    /// The newest event that they were woken for.
    seq: i64,
}

/// The live hub. Cheap to clone.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    gate: Gate,
    epoch: Uuid,
    ring: Mutex<Ring>,
    head: watch::Sender<i64>,
    /// Woken when events were committed here, for telling other nodes.
    committed: Notify,
    /// Woken when the ring has a hole that only the database can fill.
    behind: Notify,
    pages: Pages,
    notices: broadcast::Sender<Arc<NoticeFrame>>,
    pulse: watch::Sender<Pulse>,
    drafts: Mutex<BTreeMap<DeliveryId, Draft>>,
}

#[derive(Default)]
struct Ring {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    /// The newest event that is in the ring, or was there.
    last: i64,
}

impl Ring {
    fn push(&mut self, frame: Arc<Frame>) {
        self.last = frame.event.seq;
        self.bytes += frame.size();
        self.frames.push_back(frame);
        while self.frames.len() > RING_EVENTS || self.bytes > RING_BYTES {
            let Some(oldest) = self.frames.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }
}

impl Log {
    pub(crate) fn new(db: Db, gate: Gate, epoch: Uuid, seq: i64) -> Self {
        let shared = Shared {
            db,
            gate,
            epoch,
            ring: Mutex::new(Ring { last: seq, ..Ring::default() }),
            head: watch::Sender::new(seq),
            committed: Notify::new(),
            behind: Notify::new(),
            pages: Pages::default(),
            notices: broadcast::Sender::new(NOTICES),
            pulse: watch::Sender::new(Pulse { notices: 0, seq }),
            drafts: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The log's epoch and newest event.
    #[must_use]
    pub fn head(&self) -> Cursor {
        Cursor { epoch: self.shared.epoch, seq: *self.shared.head.borrow() }
    }

    /// The newest event's number, as it grows.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.shared.head.subscribe()
    }

    /// Up to `limit` events after `seq`, oldest first: from memory when they are there, else from the database, where
    /// readers that ask for the same page share one query.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn after(&self, seq: i64, limit: usize) -> Result<Vec<Arc<Frame>>> {
        if let Some(frames) = self.remembered(seq, limit) {
            return Ok(frames);
        }
        // Thousands wait here, nearly always for nothing of the database: room for its queries is taken only with them.
        Box::pin(self.shared.pages.after(&self.shared.db, seq, limit)).await
    }

    /// The oldest event that is still there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn oldest(&self) -> Result<i64> {
        Box::pin(async { tables::events::oldest(&mut self.shared.db.read().await?).await }).await
    }

    /// Tells subscribers something passing.
    pub fn notify(&self, notice: Notice) {
        if let Notice::Draft(piece) = &notice {
            self.remember(piece);
        }
        let frame = ServerFrame::Notice(notice);
        let json = Bytes::from(serde_json::to_vec(&frame).unwrap_or_default());
        let ServerFrame::Notice(notice) = frame else { unreachable!("made as a notice two lines above") };
        // No one listening is no fault.
        let _ = self.shared.notices.send(Arc::new(NoticeFrame { notice, json }));
        let seq = self.head().seq;
        self.shared.pulse.send_modify(|pulse| *pulse = Pulse { notices: pulse.notices + 1, seq });
    }

    /// Changes with events and notices: one thing to wait for instead of two, and only once for events that come in a burst.
    #[must_use]
    pub fn pulse(&self) -> watch::Receiver<Pulse> {
        self.shared.pulse.subscribe()
    }

    /// Wakes live readers if there are events that they were not woken for.
    pub(crate) fn wake(&self) {
        let seq = self.head().seq;
        self.shared.pulse.send_if_modified(|pulse| std::mem::replace(&mut pulse.seq, seq) < seq);
    }

    /// The passing notices from now on.
    #[must_use]
    pub fn notices(&self) -> broadcast::Receiver<Arc<NoticeFrame>> {
        self.shared.notices.subscribe()
    }

    /// The answers in the making, whole, for a subscriber that comes in the middle.
    #[must_use]
    pub fn drafts(&self) -> Vec<Draft> {
        locked(&self.shared.drafts).values().cloned().collect()
    }

    /// Forgets an answer in the making, because it was posted or given up.
    pub fn end_draft(&self, delivery: DeliveryId) {
        locked(&self.shared.drafts).remove(&delivery);
    }

    /// Makes committed events known, and leaves it to [`Self::wake`] to wake live readers; tells whether they are known. Those
    /// that do not follow the newest known one (another node was quicker) are fetched from the database in order instead.
    pub(crate) fn publish(&self, events: Vec<Event>) -> bool {
        let Some(newest) = events.last().map(|event| event.seq) else { return true };
        for event in &events {
            if let EventData::DeliveryChanged(changed) = &event.what
                && changed.delivery.status != domain::DeliveryStatus::Delivered
            {
                self.end_draft(changed.delivery.id);
            }
        }
        let taken = self.take(events);
        if !taken {
            self.shared.behind.notify_one();
        }
        self.shared.committed.notify_one();
        tracing::trace!(seq = newest, "committed");
        taken
    }

    /// Puts events into the ring if they follow what is there; tells whether they did.
    pub(crate) fn take(&self, events: Vec<Event>) -> bool {
        let frames: Vec<_> = events.into_iter().map(|event| Arc::new(Frame::new(event))).collect();
        let last = {
            let mut ring = locked(&self.shared.ring);
            for frame in frames {
                if frame.event.seq == ring.last + 1 {
                    self.shared.gate.apply(&frame.event);
                    ring.push(frame);
                } else if frame.event.seq > ring.last {
                    return false;
                }
            }
            ring.last
        };
        self.shared.head.send_if_modified(|head| std::mem::replace(head, last.max(*head)) < last);
        true
    }

    pub(crate) fn last_taken(&self) -> i64 {
        locked(&self.shared.ring).last
    }

    pub(crate) async fn committed(&self) {
        self.shared.committed.notified().await;
    }

    pub(crate) async fn behind(&self) {
        self.shared.behind.notified().await;
    }

    fn remembered(&self, seq: i64, limit: usize) -> Option<Vec<Arc<Frame>>> {
        let ring = locked(&self.shared.ring);
        if seq >= ring.last {
            return Some(Vec::new());
        }
        let oldest = ring.frames.front()?.event.seq;
        let skip = usize::try_from(seq + 1 - oldest).ok()?;
        Some(ring.frames.iter().skip(skip).take(limit).cloned().collect())
    }

    fn remember(&self, piece: &Draft) {
        let mut drafts = locked(&self.shared.drafts);
        let whole =
            drafts.entry(piece.delivery).or_insert_with(|| Draft { offset: 0, text: String::new(), ..piece.clone() });
        let offset = piece.offset as usize;
        if offset <= whole.text.len() && whole.text.is_char_boundary(offset) {
            whole.text.truncate(offset);
            whole.text.push_str(&piece.text);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
