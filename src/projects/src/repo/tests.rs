//! Repositories as they are found: ours, other people's, and hostile ones.

use std::{fmt::Write as _, fs, os::unix::fs::symlink};

use super::*;
use crate::{
    template::render,
    testing::{self, git, git_with, name, now},
};

async fn project() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    testing::make(root.path(), &name("pod-tracker"), &mut |_| {}).await.unwrap();
    root
}

#[tokio::test]
async fn a_new_project_reads_as_it_was_made() {
    let root = project().await;
    let mut made = render(&crate::templates()[0], &name("pod-tracker")).unwrap();
    made.sort_by_key(|file| file.path);
    let listed = files(root.path(), "pod-tracker").await.unwrap();
    assert!(!listed.truncated);
    let expected: Vec<_> =
        made.iter().map(|file| FileEntry { path: file.path.to_owned(), size: file.bytes.len() as u64 }).collect();
    assert_eq!(listed.entries, expected);
    for file in made {
        assert_eq!(read(root.path(), "pod-tracker", file.path).await.unwrap(), Some(file.bytes), "{}", file.path);
    }
    let history = commits(root.path(), "pod-tracker", 10, None).await.unwrap();
    let [first] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!((&*first.author, &*first.email, first.at), ("The Author", "the_author@tatwats.localhost", now()));
    assert_eq!(first.subject, "Make Pod Tracker from the template pwa 2");
}

#[tokio::test]
async fn history_is_read_in_pages_across_merges() {
    let root = project().await;
    let folder = root.path().join("pod-tracker");
    for at in 0..6 {
        git(&folder, &["commit", "-q", "--allow-empty", "-m", &format!("Change {at}")]);
    }
    git(&folder, &["checkout", "-q", "-b", "side", "HEAD~3"]);
    git(&folder, &["commit", "-q", "--allow-empty", "-m", &"Long ".repeat(100)]);
    git(&folder, &["checkout", "-q", "main"]);
    git(&folder, &["merge", "-q", "--no-ff", "-m", "Merge, with %H and\ttab", "side"]);
    let all = commits(root.path(), "pod-tracker", 500, None).await.unwrap();
    assert_eq!(all.len(), 9);
    assert_eq!(all[0].subject, "Merge, with %H and\ttab");
    assert!(all.iter().any(|commit| commit.subject.starts_with("Long Long") && commit.subject.len() == 200));
    let mut paged = commits(root.path(), "pod-tracker", 2, None).await.unwrap();
    loop {
        let page = commits(root.path(), "pod-tracker", 2, paged.last().map(|commit| &*commit.id)).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    for unknown in ["0000000000000000000000000000000000000000", "--all", "HEAD", ""] {
        assert_eq!(commits(root.path(), "pod-tracker", 5, Some(unknown)).await.unwrap(), [], "{unknown}");
    }
}

#[tokio::test]
async fn an_empty_repository_is_empty_and_a_missing_one_missing() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("empty")).unwrap();
    git(&root.path().join("empty"), &["init", "-q"]);
    assert_eq!(files(root.path(), "empty").await.unwrap(), Files::default());
    assert_eq!(commits(root.path(), "empty", 5, None).await.unwrap(), []);
    assert_eq!(read(root.path(), "empty", "README.md").await.unwrap(), None);
    for slug in ["missing", "../empty", "", ".staging", "Empty"] {
        let error = files(root.path(), slug).await.unwrap_err();
        assert!(matches!(error, ProjectsError::NotFound { .. }), "{slug}: {error:?}");
    }
}

#[tokio::test]
async fn only_files_at_head_can_be_read() {
    let root = project().await;
    let folder = root.path().join("pod-tracker");
    symlink("/etc/passwd", folder.join("link")).unwrap();
    fs::write(folder.join("odd \"name\"\n[x]*.txt"), "odd").unwrap();
    fs::write(folder.join("large.bin"), vec![7; 1024 * 1024 + 1]).unwrap();
    fs::write(folder.join("limit.bin"), vec![7; 1024 * 1024]).unwrap();
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-q", "-m", "Add odd things"]);
    fs::write(folder.join("untracked.txt"), "not yet").unwrap();
    let read = async |path: &str| read(root.path(), "pod-tracker", path).await;
    assert_eq!(read("odd \"name\"\n[x]*.txt").await.unwrap().as_deref(), Some(b"odd".as_slice()));
    assert_eq!(read("limit.bin").await.unwrap().map(|bytes| bytes.len()), Some(1024 * 1024));
    assert!(matches!(read("large.bin").await, Err(ProjectsError::TooLarge { limit: 1_048_576, .. })));
    for path in [
        "link",
        "js",
        "js/",
        "",
        "/",
        "../pod-tracker/README.md",
        "js/../README.md",
        "./README.md",
        "/README.md",
        "*.md",
        "--help",
        "untracked.txt",
        ".git/config",
        ":(top)README.md",
        "a\0b",
    ] {
        assert_eq!(read(path).await.unwrap(), None, "{path:?}");
    }
    assert!(files(root.path(), "pod-tracker").await.unwrap().entries.iter().all(|entry| entry.path != "link"));
}

#[tokio::test]
async fn a_listing_has_an_end() {
    let root = project().await;
    let folder = root.path().join("pod-tracker");
    let mut stream = String::from("commit refs/heads/main\ncommitter A <a@b> 1750000001 +0000\ndata 4\nMany\n");
    for at in 0..=MAX_FILES {
        writeln!(stream, "M 100644 inline many/{at:05}.txt\ndata 1\nx").unwrap();
    }
    git_with(&folder, &["fast-import", "--quiet", "--force"], &stream);
    let listed = files(root.path(), "pod-tracker").await.unwrap();
    assert_eq!((listed.entries.len(), listed.truncated), (MAX_FILES, true));
}

#[tokio::test]
async fn settings_of_a_hostile_repository_start_nothing() {
    let root = project().await;
    let folder = root.path().join("pod-tracker");
    let trap = root.path().join("sprung");
    let command = format!("touch {}", trap.display());
    for key in
        ["core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "diff.external", "gpg.program", "pager.log"]
    {
        git(&folder, &["config", key, &command]);
    }
    git(&folder, &["config", "log.showSignature", "true"]);
    git(&folder, &["config", "extensions.partialClone", "origin"]);
    git(&folder, &["config", "remote.origin.url", &format!("ext::{command}")]);
    git(&folder, &["config", "protocol.ext.allow", "always"]);
    files(root.path(), "pod-tracker").await.unwrap();
    commits(root.path(), "pod-tracker", 10, None).await.unwrap();
    read(root.path(), "pod-tracker", "README.md").await.unwrap();
    // A missing object must not be fetched from wherever the settings say.
    let object = git(&folder, &["rev-parse", "HEAD:README.md"]);
    fs::remove_file(folder.join(".git/objects").join(&object[..2]).join(&object[2..])).unwrap();
    let error = read(root.path(), "pod-tracker", "README.md").await.unwrap_err();
    assert!(matches!(error, ProjectsError::Git { .. }), "{error:?}");
    assert!(!trap.exists());
}

#[tokio::test]
async fn a_repository_behind_a_link_or_a_file_is_none() {
    let root = project().await;
    symlink("pod-tracker", root.path().join("linked")).unwrap();
    for (slug, file) in [("inner-link", false), ("inner-file", true)] {
        let folder = root.path().join(slug);
        fs::create_dir(&folder).unwrap();
        if file {
            fs::write(folder.join(".git"), "gitdir: ../pod-tracker/.git\n").unwrap();
        } else {
            symlink("../pod-tracker/.git", folder.join(".git")).unwrap();
        }
    }
    for slug in ["linked", "inner-link", "inner-file"] {
        let error = files(root.path(), slug).await.unwrap_err();
        assert!(matches!(error, ProjectsError::NotFound { .. }), "{slug}: {error:?}");
    }
}
