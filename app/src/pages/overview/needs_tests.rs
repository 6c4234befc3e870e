use domain::{Actor, DeliveryStatus};
use uuid::Uuid;

use super::*;
use crate::pages::overview::samples::{helper, workshop};

fn task(state: TaskState, ended_at: Timestamp) -> Task {
    Task {
        id: Uuid::nil().into(),
        title: "Scaffold pods".into(),
        state,
        steps: Vec::new(),
        owner: Actor::system(),
        project: None,
        conversation: None,
        message: None,
        error: Some("the disk is full".into()),
        cancel_requested: false,
        created_at: Timestamp::default(),
        ended_at: Some(ended_at),
    }
}

#[test]
fn a_quiet_workshop_needs_nobody() {
    let mut workshop = workshop();
    workshop.helpers.push(helper(ProcessStatus::Running, None));
    workshop.tasks.push(task(TaskState::Completed, Timestamp::default()));
    assert!(needs(&workshop, Timestamp::default()).is_empty());
}

#[test]
fn trouble_says_why_and_the_worst_comes_first() {
    let mut workshop = workshop();
    workshop.helpers.push(helper(ProcessStatus::BackingOff, Some("exit 137, out of memory")));
    workshop.dead.push(Delivery {
        id: Uuid::nil().into(),
        message: Uuid::nil().into(),
        conversation: Uuid::nil().into(),
        project: None,
        helper: "the_author".parse().unwrap(),
        on_behalf_of: None,
        token: None,
        status: DeliveryStatus::Dead,
        attempts: 5,
        queued_at: Timestamp::default(),
        delivered_at: None,
        answered_at: None,
        next_attempt_at: None,
        answer: None,
        error: None,
    });
    let found = needs(&workshop, Timestamp::default());
    assert_eq!(found[0].remedy, Remedy::Requeue(Uuid::nil().into()));
    assert_eq!(found[1].why, "Exit 137, out of memory. It is started again by itself after a pause.");
}

#[test]
fn names_keep_their_small_letters() {
    assert_eq!(sentence("the_stylist ended with code 1"), "the_stylist ended with code 1.");
    assert_eq!(sentence("what now?"), "What now?");
}

#[test]
fn a_held_back_or_stopped_helper_matters_only_while_something_waits() {
    let mut workshop = workshop();
    let mut entry = helper(ProcessStatus::Running, None);
    entry.helper.paused = true;
    workshop.helpers.push(entry);
    assert!(needs(&workshop, Timestamp::default()).is_empty());
    workshop.helpers[0].helper.waiting = 1;
    assert_eq!(needs(&workshop, Timestamp::default())[0].why, "1 message held back until you let it through.");
}

#[test]
fn a_failed_task_is_let_go_after_a_day() {
    let mut workshop = workshop();
    workshop.tasks.push(task(TaskState::Failed, Timestamp::default()));
    let after = |seconds| needs(&workshop, Timestamp::default().plus_seconds(seconds));
    assert_eq!(after(3600)[0].why, "The disk is full.");
    assert!(after(REMEMBERED + 1).is_empty());
}
