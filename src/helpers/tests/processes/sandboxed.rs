//! What being in a sandbox means for a helper: what it may have, what it sees, and what happens where there is none.

use domain::ProcessStatus;

use crate::common::{Setup, name, owner};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_room_helpers_do_not_run_and_everything_else_works() {
    let Some(workshop) = Setup::default().without_room().misbehaving("echo", "echo", "").start().await else { return };
    for helper in ["the_author", "echo"] {
        let process = workshop.until_status(helper, ProcessStatus::Failed).await;
        let reason = process.reason.unwrap();
        assert!(reason.contains("bubblewrap is not installed. Install bubblewrap."), "{reason}");
        assert_eq!((process.room, process.next_start_at), (None, None));
    }
    // Nothing starts it again but a person, who learns the same.
    let before = workshop.entry("echo").await.process.unwrap();
    workshop.helpers.start_helper(&owner(), &name("echo")).await.unwrap();
    let after = crate::common::until("another start", async || {
        workshop.entry("echo").await.process.filter(|p| p.id != before.id && p.status == ProcessStatus::Failed)
    })
    .await;
    assert_eq!(after.restarts, 0);
    assert_eq!(workshop.store.processes(&name("echo"), 10).await.unwrap().len(), 2);
    let conversation = workshop.converse(&["echo"]).await;
    workshop.say(&conversation, "Still here?").await;
    assert_eq!(workshop.entry("echo").await.helper.waiting, 1);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_wants_more_than_it_may_have_is_told_how_it_may() {
    let more = "[sandbox]\nnetwork = 'full'\npids = 64";
    let Some(workshop) = Setup::default().misbehaving("greedy", "echo", more).start().await else { return };
    let process = workshop.until_status("greedy", ProcessStatus::Failed).await;
    let reason = process.reason.unwrap();
    assert!(reason.contains("network = \"full\", and may have \"none\""), "{reason}");
    assert!(reason.contains("policy set helper:greedy --preset helper --network full"), "{reason}");
    assert_eq!(process.next_start_at, None);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_wants_too_much_memory_is_ended_and_that_is_told() {
    let less = "restart = 'never'\n[sandbox]\nmemory_bytes = 67108864\nwork_bytes = 33554432";
    let Some(workshop) = Setup::default().misbehaving("hungry", "eats-memory", less).start().await else { return };
    let conversation = workshop.converse(&["hungry"]).await;
    workshop.say(&conversation, "hello").await;
    let process = workshop.until_status("hungry", ProcessStatus::Failed).await;
    let reason = process.reason.unwrap();
    assert!(reason.contains("hungry wanted more memory than it may have (64 MiB)"), "{reason}");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_sees_its_own_folder_and_nothing_of_the_workshop() {
    let Some(workshop) = Setup::default().misbehaving("nosy", "looks-around", "").start().await else { return };
    let seen = workshop.ask("nosy", "hello").await;
    assert!(seen.contains("/work: helper.toml misbehave\n"), "{seen}");
    assert!(seen.contains("/home/guest: \n"), "{seen}");
    let data = format!("{}: nothing", workshop.data.path().display());
    workshop.helpers.stop_helper(&owner(), &name("nosy")).await.unwrap();
    workshop.until_status("nosy", ProcessStatus::Stopped).await;
    // What it left there is gone with its sandbox.
    assert!(seen.contains("wrote /work/left"), "{seen}");
    workshop.helpers.start_helper(&owner(), &name("nosy")).await.unwrap();
    let again = workshop.ask("nosy", &format!("look at {}", workshop.data.path().display())).await;
    assert!(again.contains("/work: helper.toml misbehave\n"), "{again}");
    assert!(again.contains(&data), "{again}");
    workshop.close().await;
}
