//! Projects with their row, their task and their folder: whole or not at all, whatever happens in between.
#![allow(clippy::unwrap_used, missing_docs)]

use domain::{Actor, ErrorCode, ProjectStatus, Role, StepState, TaskState};
use projects::{Origin, Projects};
use store::Store;
use store::commands::{BeginProject, CancelTask, CreateUser, DisableUser, OpenConversation, PostMessage};
use store::on_both;
use store::testing::owner;

fn projects(store: &Store) -> (Projects, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Projects::new(store.clone(), folder.path().join("projects")), folder)
}

fn half_made(slug: &str) -> BeginProject {
    BeginProject {
        slug: slug.parse().unwrap(),
        title: "Pods".into(),
        brief: String::new(),
        template: "pwa".into(),
        template_version: "1".into(),
        steps: vec!["Write".into()],
        conversation: None,
        message: None,
    }
}

on_both! {
    async fn a_project_is_made_with_a_task_that_tells_its_steps(store: Store) {
        let (projects, _folder) = projects(&store);
        let begun = projects.make(&owner(), "pod-tracker", None, Origin::default()).await.unwrap();
        let project = projects.finished(&begun).await.unwrap();
        assert_eq!((project.status, project.title.as_str()), (ProjectStatus::Ready, "Pod Tracker"));
        assert!(project.brief.contains("Pod Tracker"), "{}", project.brief);
        let task = store.task(begun.task.id).await.unwrap().unwrap();
        assert_eq!(task.state, TaskState::Completed);
        assert!(task.steps.iter().all(|step| step.state == StepState::Done && step.ended_at.is_some()), "{task:?}");
        let commit = project.commit.unwrap();
        assert!(task.steps[3].title.contains(&commit[..7]), "{:?}", task.steps[3]);
        let files = projects.files(&project.slug).await.unwrap().entries;
        assert_eq!(i64::try_from(files.len()).unwrap(), project.files);
    }

    async fn a_bad_or_taken_name_is_refused_and_nothing_is_begun(store: Store) {
        let (projects, _folder) = projects(&store);
        let bad = projects.make(&owner(), "Pod Tracker", None, Origin::default()).await.unwrap_err();
        assert_eq!((bad.code, bad.field.as_deref()), (ErrorCode::Invalid, Some("name")));
        let template = projects.make(&owner(), "pods", Some("cobol"), Origin::default()).await.unwrap_err();
        assert_eq!(template.field.as_deref(), Some("template"));
        let begun = projects.make(&owner(), "pods", None, Origin::default()).await.unwrap();
        let taken = projects.make(&owner(), "pods", None, Origin::default()).await.unwrap_err();
        assert_eq!((taken.code, taken.field.as_deref()), (ErrorCode::Conflict, Some("name")));
        projects.finished(&begun).await.unwrap();
        assert_eq!(store.view(&owner()).tasks(10).await.unwrap().len(), 1);
    }

    async fn what_was_begun_with_the_right_to_is_ended_without_it(store: Store) {
        let (projects, _folder) = projects(&store);
        let name: domain::UserName = "ada".parse().unwrap();
        let new = CreateUser { name: name.clone(), display_name: "Ada".into(), role: Some(Role::Editor), password: None };
        store.run(&owner(), new).await.unwrap();
        let begun = projects.make(&Actor::user(name.clone()), "pods", None, Origin::default()).await.unwrap();
        store.run(&owner(), DisableUser { user: name, disabled: true }).await.unwrap();
        assert_eq!(projects.finished(&begun).await.unwrap().status, ProjectStatus::Ready);
    }

    async fn asked_twice_by_the_same_message_it_is_made_once(store: Store) {
        let (projects, _folder) = projects(&store);
        let open = OpenConversation { title: "Pods".into(), participants: vec![], project: None };
        let conversation = store.run(&owner(), open).await.unwrap().id;
        let ask = PostMessage { conversation, recipient: None, body: "make pods".into(), reply_to: None, key: None };
        let message = store.run(&owner(), ask).await.unwrap().message.id;
        let origin = Origin { conversation: Some(conversation), message: Some(message) };
        let first = projects.make(&owner(), "pods", None, origin).await.unwrap();
        let again = projects.make(&owner(), "pods", None, origin).await.unwrap();
        assert_eq!(first.task.id, again.task.id);
        assert_eq!(projects.finished(&again).await.unwrap().status, ProjectStatus::Ready);
    }

    async fn what_a_crash_left_is_cleared_away_and_its_name_is_free(store: Store) {
        let (projects, _folder) = projects(&store);
        let begun = store.run(&owner(), half_made("pods")).await.unwrap();
        projects.recover().await.unwrap();
        assert!(store.project(&begun.project.slug).await.unwrap().is_none());
        let task = store.task(begun.task.id).await.unwrap().unwrap();
        assert_eq!(task.state, TaskState::Failed);
        assert!(task.error.unwrap().contains("Ask for it again"));
        let begun = projects.make(&owner(), "pods", None, Origin::default()).await.unwrap();
        projects.finished(&begun).await.unwrap();
    }

    async fn what_was_in_place_before_the_crash_is_kept_as_a_whole_project(store: Store) {
        let (projects, folder) = projects(&store);
        // Another workshop makes the folder; this one has only the row: as after a crash between the two.
        let elsewhere = store::testing::TestStore::sqlite().await;
        let maker = Projects::new(elsewhere.store.clone(), folder.path().join("projects"));
        let begun = maker.make(&owner(), "pods", None, Origin::default()).await.unwrap();
        let made = maker.finished(&begun).await.unwrap();
        elsewhere.finish().await;
        let begun = store.run(&owner(), half_made("pods")).await.unwrap();
        projects.recover().await.unwrap();
        let project = store.project(&begun.project.slug).await.unwrap().unwrap();
        assert_eq!((project.status, project.commit, project.files), (ProjectStatus::Ready, made.commit, made.files));
    }

    async fn a_canceled_task_leaves_nothing_and_frees_the_name(store: Store) {
        let (projects, _folder) = projects(&store);
        let begun = projects.make(&owner(), "pods", None, Origin::default()).await.unwrap();
        let canceled = store.run(&owner(), CancelTask { task: begun.task.id }).await;
        match projects.finished(&begun).await {
            Ok(project) => assert_eq!(project.status, ProjectStatus::Ready, "it was done before the word came"),
            Err(error) => {
                canceled.unwrap();
                assert!(error.to_string().contains("canceled"), "{error}");
                assert!(store.project(&begun.project.slug).await.unwrap().is_none());
                assert!(!projects.root().join("pods").exists());
            }
        }
    }
}
