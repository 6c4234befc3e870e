//! Runs, permissions and policies on both engines: done once, by those who may, and told to those who may see it.
#![allow(clippy::unwrap_used, missing_docs)]

mod people;

use std::collections::BTreeMap;

use domain::helper::RestartPolicy;
use domain::policy::MAX_RULES;
use domain::sandbox::{Limits, Network, Preset, RoomKind, Verdict};
use domain::{
    Actor, AskedHost, Decision, Delivery, ErrorCode, EventData, HelperName, Permission, PermissionState, Policy,
    PolicySubject, Process, ProcessStatus, ProjectId, Result, Role, Rule, Run, RunState,
};
use people::{add, name, open, person, project, say, set_role};
use store::commands::{
    AnswerDelivery, AskPermission, CancelRun, ClaimDelivery, Claimed, DecidePermission, EndRun, InterruptRuns,
    MAX_ASKED, MAX_QUEUED, QueueRun, RecordProcess, RegisterHelper, RevokePermission, SetPolicy, StartRun,
    WithdrawPermissions,
};
use store::testing::owner;
use store::{Store, on_both};

fn author() -> HelperName {
    "the_author".parse().unwrap()
}

async fn hire(store: &Store) {
    let register = RegisterHelper {
        name: author(),
        description: "Helps.".into(),
        version: "1".into(),
        built_in: true,
        restart: RestartPolicy::Always,
    };
    store.run(&Actor::system(), register).await.unwrap();
}

fn queue(project: ProjectId, command: &str) -> QueueRun {
    QueueRun {
        id: None,
        project,
        command: command.into(),
        preset: Preset::Run,
        terminal: false,
        task: None,
        conversation: None,
    }
}

fn end(run: &Run, verdict: Verdict) -> EndRun {
    EndRun {
        run: run.id,
        verdict,
        reason: None,
        output_bytes: 5,
        cut: true,
        peak_memory_bytes: Some(1 << 40),
        cpu_micros: Some(12),
        hosts: vec![AskedHost { host: "registry.npmjs.org".into(), allowed: true, bytes: 9 }; 60],
    }
}

fn start(run: &Run) -> StartRun {
    StartRun { run: run.id, room: RoomKind::Namespace }
}

/// A delivery that the helper is at work on for `actor`.
async fn at_work(store: &Store, actor: &Actor, project: Option<ProjectId>) -> Claimed {
    let conversation = open(store, project).await;
    say(store, actor, conversation, "@the_author go").await;
    store.run(&Actor::system(), ClaimDelivery { helper: author() }).await.unwrap().unwrap()
}

fn ask(delivery: &Delivery, command: &str) -> AskPermission {
    let what = format!("Run {command}");
    AskPermission { delivery: delivery.id, project: None, what, command: Some(command.into()) }
}

async fn asks(store: &Store, delivery: &Delivery, command: &str) -> Permission {
    store.run(&delivery.actor(), ask(delivery, command)).await.unwrap()
}

fn decide(permission: &Permission, allow: bool, always: bool) -> DecidePermission {
    DecidePermission { permission: permission.id, allow, always }
}

fn rule(decision: Decision, pattern: &str) -> Rule {
    Rule { pattern: pattern.into(), decision }
}

fn set(subject: PolicySubject, limits: Limits, rules: &[Rule]) -> SetPolicy {
    let limits = BTreeMap::from([(Preset::Run, limits)]);
    SetPolicy { subject, limits, rules: rules.to_vec(), settings: BTreeMap::new() }
}

fn pids(pids: u32) -> Limits {
    Limits { pids: Some(pids), ..Limits::default() }
}

fn code<T>(outcome: Result<T>) -> Option<ErrorCode> {
    outcome.err().map(|error| error.code)
}

/// The events about runs, permissions and policies, in words.
async fn told(store: &Store) -> Vec<String> {
    let events = store.events(0, 1_000).await.unwrap();
    let words = |what: EventData| match what {
        EventData::RunChanged(run) => Some(format!("run {}", run.state.name())),
        EventData::PermissionChanged(permission) => Some(format!("permission {}", permission.state.name())),
        EventData::PolicyChanged(policy) => Some(format!("policy {}", policy.rules.len())),
        _ => None,
    };
    events.into_iter().filter_map(|event| words(event.what)).collect()
}

fn starting(store: &Store) -> Process {
    Process {
        id: store.new_id(),
        helper: author(),
        status: ProcessStatus::Starting,
        pid: None,
        started_at: store.now(),
        ended_at: None,
        restarts: 0,
        next_start_at: None,
        reason: None,
        room: None,
    }
}

on_both! {
    async fn a_run_is_queued_begun_and_ended_once(store: Store) {
        let project = project(&store, "pods").await;
        let (system, id) = (Actor::system(), Some(store.new_id()));
        let queued = store.run(&owner(), QueueRun { id, ..queue(project.id, "npm test") }).await.unwrap();
        let again = store.run(&owner(), QueueRun { id, ..queue(project.id, "npm test") }).await.unwrap();
        assert_eq!(queued, again, "asking again is not running twice");
        let other = store.run(&owner(), QueueRun { id, ..queue(project.id, "npm ci") }).await;
        assert_eq!(code(other), Some(ErrorCode::Conflict));
        assert_eq!(store.queued_runs().await.unwrap(), std::slice::from_ref(&queued));
        assert_eq!(store.open_runs().await.unwrap(), std::slice::from_ref(&queued));
        let running = store.run(&system, start(&queued)).await.unwrap();
        assert_eq!((running.state, running.room), (RunState::Running, Some(RoomKind::Namespace)));
        assert_eq!(code(store.run(&system, start(&queued)).await), Some(ErrorCode::Conflict));
        assert_eq!(store.run(&owner(), CancelRun { run: queued.id }).await.unwrap(), running, "its server ends it");
        let ended = store.run(&system, end(&queued, Verdict::Exit(3))).await.unwrap();
        assert_eq!((ended.verdict, ended.hosts.len(), ended.is_over()), (Some(Verdict::Exit(3)), 50, true));
        assert_eq!(store.run(&system, end(&queued, Verdict::Ok)).await.unwrap(), ended, "it stays as it ended");
        assert_eq!(code(store.run(&system, start(&queued)).await), Some(ErrorCode::Conflict));
        assert_eq!(store.run(&owner(), CancelRun { run: queued.id }).await.unwrap(), ended);
        assert_eq!(store.run_by_id(queued.id).await.unwrap(), Some(ended.clone()));
        assert_eq!(store.runs_of_project(project.id, 9).await.unwrap(), std::slice::from_ref(&ended));
        assert!(store.open_runs().await.unwrap().is_empty());
        assert_eq!(told(&store).await, ["run queued", "run running", "run ended"]);
        let workshop = store.view(&owner()).workshop().await.unwrap();
        assert_eq!(workshop.runs, [ended]);
        assert_eq!(workshop.activity[0].text, "noted that “npm test” ended: exit 3");
    }

    async fn what_waits_is_cancelled_at_once_and_what_is_left_behind_is_told_so(store: Store) {
        let project = project(&store, "pods").await;
        let system = Actor::system();
        let mut runs = Vec::new();
        for command in ["one", "two", "three", "four"] {
            runs.push(store.run(&owner(), queue(project.id, command)).await.unwrap());
        }
        let cancelled = store.run(&owner(), CancelRun { run: runs[0].id }).await.unwrap();
        assert_eq!((cancelled.state, cancelled.verdict), (RunState::Ended, Some(Verdict::Cancelled)));
        assert_eq!(code(store.run(&system, start(&runs[0])).await), Some(ErrorCode::Conflict));
        store.run(&system, start(&runs[1])).await.unwrap();
        store.run(&system, start(&runs[2])).await.unwrap();
        store.run(&system, end(&runs[2], Verdict::Ok)).await.unwrap();
        let interrupted = store.run(&system, InterruptRuns).await.unwrap();
        assert_eq!(interrupted.iter().map(|run| run.id).collect::<Vec<_>>(), [runs[1].id, runs[3].id]);
        assert!(interrupted.iter().all(|run| run.verdict == Some(Verdict::Infrastructure)));
        let reasons: Vec<_> = interrupted.iter().map(|run| run.reason.as_deref().unwrap()).collect();
        assert_eq!(reasons[0], "The server ended while it ran. Nothing was run twice.");
        assert!(reasons[1].contains("before this was begun"), "{}", reasons[1]);
        let late = store.run(&system, end(&runs[1], Verdict::Ok)).await.unwrap();
        assert_eq!(late, interrupted[0], "a runner that comes late changes nothing");
        assert!(store.run(&system, InterruptRuns).await.unwrap().is_empty());
    }

    async fn the_queue_is_bounded_and_what_cannot_be_run_is_told_why(store: Store) {
        let project = project(&store, "pods").await;
        for (command, preset, field) in [
            (" ", Preset::Run, "command"),
            ("a\0b", Preset::Run, "command"),
            (&*"x".repeat(17 * 1024), Preset::Run, "command"),
            ("x", Preset::Helper, "preset"),
        ] {
            let error = store.run(&owner(), QueueRun { preset, ..queue(project.id, command) }).await.unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some(field)));
        }
        assert_eq!(code(store.run(&owner(), queue(store.new_id(), "x")).await), Some(ErrorCode::NotFound));
        for _ in 0..MAX_QUEUED {
            store.run(&owner(), queue(project.id, "x")).await.unwrap();
        }
        let full = store.run(&owner(), queue(project.id, "x")).await.unwrap_err();
        assert_eq!(full.code, ErrorCode::TooMany);
        assert!(full.message.contains("100"), "{}", full.message);
        let first = store.queued_runs().await.unwrap().remove(0);
        store.run(&Actor::system(), start(&first)).await.unwrap();
        store.run(&owner(), queue(project.id, "x")).await.unwrap();
    }

    async fn editors_run_and_stop_and_readers_only_look(store: Store) {
        let (mine, other) = (project(&store, "pods").await, project(&store, "other").await);
        add(&store, "vera", None).await;
        add(&store, "eddy", None).await;
        store.run(&owner(), set_role("vera", Some(mine.id), Some(Role::Viewer))).await.unwrap();
        store.run(&owner(), set_role("eddy", Some(mine.id), Some(Role::Editor))).await.unwrap();
        let run = store.run(&person("eddy"), queue(mine.id, "ls")).await.unwrap();
        let hidden = store.run(&owner(), queue(other.id, "ls")).await.unwrap();
        assert_eq!(code(store.run(&person("vera"), queue(mine.id, "ls")).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(store.run(&person("eddy"), queue(other.id, "ls")).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(store.run(&person("vera"), CancelRun { run: run.id }).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(store.run(&person("eddy"), CancelRun { run: hidden.id }).await), Some(ErrorCode::NotFound));
        assert_eq!(code(store.run(&person("eddy"), end(&run, Verdict::Ok)).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(store.run(&owner(), start(&run)).await), Some(ErrorCode::Forbidden), "people do not run it");
        let helper = Actor::helper(author(), Some(name("eddy")));
        store.run(&helper, queue(mine.id, "ls")).await.unwrap();
        let alone = Actor::helper(author(), None);
        assert_eq!(code(store.run(&alone, queue(mine.id, "ls")).await), Some(ErrorCode::Forbidden));
        let view = store.view(&person("vera"));
        assert_eq!(view.run_by_id(run.id).await.unwrap(), Some(run.clone()));
        assert_eq!(view.run_by_id(hidden.id).await.unwrap(), None);
        assert_eq!(view.runs(9).await.unwrap().len(), 2);
        assert_eq!(view.runs_of_project(mine.id, 1).await.unwrap().len(), 1);
        assert!(view.runs_of_project(other.id, 9).await.unwrap().is_empty());
        assert_eq!(view.workshop().await.unwrap().runs.len(), 2);
        let events = view.events(0, 1_000).await.unwrap().0;
        assert_eq!(events.iter().filter(|event| event.what.kind() == "run.changed").count(), 2);
        let stopped = store.run(&person("eddy"), CancelRun { run: run.id }).await.unwrap();
        assert_eq!(stopped.verdict, Some(Verdict::Cancelled));
    }

    async fn a_permission_is_asked_once_and_answered_once(store: Store) {
        hire(&store).await;
        let project = project(&store, "pods").await;
        let claimed = at_work(&store, &owner(), Some(project.id)).await;
        let delivery = &claimed.delivery;
        let asked = asks(&store, delivery, "npm test").await;
        assert_eq!(asks(&store, delivery, "npm test").await, asked);
        let other = asks(&store, delivery, "npm ci").await;
        assert_eq!((asked.project, asked.message), (Some(project.id), delivery.message));
        assert_eq!(store.permissions_asked(9).await.unwrap(), [other.clone(), asked.clone()]);
        let stranger = Actor::helper("ping".parse().unwrap(), Some(name("owner")));
        assert_eq!(code(store.run(&stranger, ask(delivery, "x")).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(store.run(&owner(), ask(delivery, "x")).await), Some(ErrorCode::Forbidden));
        let helper = delivery.actor();
        assert_eq!(code(store.run(&helper, decide(&asked, true, false)).await), Some(ErrorCode::Forbidden));
        let allowed = store.run(&owner(), decide(&asked, true, false)).await.unwrap();
        assert_eq!((allowed.state, allowed.decided_by.clone()), (PermissionState::Allowed, Some(name("owner"))));
        assert_eq!(store.run(&owner(), decide(&asked, true, false)).await.unwrap(), allowed);
        let late = store.run(&owner(), decide(&asked, false, false)).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);
        assert!(late.message.contains("allowed by owner"), "{}", late.message);
        let denied = store.run(&owner(), decide(&other, false, true)).await.unwrap();
        assert_eq!((denied.state, denied.always, denied.rule), (PermissionState::Denied, false, None));
        assert_ne!(asks(&store, delivery, "npm test").await.id, asked.id, "once is once");
        let thread = store.view(&owner()).thread(delivery.conversation, 10).await.unwrap().unwrap();
        assert_eq!(thread.permissions.len(), 3);
        assert_eq!(thread.permissions[0], allowed);
        let lines = store.view(&owner()).workshop().await.unwrap().activity;
        assert_eq!(lines[0].text, "asked for permission: Run npm test");
        assert_eq!(lines[1].text, "refused the_author: Run npm ci");
    }

    async fn always_is_a_rule_that_can_be_taken_back(store: Store) {
        hire(&store).await;
        let project = project(&store, "pods").await;
        let subject = PolicySubject::Project(project.id);
        let claimed = at_work(&store, &owner(), Some(project.id)).await;
        let asked = asks(&store, &claimed.delivery, "CI=1 npm test").await;
        let allowed = store.run(&owner(), decide(&asked, true, true)).await.unwrap();
        assert_eq!((allowed.always, allowed.rule.as_deref()), (true, Some("npm test")));
        let policy = store.policy(&subject).await.unwrap();
        assert_eq!(policy.rules, [rule(Decision::Allow, "npm test")]);
        assert_eq!(policy.updated_by, Some(owner().by));
        let holding = store.policies_holding(Some(project.id), Some(&author())).await.unwrap();
        assert_eq!(holding.iter().map(|policy| policy.rules.len()).collect::<Vec<_>>(), [0, 1, 0]);
        let revoked = store.run(&owner(), RevokePermission { permission: asked.id }).await.unwrap();
        assert_eq!(revoked.state, PermissionState::Revoked);
        assert_eq!(store.run(&owner(), RevokePermission { permission: asked.id }).await.unwrap(), revoked);
        assert!(store.policy(&subject).await.unwrap().rules.is_empty());
        let open = asks(&store, &claimed.delivery, "npm ci").await;
        assert_eq!(code(store.run(&owner(), RevokePermission { permission: open.id }).await), Some(ErrorCode::Conflict));
        assert_eq!(
            told(&store).await,
            [
                "permission asked",
                "policy 1",
                "permission allowed",
                "policy 0",
                "permission revoked",
                "permission asked"
            ]
        );
    }

    async fn always_is_refused_where_no_rule_could_hold_it(store: Store) {
        hire(&store).await;
        let project = project(&store, "pods").await;
        let outside = at_work(&store, &owner(), None).await;
        let nowhere = asks(&store, &outside.delivery, "npm test").await;
        let inside = AskPermission { project: Some(project.id), ..ask(&outside.delivery, "a && b") };
        let several = store.run(&outside.delivery.actor(), inside).await.unwrap();
        let words = AskPermission { command: None, project: Some(project.id), ..ask(&outside.delivery, "write") };
        let words = store.run(&outside.delivery.actor(), words).await.unwrap();
        store.run(&owner(), set(PolicySubject::Workshop, Limits::default(), &[rule(Decision::Ask, "git *")])).await.unwrap();
        let ruled = AskPermission { project: Some(project.id), ..ask(&outside.delivery, "git push") };
        let ruled = store.run(&outside.delivery.actor(), ruled).await.unwrap();
        for (permission, part) in
            [(&nowhere, "no project"), (&several, "one command"), (&words, "no command"), (&ruled, "another rule")]
        {
            let error = store.run(&owner(), decide(permission, true, true)).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::Conflict);
            assert!(error.message.contains("only once") && error.message.contains(part), "{}", error.message);
            let once = store.run(&owner(), decide(permission, true, false)).await.unwrap();
            assert_eq!(once.state, PermissionState::Allowed);
        }
        assert!(store.policy(&PolicySubject::Project(project.id)).await.unwrap().rules.is_empty());
        let full: Vec<_> = (0..MAX_RULES).map(|n| rule(Decision::Allow, &format!("a {n}"))).collect();
        store.run(&owner(), set(PolicySubject::Project(project.id), Limits::default(), &full)).await.unwrap();
        let one_more = AskPermission { project: Some(project.id), ..ask(&outside.delivery, "npm ci") };
        let one_more = store.run(&outside.delivery.actor(), one_more).await.unwrap();
        let error = store.run(&owner(), decide(&one_more, true, true)).await.unwrap_err();
        assert!(error.message.contains("is full"), "{}", error.message);
    }

    async fn what_nobody_waits_for_is_withdrawn(store: Store) {
        hire(&store).await;
        let claimed = at_work(&store, &owner(), None).await;
        let (delivery, system) = (&claimed.delivery, Actor::system());
        let first = asks(&store, delivery, "one").await;
        let withdrawn = store.run(&system, WithdrawPermissions { delivery: delivery.id }).await.unwrap();
        assert_eq!(withdrawn.iter().map(|p| (p.id, p.state)).collect::<Vec<_>>(), [(first.id, PermissionState::Withdrawn)]);
        assert!(store.run(&system, WithdrawPermissions { delivery: delivery.id }).await.unwrap().is_empty());
        assert_eq!(code(store.run(&owner(), decide(&first, true, false)).await), Some(ErrorCode::Conflict));
        let second = asks(&store, delivery, "two").await;
        let answer = AnswerDelivery { delivery: delivery.id, token: claimed.token, body: Some("Done.".into()) };
        store.run(&delivery.actor(), answer).await.unwrap();
        let second = store.permission(second.id).await.unwrap().unwrap();
        assert_eq!(second.state, PermissionState::Withdrawn, "the delivery is over");
        assert_eq!(code(store.run(&delivery.actor(), ask(delivery, "three")).await), Some(ErrorCode::Conflict));
        assert!(store.permissions_asked(9).await.unwrap().is_empty());
    }

    async fn permissions_are_bounded_and_seen_where_they_belong(store: Store) {
        hire(&store).await;
        let (mine, other) = (project(&store, "pods").await, project(&store, "other").await);
        add(&store, "vera", None).await;
        store.run(&owner(), set_role("vera", Some(mine.id), Some(Role::Viewer))).await.unwrap();
        let here = at_work(&store, &owner(), Some(mine.id)).await;
        let there = at_work(&store, &owner(), Some(other.id)).await;
        let (seen, hidden) = (asks(&store, &here.delivery, "a").await, asks(&store, &there.delivery, "a").await);
        let view = store.view(&person("vera"));
        assert_eq!(view.permissions_asked(9).await.unwrap(), std::slice::from_ref(&seen));
        assert_eq!(view.permission(hidden.id).await.unwrap(), None);
        assert_eq!(view.permission(seen.id).await.unwrap(), Some(seen.clone()));
        assert_eq!(view.permissions_of_conversation(here.delivery.conversation, 9).await.unwrap(), std::slice::from_ref(&seen));
        assert!(view.permissions_of_conversation(there.delivery.conversation, 9).await.unwrap().is_empty());
        assert_eq!(code(store.run(&person("vera"), decide(&seen, true, false)).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(store.run(&person("vera"), decide(&hidden, true, false)).await), Some(ErrorCode::NotFound));
        for n in 2..MAX_ASKED {
            asks(&store, &here.delivery, &format!("c {n}")).await;
        }
        let full = store.run(&here.delivery.actor(), ask(&here.delivery, "more")).await;
        assert_eq!(code(full), Some(ErrorCode::TooMany));
        assert_eq!(asks(&store, &here.delivery, "a").await, seen, "what is asked already is no more");
    }

    async fn operators_tighten_and_admins_loosen(store: Store) {
        hire(&store).await;
        let project = project(&store, "pods").await;
        for (text, role) in [("eddy", Role::Editor), ("otto", Role::Operator)] {
            add(&store, text, Some(role)).await;
        }
        let (otto, local) = (person("otto"), PolicySubject::Project(project.id));
        let workshop = PolicySubject::Workshop;
        let tight = set(workshop.clone(), pids(32), &[rule(Decision::Deny, "curl *"), rule(Decision::Deny, "curl *")]);
        assert_eq!(code(store.run(&person("eddy"), tight.clone()).await), Some(ErrorCode::Forbidden));
        let policy = store.run(&otto, tight).await.unwrap();
        assert_eq!((policy.rules.len(), policy.limits_of(Preset::Run)), (1, pids(32)));
        assert_eq!(store.policy(&workshop).await.unwrap(), policy);
        // More than the workshop lets them have, in a project: for admins.
        let loose = set(local.clone(), pids(33), &[rule(Decision::Allow, "npm *")]);
        let error = store.run(&otto, loose.clone()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Forbidden);
        assert!(error.message.contains("preset run") && error.message.contains("admin"), "{}", error.message);
        assert_eq!(store.policy(&local).await.unwrap(), Policy::empty(local.clone()));
        store.run(&owner(), loose).await.unwrap();
        // What an admin gave stays when others tighten something else, or less.
        let less = Limits { inodes: Some(100), ..pids(33) };
        store.run(&otto, set(local.clone(), less, &[])).await.unwrap();
        store.run(&otto, set(local.clone(), pids(31), &[])).await.unwrap();
        assert_eq!(code(store.run(&otto, set(local.clone(), pids(33), &[])).await), Some(ErrorCode::Forbidden));
        // A helper's, the network, and what the settings tightened.
        let network = Limits { network: Some(Network::Full), ..Limits::default() };
        let helper = PolicySubject::Helper(author());
        assert_eq!(code(store.run(&otto, set(helper.clone(), network, &[])).await), Some(ErrorCode::Forbidden));
        let mut settled = set(helper.clone(), pids(20), &[]);
        store.run(&otto, settled.clone()).await.unwrap();
        settled.settings = BTreeMap::from([(Preset::Run, pids(10))]);
        settled.limits = BTreeMap::from([(Preset::Run, pids(40))]);
        assert_eq!(code(store.run(&otto, settled).await), Some(ErrorCode::Forbidden));
        // To allow something everywhere is for admins too, but what they allowed may stay.
        let allow = [rule(Decision::Allow, "ls")];
        assert_eq!(code(store.run(&otto, set(workshop.clone(), pids(32), &allow)).await), Some(ErrorCode::Forbidden));
        store.run(&owner(), set(workshop.clone(), pids(32), &allow)).await.unwrap();
        store.run(&otto, set(workshop.clone(), pids(30), &allow)).await.unwrap();
        let subjects: Vec<_> = store.policies().await.unwrap().into_iter().map(|policy| policy.subject).collect();
        assert_eq!(subjects, [workshop, local, helper]);
    }

    async fn a_policy_that_makes_no_sense_is_told_why_and_is_seen_by_its_readers(store: Store) {
        let (mine, other) = (project(&store, "pods").await, project(&store, "other").await);
        let (local, foreign) = (PolicySubject::Project(mine.id), PolicySubject::Project(other.id));
        for (limits, pattern, field) in [(pids(1), "ls", "limits.run.pids"), (pids(9), "l*s", "rules.0.pattern")] {
            let wrong = set(local.clone(), limits, &[rule(Decision::Ask, pattern)]);
            let error = store.run(&owner(), wrong).await.unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some(field)));
        }
        for subject in [PolicySubject::Project(store.new_id()), PolicySubject::Helper(author())] {
            assert_eq!(code(store.run(&owner(), set(subject, pids(9), &[])).await), Some(ErrorCode::NotFound));
        }
        add(&store, "vera", None).await;
        store.run(&owner(), set_role("vera", Some(mine.id), Some(Role::Operator))).await.unwrap();
        store.run(&person("vera"), set(local.clone(), pids(9), &[])).await.unwrap();
        let refused = store.run(&person("vera"), set(foreign.clone(), pids(9), &[])).await;
        assert_eq!(code(refused), Some(ErrorCode::Forbidden));
        store.run(&owner(), set(PolicySubject::Workshop, pids(9), &[])).await.unwrap();
        store.run(&owner(), set(foreign.clone(), pids(9), &[])).await.unwrap();
        let view = store.view(&person("vera"));
        assert_eq!(view.policies().await.unwrap().len(), 1);
        assert!(view.policy(&local).await.unwrap().is_some());
        assert_eq!(view.policy(&foreign).await.unwrap(), None);
        assert_eq!(view.policy(&PolicySubject::Workshop).await.unwrap(), None);
        let events = view.events(0, 1_000).await.unwrap().0;
        assert_eq!(events.iter().filter(|event| event.what.kind() == "policy.changed").count(), 1);
    }

    async fn activity_is_found_behind_much_that_is_none(store: Store) {
        hire(&store).await;
        let process = starting(&store);
        store.run(&Actor::system(), RecordProcess { process: Process { status: ProcessStatus::Running, ..process.clone() } }).await.unwrap();
        for _ in 0..90 {
            store.run(&Actor::system(), RecordProcess { process: process.clone() }).await.unwrap();
        }
        store.run(&owner(), set(PolicySubject::Workshop, Limits::default(), &[])).await.unwrap();
        let activity = store.view(&owner()).workshop().await.unwrap().activity;
        let lines: Vec<_> = activity.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["changed the policy of all sandboxes", "noted that the_author is running"]);
    }

    async fn a_process_keeps_the_kind_of_its_sandbox(store: Store) {
        hire(&store).await;
        let mut process = starting(&store);
        for room in [None, Some(RoomKind::Docker), Some(RoomKind::Namespace)] {
            process.room = room;
            store.run(&Actor::system(), RecordProcess { process: process.clone() }).await.unwrap();
            assert_eq!(store.processes(&author(), 1).await.unwrap(), [process.clone()]);
        }
    }
}
