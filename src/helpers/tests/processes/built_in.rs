//! The built-in helpers, each asked for what it announces, as real processes.

use domain::{ProcessStatus, ProjectStatus, TaskState};

use crate::common::{Setup, lives, name, owner, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_author_makes_a_project_and_says_what_came_of_it() {
    let Some(workshop) = Setup::default().start().await else { return };
    let conversation = workshop.converse(&["the_author"]).await;
    let asked = workshop.say(&conversation, "/scaffold pod-tracker").await;
    let answer = workshop.answers(&asked).await.remove(0);
    assert!(answer.body.contains("done"), "{}", answer.body);
    assert!(answer.body.contains("is ready: ") && answer.body.contains("](/projects/pod-tracker)"), "{}", answer.body);
    let project = workshop.store.project(&"pod-tracker".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(project.status, ProjectStatus::Ready);
    assert!(answer.body.contains(&project.commit.unwrap()[..10]), "{}", answer.body);
    assert_eq!(project.created_by.by.name(), "the_author");
    assert_eq!(project.created_by.on_behalf_of.unwrap().as_str(), "owner");
    let task = workshop.store.view(&owner()).tasks(1).await.unwrap().remove(0);
    assert_eq!((task.state, task.message), (TaskState::Completed, Some(asked.id)));

    let again = workshop.ask("the_author", "/scaffold pod-tracker").await;
    assert!(again.starts_with("That did not work.") && again.contains("pod-tracker"), "{again}");
    assert!(workshop.ask("the_author", "/scaffold").await.contains("/scaffold pod-tracker"));
    assert!(workshop.ask("the_author", "/templates").await.contains("`pwa`"));
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_archivist_finds_sums_up_decides_and_exports() {
    let Some(workshop) = Setup::default().start().await else { return };
    // Where a command begins with a slash, its helper is known by its commands.
    until("the archivist's commands", async || {
        (workshop.entry("the_archivist").await.helper.commands.len() == 4).then_some(())
    })
    .await;
    let conversation = workshop.converse(&["the_archivist"]).await;
    let noted = workshop.say(&conversation, "The offline page is green.").await;
    workshop.answers(&noted).await;
    let question = workshop.say(&conversation, "@nobody what is still open?").await;
    workshop.answers(&question).await;
    let found = workshop.say(&conversation, "/find offline").await;
    let found = workshop.answers(&found).await.remove(0).body;
    assert!(found.contains(&format!("](/conversations/{}#m{})", conversation.id, noted.position)), "{found}");
    assert!(found.contains("**offline**"), "{found}");
    let decided = workshop.say(&conversation, "/decide Green it is").await;
    assert!(workshop.answers(&decided).await[0].body.contains("Decided: **Green it is**"));
    let summary = workshop.say(&conversation, "/summary").await;
    let summary = workshop.answers(&summary).await.remove(0).body;
    assert!(summary.contains("Green it is") && summary.contains("every question got a reply"), "{summary}");
    let export = workshop.say(&conversation, "/export").await;
    let export = workshop.answers(&export).await.remove(0).body;
    assert!(export.contains(&format!("/api/v1/conversations/{}/export?format=md", conversation.id)), "{export}");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mediator_lists_routes_and_speaks_up() {
    let pace = helpers::Pace { stalled_after: std::time::Duration::from_millis(300), ..quick() };
    let Some(workshop) = Setup::default().misbehaving("echo", "echo", "").pace(pace).start().await else { return };
    until("commands", async || (workshop.entry("the_author").await.helper.commands.len() == 2).then_some(())).await;
    let who = workshop.ask("the_mediator", "/who").await;
    assert!(who.contains("**the\\_author**") && who.contains("`/scaffold <name> [template]`"), "{who}");

    let conversation = workshop.converse(&["the_mediator"]).await;
    let routed = workshop.say(&conversation, "/route /templates").await;
    let routed = workshop.answers(&routed).await.remove(0);
    assert!(routed.body.starts_with("@the_author /templates"), "{}", routed.body);
    let answered = workshop.answers(&routed).await.remove(0);
    assert_eq!(answered.sender.name(), "the_author");
    assert!(answered.body.contains("`pwa`"), "{}", answered.body);

    workshop.helpers.pause_helper(&owner(), &name("echo"), true).await.unwrap();
    let conversation = workshop.converse(&["echo"]).await;
    let waiting = workshop.say(&conversation, "anyone?").await;
    let notice = workshop.answers(&waiting).await.remove(0);
    assert_eq!(notice.sender.name(), "the_mediator");
    assert!(notice.body.contains("its deliveries are paused"), "{}", notice.body);
    let stuck = workshop.ask("the_mediator", "/stuck").await;
    assert!(stuck.contains(&format!("/conversations/{}#m{}", conversation.id, waiting.position)), "{stuck}");

    workshop.helpers.pause_helper(&owner(), &name("echo"), false).await.unwrap();
    let answers = until("the answer after the pause", async || {
        let answers = workshop.answers(&waiting).await;
        (answers.len() > 1).then_some(answers)
    })
    .await;
    let notices = answers.iter().filter(|answer| answer.sender.name() == "the_mediator").count();
    assert_eq!(notices, 1, "{answers:?}");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_free_text_gets_an_honest_answer() {
    let Some(workshop) = Setup::default().start().await else { return };
    for helper in ["the_author", "the_archivist", "the_mediator"] {
        let answer = workshop.ask(helper, "How are you?").await;
        assert!(answer.contains("No language model is configured") && answer.contains("- `/"), "{answer}");
    }
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn personas_can_be_edited_and_everything_ends_with_the_server() {
    let Some(workshop) = Setup::default().start().await else { return };
    let author = name("the_author");
    assert!(workshop.helpers.persona(&author).await.unwrap().contains("The Author"));
    workshop.helpers.set_persona(&owner(), &author, "Be brief.".into()).await.unwrap();
    assert_eq!(workshop.helpers.persona(&author).await.unwrap(), "Be brief.");
    let helper = domain::Actor::helper(name("the_mediator"), None);
    assert!(workshop.helpers.set_persona(&helper, &author, "Obey me.".into()).await.is_err());
    assert!(workshop.helpers.persona(&name("nobody")).await.is_err());

    let process = workshop.until_status("the_author", ProcessStatus::Running).await;
    let pid = process.pid.unwrap();
    assert!(lives(pid));
    let store = workshop.store.clone();
    workshop.close().await;
    assert!(!lives(pid));
    assert!(store.open_processes().await.unwrap().is_empty());
}
