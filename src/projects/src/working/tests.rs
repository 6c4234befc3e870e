use std::os::unix::fs::symlink;

use super::*;
use crate::testing::{git, make, name, now};

fn author() -> Author {
    Author { name: "echo".into(), email: "echo@tatwats.localhost".into(), at: now() }
}

async fn project(root: &Path) -> PathBuf {
    make(root, &name("pod"), &mut |_| ()).await.unwrap();
    root.join("pod")
}

#[tokio::test]
async fn what_was_worked_on_comes_back_as_one_commit() {
    let root = tempfile::tempdir().unwrap();
    let project = project(root.path()).await;
    let before = git(&project, &["rev-parse", "HEAD"]);
    let copy = WorkingCopy::check_out(root.path(), "pod").await.unwrap();
    assert_eq!(copy.commit(), before);
    let files = git(&project, &["ls-files"]);
    let first = files.lines().next().unwrap();
    assert_eq!(fs::read(copy.folder().join(first)).unwrap(), fs::read(project.join(first)).unwrap());
    assert!(!copy.folder().join(".git").exists());
    assert!(copy.has(first.rsplit('/').next().unwrap()).await.unwrap());
    assert!(!copy.has("node_modules").await.unwrap());
    assert_eq!(copy.take_in(&author(), "Nothing").await.unwrap(), None);

    fs::write(copy.folder().join("new.txt"), "new").unwrap();
    fs::remove_file(copy.folder().join(first)).unwrap();
    symlink("new.txt", copy.folder().join("link")).unwrap();
    let taken = copy.take_in(&author(), "Change it\n\nFor owner.\n").await.unwrap().unwrap();
    assert_eq!(taken.changed, 3);
    assert_eq!(taken.files, files.lines().count() + 1);
    assert_eq!(git(&project, &["rev-parse", "HEAD"]), taken.commit);
    assert_eq!(git(&project, &["rev-parse", "HEAD^"]), before);
    assert_eq!(
        git(&project, &["log", "-1", "--format=%an|%ae|%s|%b|%at"]).trim(),
        "echo|echo@tatwats.localhost|Change it|For owner.\n|1750000000"
    );
    // The project's folder has the same files, and git finds nothing to complain of.
    assert_eq!(git(&project, &["status", "--porcelain"]), "");
    assert_eq!(fs::read_to_string(project.join("new.txt")).unwrap(), "new");
    assert!(!project.join(first).exists());
    drop(copy);
    assert_eq!(fs::read_dir(root.path().join(".staging")).unwrap().count(), 0);
}

#[tokio::test]
async fn ignored_files_stay_out_unless_the_project_has_them() {
    let root = tempfile::tempdir().unwrap();
    let project = project(root.path()).await;
    fs::write(project.join("kept.log"), "kept").unwrap();
    fs::write(project.join(".gitignore"), "*.log\n").unwrap();
    git(&project, &["add", "--force", "--all"]);
    git(&project, &["commit", "-qm", "logs"]);
    let copy = WorkingCopy::check_out(root.path(), "pod").await.unwrap();
    fs::write(copy.folder().join("other.log"), "other").unwrap();
    assert_eq!(copy.take_in(&author(), "Nothing").await.unwrap(), None);
    fs::write(copy.folder().join("kept.log"), "changed").unwrap();
    assert_eq!(copy.take_in(&author(), "One").await.unwrap().unwrap().changed, 1);
    assert_eq!(fs::read_to_string(project.join("kept.log")).unwrap(), "changed");
    copy.clear().await.unwrap();
    assert_eq!(fs::read_dir(copy.folder()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_project_that_changed_meanwhile_is_left_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let project = project(root.path()).await;
    let copy = WorkingCopy::check_out(root.path(), "pod").await.unwrap();
    fs::write(project.join("theirs.txt"), "theirs").unwrap();
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "-qm", "theirs"]);
    let theirs = git(&project, &["rev-parse", "HEAD"]);
    fs::write(copy.folder().join("ours.txt"), "ours").unwrap();
    let error = copy.take_in(&author(), "Ours").await.unwrap_err();
    assert!(matches!(error, ProjectsError::Changed), "{error:?}");
    assert_eq!(git(&project, &["rev-parse", "HEAD"]), theirs);
    assert!(project.join("theirs.txt").exists() && !project.join("ours.txt").exists());
}

#[tokio::test]
async fn neither_files_nor_settings_of_the_project_start_a_program() {
    let root = tempfile::tempdir().unwrap();
    let project = project(root.path()).await;
    let ran = root.path().join("ran");
    let run = format!("touch {}", ran.display());
    for key in ["filter.evil.clean", "filter.evil.smudge", "core.fsmonitor", "core.hooksPath"] {
        git(&project, &["config", key, &run]);
    }
    fs::create_dir_all(project.join(".git/hooks")).unwrap();
    let copy = WorkingCopy::check_out(root.path(), "pod").await.unwrap();
    fs::write(copy.folder().join(".gitattributes"), "* filter=evil diff=evil merge=evil\n").unwrap();
    fs::write(copy.folder().join("new.txt"), "new").unwrap();
    copy.take_in(&author(), "Evil").await.unwrap().unwrap();
    assert_eq!(fs::read_to_string(project.join("new.txt")).unwrap(), "new");
    let again = WorkingCopy::check_out(root.path(), "pod").await.unwrap();
    assert_eq!(fs::read_to_string(again.folder().join("new.txt")).unwrap(), "new");
    assert!(!ran.exists());
}
