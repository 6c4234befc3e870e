//! The property every live page rests on: a snapshot and the events after it equal a later snapshot. And what the
//! stream sends is what a snapshot's reader would see.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::helper::RestartPolicy;
use domain::projection::{Thread, Workshop};
use domain::sandbox::{Preset, RoomKind, Verdict};
use domain::{
    Actor, ConversationId, Decision, HelperName, PolicySubject, Process, ProcessStatus, Project, ProjectId, Rule, Run,
    Slug, Task, Timestamp,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use store::Store;
use store::commands::{
    AbandonProject, AdvanceTask, AnnounceCommands, AnswerDelivery, AskPermission, BeginProject, CancelRun, CancelTask,
    ClaimDelivery, CommitProject, DecidePermission, EndRun, FailDelivery, FinishProject, ImportMessages,
    ImportedMessage, InterruptRuns, MarkRead, NotePersona, OpenConversation, PostMessage, QueueRun, ReapDeliveries,
    RecordProcess, RegisterHelper, RemoveHelper, RequeueDelivery, RevokePermission, SetPaused, SetPolicy, SetWanted,
    StartRun, WithdrawPermissions,
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
    Queue(usize),
    Start(usize),
    End(usize, bool),
    Stop(usize),
    Interrupt,
    Ask(bool, usize),
    Decide(usize, bool, bool),
    Revoke(usize),
    Withdraw(usize),
    Policy,
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
        3 => (0..3_usize).prop_map(Op::Queue),
        2 => (0..3_usize).prop_map(Op::Start),
        2 => (0..3_usize, any::<bool>()).prop_map(|(r, ok)| Op::End(r, ok)),
        1 => (0..3_usize).prop_map(Op::Stop),
        1 => Just(Op::Interrupt),
        4 => (any::<bool>(), 0..3_usize).prop_map(|(h, n)| Op::Ask(h, n)),
        2 => (0..3_usize, any::<bool>(), any::<bool>()).prop_map(|(p, allow, always)| Op::Decide(p, allow, always)),
        1 => (0..5_usize).prop_map(Op::Revoke),
        1 => (0..3_usize).prop_map(Op::Withdraw),
        1 => Just(Op::Policy),
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
                    let (commit, subject) = ("77aa0b3".to_owned(), "Change it".to_owned());
                    let commit = CommitProject { project: project.id, commit, subject, changed: 2, files: 15 };
                    store.run(&owner(), commit).await.unwrap();
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
            Op::Queue(_) | Op::Start(_) | Op::End(..) | Op::Stop(_) | Op::Interrupt => self.run(op).await,
            Op::Ask(..) | Op::Decide(..) | Op::Revoke(_) | Op::Withdraw(_) | Op::Policy => self.permit(op).await,
        }
    }

    async fn any_project(&self) -> Option<ProjectId> {
        self.store.projects().await.unwrap().first().map(|project| project.id)
    }

    async fn open_run(&self, pick: usize) -> Option<Run> {
        self.store.open_runs().await.unwrap().into_iter().cycle().nth(pick)
    }

    async fn run(&self, op: Op) {
        let (store, system) = (&self.store, Actor::system());
        match op {
            Op::Queue(n) => {
                if let Some(project) = self.any_project().await {
                    store.run(&owner(), queue(project, n)).await.unwrap();
                }
            }
            Op::Start(pick) => {
                if let Some(run) = self.open_run(pick).await {
                    drop(store.run(&system, StartRun { run: run.id, room: RoomKind::Namespace }).await);
                }
            }
            Op::End(pick, ok) => {
                if let Some(run) = self.open_run(pick).await {
                    let verdict = if ok { Verdict::Ok } else { Verdict::Exit(3) };
                    store.run(&system, end(&run, verdict)).await.unwrap();
                }
            }
            Op::Stop(pick) => {
                if let Some(run) = self.open_run(pick).await {
                    store.run(&owner(), CancelRun { run: run.id }).await.unwrap();
                }
            }
            _ => drop(store.run(&system, InterruptRuns).await.unwrap()),
        }
    }

    async fn permit(&self, op: Op) {
        let (store, system) = (&self.store, Actor::system());
        let mut asked = store.permissions_asked(100).await.unwrap().into_iter().cycle();
        match op {
            Op::Ask(h, n) => {
                if let Some(claimed) = store.run(&system, ClaimDelivery { helper: helper(h) }).await.unwrap() {
                    let ask = AskPermission {
                        delivery: claimed.delivery.id,
                        project: self.any_project().await.filter(|_| n > 0),
                        what: format!("Do it {n} times"),
                        command: (n > 1).then(|| "npm test".to_owned()),
                    };
                    store.run(&Actor::helper(helper(h), None), ask).await.unwrap();
                }
            }
            Op::Decide(pick, allow, always) => {
                if let Some(permission) = asked.nth(pick) {
                    let decide = DecidePermission { permission: permission.id, allow, always };
                    drop(store.run(&owner(), decide).await);
                }
            }
            Op::Revoke(pick) => {
                let conversation = self.conversation(0).await;
                let all = store.permissions_of_conversation(conversation, 50).await.unwrap();
                if let Some(permission) = all.get(pick) {
                    drop(store.run(&owner(), RevokePermission { permission: permission.id }).await);
                }
            }
            Op::Withdraw(pick) => {
                if let Some(permission) = asked.nth(pick) {
                    store.run(&system, WithdrawPermissions { delivery: permission.delivery }).await.unwrap();
                }
            }
            _ => {
                let rule = Rule { pattern: "npm *".into(), decision: Decision::Ask };
                let subject = self.any_project().await.map_or(PolicySubject::Workshop, PolicySubject::Project);
                let (limits, settings) = (BTreeMap::new(), BTreeMap::new());
                store.run(&owner(), SetPolicy { subject, limits, rules: vec![rule], settings }).await.unwrap();
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
                room: Some(RoomKind::Docker),
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

fn queue(project: ProjectId, n: usize) -> QueueRun {
    let preset = if n > 1 { Preset::Build } else { Preset::Run };
    let command = format!("npm run {n}");
    QueueRun { id: None, project, command, preset, terminal: n > 0, task: None, conversation: None }
}

fn end(run: &Run, verdict: Verdict) -> EndRun {
    EndRun {
        run: run.id,
        verdict,
        reason: None,
        output_bytes: 7,
        cut: false,
        peak_memory_bytes: Some(4_096),
        cpu_micros: None,
        hosts: vec![],
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
    let strategy = (prop::collection::vec(op(), 0..60), 0..60_usize);
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
