//! What all who take part share: where the server is, whether it is up, what stage the soak is in, and what came of it all.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::fault::{Fault, Faults};
use super::ledger::Acknowledged;

/// One life of the server, from one kill to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    /// Which.
    pub(crate) number: u32,
    /// Whether it said that it is ready, and was not killed yet.
    pub(crate) up: bool,
}

/// How far the soak is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Everybody is at it.
    Load,
    /// Nobody begins anything new.
    Drain,
    /// Whoever is still there leaves.
    Over,
}

/// Someone with an account.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The name.
    pub(crate) name: String,
    /// An address of this machine's own, so that the limits by address hold for each of them alone.
    pub(crate) from: Ipv4Addr,
    /// What a browser shows: `name=value`.
    pub(crate) cookie: String,
    /// What a program shows.
    pub(crate) token: String,
}

/// A project that was asked for, and the task that makes it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Its short name.
    pub(crate) name: String,
    /// The task's id.
    pub(crate) task: String,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct World {
    /// Where the server answers, in every life.
    pub(crate) address: SocketAddr,
    /// The first admin.
    pub(crate) owner: Person,
    /// Everybody else.
    pub(crate) people: Vec<Person>,
    /// The helpers' names.
    pub(crate) helpers: Vec<String>,
    /// The conversations' ids.
    pub(crate) conversations: Vec<String>,
    /// The log's epoch, and the newest event in it before the load.
    pub(crate) cursor: (String, i64),
    life: watch::Sender<Life>,
    stage: watch::Sender<Stage>,
    rush: watch::Sender<bool>,
    began: Cell<Instant>,
    /// The newest message of each conversation, once nothing more is said.
    pub(crate) heads: RefCell<Option<Vec<i64>>>,
    /// What was acknowledged, by conversation.
    pub(crate) acknowledged: RefCell<Vec<Vec<Acknowledged>>>,
    /// The ids of messages as they were first heard, by conversation and position.
    pub(crate) heard: RefCell<BTreeMap<(usize, i64), String>>,
    /// How long the answer to a message took that was taken at once.
    pub(crate) answered: RefCell<Vec<Duration>>,
    /// How long pages took.
    pub(crate) pages: RefCell<Vec<Duration>>,
    /// The projects that were asked for.
    pub(crate) projects: RefCell<Vec<Asked>>,
    /// The projects that were ready when somebody last looked.
    pub(crate) ready: RefCell<Vec<String>>,
    /// The runs that were asked for.
    pub(crate) runs: RefCell<Vec<String>>,
    /// Sockets that are open now, as their owners know.
    pub(crate) sockets: Cell<usize>,
    counts: RefCell<BTreeMap<&'static str, usize>>,
    faults: RefCell<Faults>,
}

impl World {
    /// A world before its first day.
    pub(crate) fn new(
        address: SocketAddr,
        owner: Person,
        people: Vec<Person>,
        helpers: Vec<String>,
        conversations: Vec<String>,
        cursor: (String, i64),
    ) -> Self {
        Self {
            address,
            owner,
            people,
            helpers,
            acknowledged: RefCell::new(vec![Vec::new(); conversations.len()]),
            conversations,
            cursor,
            life: watch::Sender::new(Life { number: 1, up: true }),
            stage: watch::Sender::new(Stage::Load),
            rush: watch::Sender::default(),
            began: Cell::new(Instant::now()),
            heads: RefCell::default(),
            heard: RefCell::default(),
            answered: RefCell::default(),
            pages: RefCell::default(),
            projects: RefCell::default(),
            ready: RefCell::default(),
            runs: RefCell::default(),
            sockets: Cell::default(),
            counts: RefCell::default(),
            faults: RefCell::default(),
        }
    }

    /// The load begins now.
    pub(crate) fn begin(&self) {
        self.began.set(Instant::now());
    }

    /// The server's life as it is now.
    pub(crate) fn life(&self) -> Life {
        *self.life.borrow()
    }

    /// The server is about to be killed.
    pub(crate) fn going_down(&self) {
        self.life.send_modify(|life| life.up = false);
        self.hurry(false);
    }

    /// Another life of it has begun.
    pub(crate) fn came_up(&self) {
        self.life.send_modify(|life| *life = Life { number: life.number + 1, up: true });
    }

    /// Waits until the server is up.
    pub(crate) async fn until_up(&self) {
        // The sender lives in here, so there is always one.
        let _ = self.life.subscribe().wait_for(|life| life.up).await;
    }

    /// How far the soak is.
    pub(crate) fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Goes on to another stage.
    pub(crate) fn enter(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// Waits until the soak is so far.
    pub(crate) async fn until(&self, stage: Stage) {
        let _ = self.stage.subscribe().wait_for(|now| *now >= stage).await;
    }

    /// Waits for so long, or until nobody begins anything new. True while there is something to be begun.
    pub(crate) async fn pause(&self, long: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(long) => {}
            () = self.until(Stage::Drain) => {}
        }
        self.stage() == Stage::Load
    }

    /// Has everybody speak without a pause, or not any more.
    pub(crate) fn hurry(&self, rush: bool) {
        self.rush.send_replace(rush);
    }

    /// The same as [`World::pause`], but over at once while everybody is hurried.
    pub(crate) async fn pause_unless_hurried(&self, long: Duration) -> bool {
        let mut rush = self.rush.subscribe();
        tokio::select! {
            go_on = self.pause(long) => go_on,
            // The sender lives in here.
            _ = rush.wait_for(|rush| *rush) => self.stage() == Stage::Load,
        }
    }

    /// Microseconds since the load began.
    pub(crate) fn now(&self) -> u128 {
        self.began.get().elapsed().as_micros()
    }

    /// Counts one more of something.
    pub(crate) fn count(&self, what: &'static str) {
        *self.counts.borrow_mut().entry(what).or_default() += 1;
    }

    /// How many of something there were.
    pub(crate) fn counted(&self, what: &'static str) -> usize {
        self.counts.borrow().get(what).copied().unwrap_or_default()
    }

    /// Notes a fault, and says so to whoever watches.
    pub(crate) fn fault(&self, fault: Fault) {
        let words = fault.to_string();
        if self.faults.borrow_mut().note(fault) {
            let minute = self.began.get().elapsed().as_secs_f64() / 60.0;
            crate::say(&format!("  after {minute:.1} min: {words}"));
        }
    }

    /// The faults so far.
    pub(crate) fn faults(&self) -> Faults {
        self.faults.borrow().clone()
    }
}
