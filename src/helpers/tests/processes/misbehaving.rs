//! Helpers that break the protocol, die, hang or chatter: each is dealt with, and people are told why.

use domain::{DeliveryStatus, Party, ProcessStatus};
use helpers::Pace;

use crate::common::{Setup, name, owner, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_goes_to_the_log_and_does_no_harm() {
    let Some(workshop) = Setup::default().misbehaving("noisy", "prints-garbage", "").start().await else { return };
    assert_eq!(workshop.ask("noisy", "hello").await, "fine");
    let log = workshop.log_of("noisy");
    assert!(log.iter().any(|line| line == "[stdout] Welcome to this helper!"), "{log:?}");
    assert!(log.iter().any(|line| line == "[stdout] ␀\u{fffd}\u{fffd}"), "{log:?}");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_line_ends_the_process_with_the_reason() {
    let Some(workshop) =
        Setup::default().misbehaving("giant", "writes-a-giant-line", "restart = 'never'").start().await
    else {
        return;
    };
    let conversation = workshop.converse(&["giant"]).await;
    workshop.say(&conversation, "hello").await;
    let process = workshop.until_status("giant", ProcessStatus::Failed).await;
    assert!(process.reason.unwrap().contains("more than 8 MiB"));
    workshop.until_delivery("giant", DeliveryStatus::Failed).await;
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_off_by_a_crash_is_tried_again_and_given_once() {
    let Some(workshop) = Setup::default().misbehaving("fragile", "dies-in-the-middle", "").start().await else {
        return;
    };
    let conversation = workshop.converse(&["fragile"]).await;
    let asked = workshop.say(&conversation, "hello").await;
    let answers = workshop.answers(&asked).await;
    assert_eq!(answers.iter().map(|answer| answer.body.as_str()).collect::<Vec<_>>(), ["The whole answer."]);
    let delivery = workshop.until_delivery("fragile", DeliveryStatus::Answered).await;
    assert_eq!(delivery.attempts, 2);
    let processes = workshop.store.processes(&name("fragile"), 10).await.unwrap();
    let first = processes.last().unwrap();
    assert_eq!(first.status, ProcessStatus::BackingOff);
    assert_eq!(first.reason.as_deref(), Some("fragile ended with code 9"));
    assert_eq!(processes[0].restarts, 1);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_kills_its_helper_counts_every_attempt() {
    let Some(workshop) = Setup::default().misbehaving("fragile", "dies-of-it", "").start().await else { return };
    let conversation = workshop.converse(&["fragile"]).await;
    workshop.say(&conversation, "hello").await;
    let delivery = until("the third attempt", async || {
        let failed = workshop.until_delivery("fragile", DeliveryStatus::Failed).await;
        (failed.attempts >= 3).then_some(failed)
    })
    .await;
    assert!(delivery.error.unwrap().contains("ended in the middle of it"));
    let processes = workshop.store.processes(&name("fragile"), 10).await.unwrap();
    let pauses: Vec<i64> = processes
        .iter()
        .rev()
        .filter_map(|process| Some(process.next_start_at?.micros_since(process.ended_at?)))
        .collect();
    // Pauses double; recording takes a moment, so they are compared in whole seconds.
    assert_eq!(pauses.iter().take(2).map(|micros| (micros + 500_000) / 1_000_000).collect::<Vec<_>>(), [1, 2]);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_begin_says_why() {
    let Some(workshop) = Setup::default()
        .misbehaving("early", "exits-at-once", "restart = 'never'")
        .misbehaving("mute", "never-answers", "restart = 'never'")
        .misbehaving("other", "speaks-another-version", "restart = 'never'")
        .misbehaving("locked", "wants-sign-in", "restart = 'never'")
        .helper("missing", "command = 'no-such-program-here'\nrestart = 'never'")
        .pace(Pace { begin: std::time::Duration::from_secs(3), ..quick() })
        .start()
        .await
    else {
        return;
    };
    for (helper, reason) in [
        ("early", "early ended with code 3; its last words: I have no configuration"),
        ("mute", "it did not answer “initialize” within 3 s"),
        ("other", "unsupported ACP protocol version 7"),
        ("locked", "wants someone to sign in first"),
        ("missing", "There is no program no-such-program-here."),
    ] {
        let process = workshop.until_status(helper, ProcessStatus::Failed).await;
        let told = process.reason.unwrap();
        assert!(told.contains(reason), "{helper}: {told}");
    }
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_does_not_answer_pings_is_unhealthy_and_started_again() {
    let pace = Pace { ping: std::time::Duration::from_millis(300), ..quick() };
    let Some(workshop) = Setup::default().misbehaving("deaf", "never-pongs", "").pace(pace).start().await else {
        return;
    };
    let process = until("a run that was given up", async || {
        let processes = workshop.store.processes(&name("deaf"), 10).await.unwrap();
        processes.into_iter().find(|process| process.status == ProcessStatus::BackingOff)
    })
    .await;
    assert_eq!(process.reason.as_deref(), Some("it did not answer 3 pings in a row"));
    let statuses: Vec<_> = workshop
        .store
        .events(0, 1000)
        .await
        .unwrap()
        .into_iter()
        .filter_map(|event| match event.what {
            domain::EventData::ProcessStatusChanged(other) if other.id == process.id => Some(other.status),
            _ => None,
        })
        .collect();
    use ProcessStatus::{BackingOff, Running, Starting, Unhealthy};
    assert_eq!(statuses, [Starting, Starting, Running, Unhealthy, BackingOff]);
    until("the next run", async || {
        workshop.entry("deaf").await.process.filter(|next| next.id != process.id && next.restarts == 1)
    })
    .await;
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_without_end_is_given_up_in_time() {
    let Some(workshop) =
        Setup::default().misbehaving("slow", "never-finishes", "prompt_timeout_seconds = 1").start().await
    else {
        return;
    };
    let conversation = workshop.converse(&["slow"]).await;
    workshop.say(&conversation, "hello").await;
    let delivery = workshop.until_delivery("slow", DeliveryStatus::Failed).await;
    assert!(delivery.error.unwrap().contains("slow: it did not finish within 1 s"));
    assert!(workshop.store.log().drafts().is_empty());
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_agent_is_passed_on_in_its_words() {
    let Some(workshop) = Setup::default().misbehaving("empty", "fails", "").start().await else { return };
    let conversation = workshop.converse(&["empty"]).await;
    workshop.say(&conversation, "hello").await;
    let delivery = workshop.until_delivery("empty", DeliveryStatus::Failed).await;
    assert!(delivery.error.unwrap().contains("Out of ideas"));
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_cut_and_says_so() {
    let Some(workshop) = Setup::default().misbehaving("flood", "floods", "").start().await else { return };
    let answer = workshop.ask("flood", "hello").await;
    assert!(answer.len() <= domain::message::MAX_BODY && answer.ends_with("at most 64 KiB.*"), "{}", answer.len());
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_what_was_not_permitted_are_refused() {
    let Some(workshop) = Setup::default().misbehaving("nosy", "asks-for-files", "").start().await else { return };
    let answer = workshop.ask("nosy", "hello").await;
    assert!(answer.contains("belongs to no project, so there are no files and no terminals"), "{answer}");
    assert!(answer.contains("it needs the permission “projects”"), "{answer}");
    assert!(answer.contains("“sessionId” must name a session"), "{answer}");
    assert!(workshop.store.projects().await.unwrap().is_empty());
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_helpers_cannot_chatter_for_ever() {
    let Some(workshop) =
        Setup::default().misbehaving("a", "mentions-b", "").misbehaving("b", "mentions-a", "").start().await
    else {
        return;
    };
    let conversation = workshop.converse(&[]).await;
    let begun = workshop.say(&conversation, "@a begin").await;
    let notice = until("the end of the chatter", async || {
        let messages = workshop.messages(&begun).await;
        messages.into_iter().find(|message| message.sender == Party::System)
    })
    .await;
    assert!(notice.body.starts_with("Stopped here"), "{}", notice.body);
    let answers = workshop.messages(&begun).await.into_iter().filter(|m| m.sender.helper().is_some()).count();
    // The first answer was asked for by a person.
    assert_eq!(answers, 1 + usize::try_from(domain::conversation::HOP_BUDGET).unwrap());
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_keeps_what_was_said_and_nothing_that_could_harm() {
    let Some(workshop) = Setup::default().misbehaving("talker", "talks-to-its-log", "").start().await else { return };
    let mut notices = workshop.store.log().notices();
    assert_eq!(workshop.ask("talker", "hello").await, "logged");
    let log = until("the last line", async || {
        let log = workshop.log_of("talker");
        log.iter().any(|line| line == "last").then_some(log)
    })
    .await;
    assert!(log.iter().any(|line| line == "\u{1b}[32mgreen\u{1b}[0m␇ \u{fffd}"), "{log:?}");
    let long = log.iter().find(|line| line.starts_with("yyy")).unwrap();
    assert!(long.len() <= helpers::MAX_LINE && long.ends_with('…'), "{}", long.len());
    let heard = std::iter::from_fn(|| notices.try_recv().ok());
    assert!(
        heard
            .into_iter()
            .any(|frame| matches!(&frame.notice, domain::stream::Notice::Log(line) if line.text == "last"))
    );

    // The log outlives the server.
    let data = workshop.data.path().join("helpers/talker/process.log");
    workshop.helpers.stop_helper(&owner(), &name("talker")).await.unwrap();
    workshop.until_status("talker", ProcessStatus::Stopped).await;
    assert!(std::fs::read_to_string(&data).unwrap().lines().any(|line| line.ends_with(" last")));
    workshop.close().await;
}
