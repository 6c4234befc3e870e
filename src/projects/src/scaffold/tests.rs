//! A project is made whole, once, or not at all.

use std::{collections::BTreeSet, fs, path::Path};

use tokio::{
    runtime::{Builder, Runtime},
    sync::Notify,
};

use super::*;
use crate::clean_staging;
use crate::testing::{self, git, name, now};

async fn make(root: &Path, name: &ProjectName) -> Result<Scaffolded, ProjectsError> {
    testing::make(root, name, &mut |_| {}).await
}

/// Either there is no project, or there is a whole one; nothing else is left.
fn whole_or_none(root: &Path) -> bool {
    let entries: BTreeSet<_> =
        fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let made = entries.contains("pod-tracker");
    if made {
        let project = root.join("pod-tracker");
        assert_eq!(git(&project, &["status", "--porcelain"]), "");
        assert_eq!(git(&project, &["ls-files"]).lines().count(), crate::templates()[0].files());
        git(&project, &["fsck", "--strict"]);
    }
    let rest: Vec<_> = entries.iter().filter(|name| !["pod-tracker", ".staging"].contains(&name.as_str())).collect();
    assert!(rest.is_empty(), "{rest:?}");
    made
}

fn left_in_staging(root: &Path) -> usize {
    fs::read_dir(root.join(".staging")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_project_is_a_clean_repository_by_the_author() {
    let root = tempfile::tempdir().unwrap();
    let mut steps = Vec::new();
    let made = testing::make(root.path(), &name("pod-tracker"), &mut |step| steps.push(step)).await.unwrap();
    let project = root.path().join("pod-tracker");
    assert!(whole_or_none(root.path()));
    assert_eq!(left_in_staging(root.path()), 0);
    assert_eq!(git(&project, &["rev-parse", "main"]), made.commit);
    assert_eq!(
        git(&project, &["log", "--format=%an <%ae> %cn <%ce> %at %ct %s"]),
        "The Author <the_author@tatwats.localhost> The Author <the_author@tatwats.localhost> 1750000000 1750000000 \
         Make Pod Tracker from the template pwa 2"
    );
    assert_eq!(fs::read_dir(project.join(".git/hooks")).map(Iterator::count).unwrap_or(0), 0);
    let on_disk: u64 = git(&project, &["ls-files"]).lines().map(|f| fs::metadata(project.join(f)).unwrap().len()).sum();
    assert_eq!((made.files, made.bytes), (crate::templates()[0].files(), on_disk));

    let ended: Vec<_> =
        steps.iter().filter(|step| step.state == StepState::Completed).map(|step| &*step.name).collect();
    let (write, commit) = (format!("Write {} files", made.files), format!("First commit {}", &made.commit[..7]));
    assert_eq!(ended, ["Check the name", &write, "Create repository", &commit, "Put in place"]);
    assert_eq!(steps.len(), 10);
    for (at, step) in steps.iter().enumerate() {
        let state = if at % 2 == 0 { StepState::Working } else { StepState::Completed };
        assert_eq!((step.index, step.total, step.state), (u32::try_from(at).unwrap() / 2 + 1, 5, state));
    }
}

#[tokio::test]
async fn the_same_input_makes_the_same_commit() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = make(one.path(), &name("pod-tracker")).await.unwrap();
    assert_eq!(first, make(other.path(), &name("pod-tracker")).await.unwrap());
    let named = ProjectName::with_title("pod-two", "Pod Tracker").unwrap();
    assert_ne!(first.commit, make(one.path(), &named).await.unwrap().commit);
}

#[tokio::test]
async fn a_taken_name_is_refused_and_what_is_there_stays() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("empty-one")).unwrap();
    fs::write(root.path().join("a-file"), "mine").unwrap();
    for slug in ["empty-one", "a-file"] {
        let mut last = None;
        let error = testing::make(root.path(), &name(slug), &mut |step| last = Some(step)).await.unwrap_err();
        assert!(matches!(&error, ProjectsError::Taken { slug: taken } if taken == slug), "{error:?}");
        assert_eq!(last.map(|step| (step.index, step.state)), Some((1, StepState::Failed)));
    }
    assert_eq!(fs::read_dir(root.path().join("empty-one")).unwrap().count(), 0);
    assert_eq!(fs::read_to_string(root.path().join("a-file")).unwrap(), "mine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_at_the_same_time_exactly_one_wins() {
    let root = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let slug = format!("race-{round}");
        // Titles differ, so that a mixture of the two could be told.
        let one = ProjectName::with_title(&slug, "One").unwrap();
        let two = ProjectName::with_title(&slug, "Two").unwrap();
        let results = tokio::join!(make(root.path(), &one), make(root.path(), &two));
        let winner = match results {
            (Ok(made), Err(ProjectsError::Taken { .. })) | (Err(ProjectsError::Taken { .. }), Ok(made)) => made,
            other => panic!("{other:?}"),
        };
        let project = root.path().join(&slug);
        assert_eq!(git(&project, &["rev-parse", "HEAD"]), winner.commit);
        assert_eq!(git(&project, &["status", "--porcelain"]), "");
        assert_eq!(left_in_staging(root.path()), 0);
    }
}

/// Clears the staging folder. A git that is just being started, by this test or one beside it, holds a copy of every
/// lock for a moment, so this may take some tries.
fn clear(root: &Path) {
    let runtime = Runtime::new().unwrap();
    for attempt in 0.. {
        let cleaned = runtime.block_on(clean_staging(root));
        if cleaned.is_ok() && left_in_staging(root) == 0 {
            break;
        }
        assert!(attempt < 100, "left in staging: {cleaned:?}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Interrupts a scaffold in some way at each of its ten reports. What runs on other threads is waited for.
fn interrupted(interrupt: impl AsyncFn(&Path, usize)) {
    for at in 0..10 {
        let root = tempfile::tempdir().unwrap();
        // One thread for work that blocks does it in order: what is handed in last ends when all the rest has.
        let runtime = Builder::new_multi_thread().max_blocking_threads(1).enable_all().build().unwrap();
        runtime.block_on(interrupt(root.path(), at));
        runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
        drop(runtime);
        // Once the work before the last step is done it is too late; before, it is always in time.
        assert_eq!(whole_or_none(root.path()), at >= 7, "interrupted at report {at}");
        clear(root.path());
    }
}

#[test]
fn cancelled_at_any_report_there_is_no_project_or_a_whole_one() {
    interrupted(async |root, at| {
        let cancel = CancellationToken::new();
        let mut reports = Vec::new();
        let mut progress = |step: Step| {
            reports.push((step.index, step.state));
            if reports.len() == at + 1 {
                cancel.cancel();
            }
        };
        let pwa = &crate::templates()[0];
        let result = scaffold(root, &name("pod-tracker"), pwa, now(), None, &cancel, &mut progress).await;
        assert!(matches!(result, Ok(_) | Err(ProjectsError::Canceled)), "{result:?}");
        assert_eq!(result.is_ok(), at >= 7, "cancelled at report {at}");
        let (last, canceled) =
            (reports.last().unwrap().1, reports.iter().any(|(_, state)| *state == StepState::Canceled));
        assert!(canceled == (last == StepState::Canceled) && last != StepState::Working, "{reports:?}");
    });
}

#[test]
fn dropped_at_any_report_there_is_no_project_or_a_whole_one() {
    interrupted(async |root, at| {
        let stop = Notify::new();
        let mut seen = 0;
        let mut progress = |_: Step| {
            if seen == at {
                stop.notify_one();
            }
            seen += 1;
        };
        let named = name("pod-tracker");
        let work = testing::make(root, &named, &mut progress);
        tokio::select! { biased; () = stop.notified() => {} _ = work => {} }
    });
}

#[tokio::test]
async fn hostile_titles_are_only_text() {
    let root = tempfile::tempdir().unwrap();
    let titles = ["$(touch pwned) `id` \"';--\\", "--amend", "# a heading", "%H %an 🦀 {{slug|html}}", "</script>"];
    for (at, title) in titles.into_iter().enumerate() {
        let named = ProjectName::with_title(&format!("hostile-{at}"), title).unwrap();
        make(root.path(), &named).await.unwrap();
        let project = root.path().join(named.slug());
        assert_eq!(git(&project, &["log", "--format=%s"]), format!("Make {title} from the template pwa 2"));
        assert!(!project.join("pwned").exists());
    }
}

#[tokio::test]
async fn a_root_that_cannot_be_written_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("file");
    fs::write(&root, "").unwrap();
    let error = make(&root, &name("pod-tracker")).await.unwrap_err();
    assert_eq!(error.to_string(), "The server could not make a staging folder; its log has the cause.");
}
