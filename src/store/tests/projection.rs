//! The property every live page rests on: a snapshot and the events after it equal a later snapshot. And what the
//! stream sends is what a snapshot's reader would see.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use domain::helper::RestartPolicy;
use domain::projection::{Thread, Workshop};
use domain::{Actor, ConversationId, HelperName, Process, ProcessStatus, Project, Slug, Task, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use store::Store;
use store::commands::{
    AbandonProject, AdvanceTask, AnnounceCommands, AnswerDelivery, BeginProject, CancelTask, ClaimDelivery,
    FailDelivery, FinishProject, ImportMessages, ImportedMessage, MarkRead, NotePersona, OpenConversation, PostMessage,
    ReapDeliveries, RecordProcess, RegisterHelper, RemoveHelper, RequeueDelivery, SetPaused, SetWanted,
};
use store::testing::{HandClock, TestStore, owner};

const PAGE: i64 = 10;
const BODIES: [&str; 5] = ["hello", "@ping go", "@pong and @ping", "/decide **yes**", "is it?\nsecond line <b>"];

/// One thing that happens; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Op {
    Open,
    Say(usize, usize),
    HelperSays(usize, usize),
    Read(usize, i64),
    Answer(bool, usize),
    Fail(bool),
    Requeue(usize),
    Pause(bool),
    Want(bool),
    Persona,
    Process(usize, bool),
    Begin(usize),
    Advance(usize),
    Finish,
    Abandon(bool),
    Cancel,
    Import(usize),
    Leave,
    Return,
    Wait(i64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => Just(Op::Open),
        6 => (0..4_usize, 0..5_usize).prop_map(|(c, b)| Op::Say(c, b)),
        2 => (0..4_usize, 0..5_usize).prop_map(|(c, b)| Op::HelperSays(c, b)),
        2 => (0..4_usize, 0..9_i64).prop_map(|(c, p)| Op::Read(c, p)),
        4 => (any::<bool>(), 0..5_usize).prop_map(|(h, b)| Op::Answer(h, b)),
        3 => any::<bool>().prop_map(Op::Fail),
        1 => (0..3_usize).prop_map(Op::Requeue),
        1 => any::<bool>().prop_map(Op::Pause),
        1 => any::<bool>().prop_map(Op::Want),
        1 => Just(Op::Persona),
        3 => (0..7_usize, any::<bool>()).prop_map(|(s, n)| Op::Process(s, n)),
        2 => (0..3_usize).prop_map(Op::Begin),
        2 => (0..3_usize).prop_map(Op::Advance),
        1 => Just(Op::Finish),
        1 => any::<bool>().prop_map(Op::Abandon),
        1 => Just(Op::Cancel),
        1 => (0..3_usize).prop_map(Op::Import),
        1 => Just(Op::Leave),
        1 => Just(Op::Return),
        2 => (1..4_000_i64).prop_map(Op::Wait),
    ]
}

fn name(text: &str) -> HelperName {
    text.parse().unwrap()
}

fn helper(second: bool) -> HelperName {
    name(if second { "pong" } else { "ping" })
}

/// A workshop in which things happen.
struct World {
    store: Store,
    clock: Arc<HandClock>,
    process: Option<Process>,
}

impl World {
    async fn new(store: Store, clock: Arc<HandClock>) -> Self {
        let world = Self { store, clock, process: None };
        world.hire("ping").await;
        world.hire("pong").await;
        world.apply_open().await;
        world
    }

    async fn hire(&self, helper: &str) {
        let register = RegisterHelper {
            name: name(helper),
            description: "Plays.".into(),
            version: "1".into(),
            built_in: false,
            restart: RestartPolicy::Always,
        };
        self.store.run(&Actor::system(), register).await.unwrap();
        let announce = AnnounceCommands { helper: name(helper), version: Some("2".into()), commands: vec![] };
        self.store.run(&Actor::system(), announce).await.unwrap();
    }

    async fn apply_open(&self) {
        let open = OpenConversation { title: "Pods".into(), participants: vec![], project: None };
        self.store.run(&owner(), open).await.unwrap();
    }

    async fn conversation(&self, pick: usize) -> ConversationId {
        let all = self.store.conversations(None, 100).await.unwrap();
        all[pick % all.len()].id
    }

    async fn making(&self) -> Option<(Project, Task)> {
        let project = self.store.projects().await.unwrap().into_iter().find(|p| p.commit.is_none())?;
        let task = self.store.tasks_of_project(project.id).await.unwrap().pop()?;
        Some((project, task))
    }

    async fn say(&self, actor: Actor, conversation: ConversationId, body: usize) {
        let post = PostMessage { conversation, recipient: None, body: BODIES[body].into(), reply_to: None, key: None };
        self.store.run(&actor, post).await.unwrap();
    }

    /// Does one thing. What the rules refuse just does not happen.
    async fn apply(&mut self, op: Op) {
        let (store, system) = (self.store.clone(), Actor::system());
        match op {
            Op::Open => self.apply_open().await,
            Op::Say(c, b) => self.say(owner(), self.conversation(c).await, b).await,
            Op::HelperSays(c, b) => self.say(Actor::helper(name("ping"), None), self.conversation(c).await, b).await,
            Op::Read(c, position) => {
                let conversation = self.conversation(c).await;
                store.run(&owner(), MarkRead { conversation, position }).await.unwrap();
            }
            Op::Answer(h, b) => {
                if let Some(claimed) = store.run(&system, ClaimDelivery { helper: helper(h) }).await.unwrap() {
                    let body = (b > 0).then(|| BODIES[b].to_owned());
                    let answer = AnswerDelivery { delivery: claimed.delivery.id, token: claimed.token, body };
                    store.run(&Actor::helper(helper(h), None), answer).await.unwrap();
                }
            }
            Op::Fail(h) => {
                if let Some(claimed) = store.run(&system, ClaimDelivery { helper: helper(h) }).await.unwrap() {
                    let error = "It fell over.".to_owned();
                    let fail = FailDelivery { delivery: claimed.delivery.id, token: claimed.token, error };
                    store.run(&system, fail).await.unwrap();
                }
            }
            Op::Requeue(pick) => {
                let all = store.deliveries(&Default::default(), 50).await.unwrap();
                if let Some(delivery) = all.get(pick).map(|d| d.id) {
                    let _: Result<_, _> = store.run(&owner(), RequeueDelivery { delivery }).await;
                }
            }
            Op::Pause(paused) => drop(store.run(&owner(), SetPaused { helper: name("pong"), paused }).await),
            Op::Want(wanted) => drop(store.run(&owner(), SetWanted { helper: name("pong"), wanted }).await),
            Op::Persona => drop(store.run(&owner(), NotePersona { helper: name("ping"), bytes: 7 }).await),
            Op::Process(status, fresh) => self.process(status, fresh).await,
            Op::Begin(n) => drop(store.run(&owner(), begin(n, self.last_message().await)).await),
            Op::Advance(step) => {
                if let Some((_, task)) = self.making().await {
                    let advance = AdvanceTask { task: task.id, step, title: Some(format!("Step {step}")) };
                    store.run(&owner(), advance).await.unwrap();
                }
            }
            Op::Finish => {
                if let Some((project, task)) = self.making().await {
                    let finish =
                        FinishProject { project: project.id, task: task.id, commit: "9f2c41a".into(), files: 14 };
                    store.run(&owner(), finish).await.unwrap();
                }
            }
            Op::Abandon(canceled) => {
                if let Some((project, task)) = self.making().await {
                    let reason = "Gone.".to_owned();
                    let abandon = AbandonProject { project: project.id, task: Some(task.id), reason, canceled };
                    store.run(&owner(), abandon).await.unwrap();
                }
            }
            Op::Cancel => {
                if let Some((_, task)) = self.making().await {
                    drop(store.run(&owner(), CancelTask { task: task.id }).await);
                }
            }
            Op::Import(n) => self.import(n).await,
            Op::Leave => store.run(&system, RemoveHelper { helper: name("pong") }).await.unwrap(),
            Op::Return => self.hire("pong").await,
            Op::Wait(seconds) => {
                self.clock.advance(seconds);
                store.run(&system, ReapDeliveries).await.unwrap();
            }
        }
    }

    async fn last_message(&self) -> Option<(ConversationId, domain::MessageId)> {
        let conversation = self.conversation(0).await;
        let page = self.store.messages(conversation, domain::Cut::Newest, 1).await.unwrap();
        page.items.first().map(|message| (conversation, message.id))
    }

    async fn process(&mut self, status: usize, fresh: bool) {
        use ProcessStatus::{BackingOff, Failed, Running, Starting, Stopped, Stopping, Unhealthy};
        let status = [Starting, Running, Unhealthy, BackingOff, Stopping, Stopped, Failed][status];
        let now = self.store.now();
        if fresh || self.process.is_none() {
            self.process = Some(Process {
                id: self.store.new_id(),
                helper: name("ping"),
                status,
                pid: Some(4_711),
                started_at: now,
                ended_at: None,
                restarts: 0,
                next_start_at: None,
                reason: None,
            });
        }
        if let Some(process) = &mut self.process {
            process.status = status;
            process.reason = (status == Failed).then(|| "Exit 1.".to_owned());
            self.store.run(&Actor::system(), RecordProcess { process: process.clone() }).await.unwrap();
        }
    }

    async fn import(&self, n: usize) {
        let at = Timestamp::from_millis(1_600_000_000_000 + n as i64);
        let sender: domain::Party = "helper:ping".parse().unwrap();
        let messages =
            vec![ImportedMessage { key: format!("old/{n}"), sender: sender.clone(), body: "long ago".into(), at }];
        let import = ImportMessages { one: sender, other: owner().by, messages };
        self.store.run(&owner(), import).await.unwrap();
    }

    async fn workshop(&self) -> Workshop {
        self.store.view(&owner()).workshop().await.unwrap()
    }

    async fn threads(&self) -> Vec<Thread> {
        let mut threads = Vec::new();
        for conversation in self.store.conversations(None, 100).await.unwrap() {
            threads.push(self.store.view(&owner()).thread(conversation.id, PAGE).await.unwrap().unwrap());
        }
        threads
    }
}

fn begin(n: usize, asked: Option<(ConversationId, domain::MessageId)>) -> BeginProject {
    let slug: Slug = format!("pods-{n}").parse().unwrap();
    BeginProject {
        slug,
        title: "Pods".into(),
        brief: String::new(),
        template: "pwa".into(),
        template_version: "1".into(),
        steps: vec!["Write".into(), "Commit".into()],
        conversation: asked.map(|(conversation, _)| conversation),
        message: asked.map(|(_, message)| message),
    }
}

/// Lets `ops` happen, taking snapshots after `cut` of them, and checks that events lead from there to the end.
async fn check(store: Store, clock: Arc<HandClock>, ops: Vec<Op>, cut: usize) {
    let mut world = World::new(store.clone(), clock).await;
    let (before, after) = ops.split_at(cut.min(ops.len()));
    for op in before {
        world.apply(op.clone()).await;
    }
    let (mut workshop, mut threads) = (world.workshop().await, world.threads().await);
    for op in after {
        world.apply(op.clone()).await;
    }
    let start = workshop.seq;
    let frames = store.log().after(start, 10_000).await.unwrap();
    let stored = store.events(start, 10_000).await.unwrap();
    let sent: Vec<_> = frames.iter().map(|frame| frame.event.clone()).collect();
    assert_eq!(sent, stored, "the stream sends what the log holds");
    for event in &stored {
        workshop.apply(event);
        threads.iter_mut().for_each(|thread| thread.apply(event));
    }
    assert_eq!(workshop, world.workshop().await);
    let late = world.threads().await;
    for thread in threads {
        let id = thread.conversation.id;
        let now = late.iter().find(|other| other.conversation.id == id).unwrap().clone();
        let kept = usize::try_from(PAGE).unwrap();
        assert_eq!(thread.newest(kept), now, "conversation {id}");
    }
}

fn begin_at() -> Arc<HandClock> {
    HandClock::at(Timestamp::from_millis(1_772_373_652_000))
}

fn run(cases: u32, test: impl Fn(Vec<Op>, usize)) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let strategy = (prop::collection::vec(op(), 0..40), 0..40_usize);
    TestRunner::new(config)
        .run(&strategy, |(ops, cut)| {
            test(ops, cut);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_snapshot_and_the_events_after_it_equal_a_later_snapshot_on_sqlite() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    run(48, |ops, cut| {
        runtime.block_on(async {
            let clock = begin_at();
            let test = TestStore::sqlite_with(clock.clone()).await;
            check(test.store.clone(), clock, ops, cut).await;
            test.finish().await;
        });
    });
}

#[test]
fn a_snapshot_and_the_events_after_it_equal_a_later_snapshot_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    run(16, |ops, cut| {
        runtime.block_on(async {
            let clock = begin_at();
            if let Some(test) = TestStore::postgres_with(clock.clone()).await {
                check(test.store.clone(), clock, ops, cut).await;
                test.finish().await;
            }
        });
    });
}
