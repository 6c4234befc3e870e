//! Files, terminals and permissions: what a helper does for the people of a project, in the project's sandbox.

use domain::{Decision, DeliveryStatus, EventData, PermissionState, ProcessStatus};

use crate::common::{Setup, name, owner, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_of_a_projects_files_comes_back_as_one_commit() {
    let Some(workshop) = Setup::default().misbehaving("worker", "works", "").start().await else { return };
    let (project, conversation) = workshop.project("worker").await;
    let rules = [("cat *", Decision::Allow), ("printf *", Decision::Allow), ("rm *", Decision::Deny)];
    workshop.rules(&project, &rules).await;
    let steps = "Make notes ;; write /work/notes/new.txt one ;; run cat notes/new.txt ;; read /work/notes/new.txt \
                 ;; run printf 'two\\nthree\\n' | cat > notes/more.txt ;; lines /work/notes/more.txt \
                 ;; run rm -rf notes ;; run cat missing ;; read /work/missing ;; read /etc/passwd ;; write /work/../x y";
    let asked = workshop.say(&conversation, steps).await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    for said in [
        "Make refused: no such step",
        "write: \"written\"",
        "run: \"0 null: \\\"one\\\"\"",
        "read: \"one\"",
        "lines: \"three\\n\"",
        "run refused: “rm -rf notes” may not be run here: the rule “rm *” of this project denies it.",
        "run: \"1 null: ",
        "read refused: ",
        "read refused: /etc/passwd is not below /work",
        "write refused: /work/../x is not below /work",
        "`cat notes/new.txt` (ok), ",
        "`cat missing` (exit 1)",
        "Changed 2 files of [pod](/projects/pod): commit `",
    ] {
        assert!(answer.contains(said), "{said}\nin: {answer}");
    }
    let read = async |path: &str| workshop.projects.read(&project.slug, path).await.unwrap();
    assert_eq!(read("notes/new.txt").await.unwrap(), b"one");
    assert_eq!(read("notes/more.txt").await.unwrap(), b"two\nthree\n");
    let commits = workshop.projects.commits(&project.slug, 5).await.unwrap();
    assert_eq!(commits.len(), 2);
    assert_eq!((commits[0].author.as_str(), commits[0].email.as_str()), ("worker", "worker@tatwats.localhost"));
    assert!(commits[0].subject.starts_with("Make notes"), "{}", commits[0].subject);
    let now = workshop.store.project(&project.slug).await.unwrap().unwrap();
    assert_eq!((now.commit.as_deref(), now.files), (Some(commits[0].id.as_str()), project.files + 2));
    let events = workshop.store.events(0, 10_000).await.unwrap();
    let committed = events.iter().find_map(|event| match &event.what {
        EventData::ProjectCommitted(committed) => Some((event.actor.clone(), committed.changed)),
        _ => None,
    });
    let (actor, changed) = committed.unwrap();
    assert_eq!((actor.by.name(), actor.on_behalf_of, changed), ("worker", owner().person().cloned(), 2));
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_lead_out_of_a_project_is_not_taken_in() {
    let Some(workshop) = Setup::default().misbehaving("worker", "works", "").start().await else { return };
    let (project, conversation) = workshop.project("worker").await;
    workshop.rules(&project, &[("ln *", Decision::Allow), ("mkdir *", Decision::Allow)]).await;
    let asked = workshop.say(&conversation, "run ln -s /etc/passwd secrets").await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    assert!(answer.contains("was not taken in"), "{answer}");
    // A repository in the repository would be obeyed by git; it stays outside, and nothing else changed.
    let asked = workshop.say(&conversation, "run mkdir -p .git/hooks sub/.git").await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    assert!(answer.contains("(ok)") && !answer.contains("Changed"), "{answer}");
    assert_eq!(workshop.projects.commits(&project.slug, 5).await.unwrap().len(), 1);
    assert_eq!(workshop.store.project(&project.slug).await.unwrap().unwrap().commit, project.commit);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_asked_and_no_answer_yet_is_no_refusal() {
    let Some(workshop) = Setup::default().misbehaving("worker", "works", "").start().await else { return };
    let (project, conversation) = workshop.project("worker").await;
    let asked = workshop.say(&conversation, "run echo hello").await;
    let permission = workshop.until_asked().await;
    assert_eq!(permission.command.as_deref(), Some("echo hello"));
    assert_eq!((permission.project, permission.message), (Some(project.id), asked.id));
    // The helper waits, and goes on answering pings.
    workshop.until_delivery("worker", DeliveryStatus::Delivered).await;
    workshop.decide(permission.id, true, true).await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    assert!(answer.contains("run: \"0 null: \\\"hello\\\\n\\\"\""), "{answer}");

    // Allowed always, it is not asked again; anything else is.
    let asked = workshop.say(&conversation, "run echo hello ;; run echo other").await;
    let permission = workshop.until_asked().await;
    assert_eq!(permission.command.as_deref(), Some("echo other"));
    workshop.decide(permission.id, false, false).await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    assert!(answer.contains("“echo other” may not be run: owner denied it."), "{answer}");
    assert!(answer.contains("`echo hello` (ok)"), "{answer}");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_helper_asks_its_user_is_asked_once_and_holds_once() {
    let Some(workshop) = Setup::default().misbehaving("worker", "works", "").start().await else { return };
    let (project, conversation) = workshop.project("worker").await;
    workshop.rules(&project, &[("cat *", Decision::Allow), ("rm *", Decision::Deny)]).await;
    let steps = "permit cat x ;; permit rm x ;; permit echo hello ;; run echo hello ;; run echo hello";
    let asked = workshop.say(&conversation, steps).await;
    let first = workshop.until_asked().await;
    assert_eq!(first.command.as_deref(), Some("echo hello"));
    workshop.decide(first.id, true, false).await;
    let second = until("the second question", async || {
        workshop.store.permissions_asked(1).await.unwrap().pop().filter(|second| second.id != first.id)
    })
    .await;
    workshop.decide(second.id, false, false).await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    for said in ["permit: \"allow_once\"", "permit: \"reject_once\"", "run: \"0 null: ", "owner denied it."] {
        assert!(answer.contains(said), "{said}\nin: {answer}");
    }
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_is_withdrawn_when_the_work_ends() {
    let Some(workshop) = Setup::default().misbehaving("worker", "works", "").start().await else { return };
    let (_, conversation) = workshop.project("worker").await;
    workshop.say(&conversation, "run echo hello").await;
    let permission = workshop.until_asked().await;
    workshop.helpers.stop_helper(&owner(), &name("worker")).await.unwrap();
    workshop.until_status("worker", ProcessStatus::Stopped).await;
    workshop.until_delivery("worker", DeliveryStatus::Queued).await;
    let withdrawn = workshop.store.permission(permission.id).await.unwrap().unwrap();
    assert_eq!(withdrawn.state, PermissionState::Withdrawn);
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_can_be_killed_and_nothing_outlives_the_answer() {
    let Some(workshop) = Setup::default().misbehaving("worker", "works", "").start().await else { return };
    let (project, conversation) = workshop.project("worker").await;
    workshop.rules(&project, &[("sleep *", Decision::Allow), ("setsid *", Decision::Allow)]).await;
    let asked = workshop.say(&conversation, "kill sleep 4711 ;; run setsid sleep 4712 &").await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    assert!(answer.contains("kill: \"null \\\"SIGKILL\\\": "), "{answer}");
    assert!(answer.contains("`sleep 4711` (cancelled)"), "{answer}");
    let left = std::process::Command::new("pgrep").args(["-fx", "sleep 471[12]"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout), "");
    workshop.close().await;
}
