//! What people do with helpers: start, stop, restart, pause; and what the supervisor tells of them.

use domain::sandbox::RoomKind;
use domain::{DeliveryStatus, ErrorCode, ProcessStatus};

use crate::common::{Setup, lives, marked, misbehaving, name, owner, until, write_manifest};

#[tokio::test(flavor = "multi_thread")]
async fn start_stop_and_restart_do_what_they_say() {
    let Some(workshop) = Setup::default().misbehaving("echo", "echo", "").start().await else { return };
    let echo = name("echo");
    let first = workshop.until_status("echo", ProcessStatus::Running).await;
    assert_eq!(first.room, Some(RoomKind::Namespace));
    let (first, pid) = (first.id, first.pid.unwrap());
    assert!(lives(pid));

    workshop.helpers.restart_helper(&owner(), &echo).await.unwrap();
    let second = until("another run", async || {
        workshop.entry("echo").await.process.filter(|p| p.id != first && p.status == ProcessStatus::Running)
    })
    .await;
    assert_eq!(second.restarts, 0, "a person did it");
    assert!(!lives(pid));

    workshop.helpers.stop_helper(&owner(), &echo).await.unwrap();
    let stopped = workshop.until_status("echo", ProcessStatus::Stopped).await;
    assert_eq!((stopped.id, stopped.pid, stopped.reason), (second.id, None, None));
    assert!(!lives(second.pid.unwrap()));

    let conversation = workshop.converse(&["echo"]).await;
    let asked = workshop.say(&conversation, "are you there?").await;
    workshop.helpers.start_helper(&owner(), &echo).await.unwrap();
    assert_eq!(workshop.answers(&asked).await[0].body, "heard: are you there?");

    let helper = domain::Actor::helper(name("the_author"), None);
    for refused in [
        workshop.helpers.start_helper(&helper, &echo).await,
        workshop.helpers.stop_helper(&helper, &echo).await,
        workshop.helpers.restart_helper(&helper, &echo).await,
        workshop.helpers.pause_helper(&helper, &echo, true).await,
    ] {
        assert_eq!(refused.unwrap_err().code, ErrorCode::Forbidden);
    }
    assert_eq!(workshop.helpers.start_helper(&owner(), &name("nobody")).await.unwrap_err().code, ErrorCode::NotFound);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_helper_runs_and_gets_nothing() {
    let Some(workshop) = Setup::default().misbehaving("echo", "echo", "").start().await else { return };
    workshop.until_status("echo", ProcessStatus::Running).await;
    workshop.helpers.pause_helper(&owner(), &name("echo"), true).await.unwrap();
    let conversation = workshop.converse(&["echo"]).await;
    let asked = workshop.say(&conversation, "hello").await;
    // Others work meanwhile, so the echo had its chance.
    workshop.ask("the_archivist", "hello").await;
    workshop.until_delivery("echo", DeliveryStatus::Queued).await;
    assert_eq!(workshop.entry("echo").await.helper.waiting, 1);
    workshop.helpers.pause_helper(&owner(), &name("echo"), false).await.unwrap();
    assert_eq!(workshop.answers(&asked).await[0].body, "heard: hello");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_hand_is_given_back_when_a_helper_is_stopped() {
    let Some(workshop) = Setup::default().misbehaving("slow", "never-finishes", "").start().await else { return };
    let conversation = workshop.converse(&["slow"]).await;
    workshop.say(&conversation, "hello").await;
    workshop.until_delivery("slow", DeliveryStatus::Delivered).await;
    workshop.helpers.stop_helper(&owner(), &name("slow")).await.unwrap();
    let delivery = workshop.until_delivery("slow", DeliveryStatus::Queued).await;
    assert_eq!((delivery.attempts, delivery.error), (0, None));
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_will_not_leave_is_made_to_with_all_it_started() {
    let Some(workshop) = Setup::default()
        .misbehaving("stays", "never-leaves", "")
        .misbehaving("parent", "leaves-children", "env = { MARK = 'made-to-leave' }")
        .start()
        .await
    else {
        return;
    };
    let stays = workshop.until_status("stays", ProcessStatus::Running).await;
    workshop.until_status("parent", ProcessStatus::Running).await;
    // The helper, the orphan and what the orphan runs.
    until("the orphan", async || (marked("MARK=made-to-leave").len() >= 3).then_some(())).await;
    for helper in ["stays", "parent"] {
        workshop.helpers.stop_helper(&owner(), &name(helper)).await.unwrap();
        workshop.until_status(helper, ProcessStatus::Stopped).await;
    }
    assert!(!lives(stays.pid.unwrap()));
    assert!(marked("MARK=made-to-leave").is_empty());
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_are_found_at_a_start_and_bad_ones_are_shown_with_their_reason() {
    let Some(workshop) = Setup::default().helper("broken", "comand = 'x'").start().await else { return };
    let process = workshop.until_status("broken", ProcessStatus::Failed).await;
    assert!(process.reason.unwrap().contains("did you mean “command”?"));

    let manifest = misbehaving("echo", "description = 'Mended.'");
    write_manifest(workshop.data.path(), "broken", &manifest);
    write_manifest(workshop.data.path(), "newcomer", &manifest);
    workshop.helpers.start_helper(&owner(), &name("broken")).await.unwrap();
    assert_eq!(workshop.ask("broken", "hello").await, "heard: hello");
    assert_eq!(workshop.entry("broken").await.helper.description, "Mended.");
    workshop.helpers.start_helper(&owner(), &name("newcomer")).await.unwrap();
    assert_eq!(workshop.ask("newcomer", "hello").await, "heard: hello");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_holds_only_what_was_meant_for_it() {
    let Some(workshop) =
        Setup::default().misbehaving("looker", "tells-environment", "env = { COLOUR = 'red' }").start().await
    else {
        return;
    };
    let told = workshop.ask("looker", "hello").await;
    let expected = "COLOUR HOME LANG PATH TATWATS_HELPER TATWATS_PERSONA TATWATS_SETTINGS TERM";
    assert_eq!(told, expected);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_uses_is_measured_while_it_runs() {
    let Some(workshop) = Setup::default().misbehaving("echo", "echo", "").start().await else { return };
    let measured = until("a measure", async || workshop.helpers.measured(&name("echo"))).await;
    assert!(measured.memory_bytes > 500_000 && measured.pids >= 1, "{measured:?}");
    workshop.helpers.stop_helper(&owner(), &name("echo")).await.unwrap();
    workshop.until_status("echo", ProcessStatus::Stopped).await;
    assert_eq!(workshop.helpers.measured(&name("echo")), None);
    workshop.close().await;
}
