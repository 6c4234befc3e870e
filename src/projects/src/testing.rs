//! What the tests of this crate share.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{ProjectName, ProjectsError, Scaffolded, Step, scaffold::scaffold, templates};

pub(crate) fn name(slug: &str) -> ProjectName {
    ProjectName::parse(slug).unwrap()
}

/// Some moment, always the same.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_750_000_000).unwrap()
}

/// Makes a project from the first template.
pub(crate) async fn make(
    root: &Path,
    name: &ProjectName,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<Scaffolded, ProjectsError> {
    scaffold(root, name, &templates()[0], now(), None, &CancellationToken::new(), progress).await
}

/// Runs git the way another program would, and returns what it wrote, without the last line break.
pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    git_with(folder, args, "")
}

/// The same, with something to read.
pub(crate) fn git_with(folder: &Path, args: &[&str], stdin: &str) -> String {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .args(["-c", "user.name=Someone", "-c", "user.email=someone@example.org"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
}
