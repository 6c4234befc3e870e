//! A project's repository and its first commit, by The Author.

use std::{path::Path, time::Duration};

use time::OffsetDateTime;

use crate::{ProjectName, ProjectsError, Scaffolded, Template, git::Git};

/// Who writes the first commit of every project.
pub const AUTHOR_NAME: &str = "The Author";
/// The Author's address, which receives no mail.
pub const AUTHOR_EMAIL: &str = "the_author@tatwats.localhost";

/// How long one git command may take; a slow disk under load needs some.
const PATIENCE: Duration = Duration::from_secs(60);
/// Commands here answer with a line at most.
const LIMIT: u64 = 64 * 1024;
/// Room for the names of all files, in bytes.
const NAMES: u64 = 16 * 1024 * 1024;

/// Makes an empty repository with the branch `main` around the files in `tree`.
pub(super) async fn init(tree: &Path) -> Result<(), ProjectsError> {
    // No template folder: it could bring hooks along.
    let git = Git::in_tree(tree, PATIENCE);
    git.run("init", &["--quiet", "--initial-branch=main", "--template=", "."], &[], LIMIT).await.map(drop)
}

/// Commits everything in `tree`, dated `now`; of what commands made, not what the files themselves say to ignore. The same
/// input gives the same id.
pub(super) async fn commit(
    tree: &Path,
    name: &ProjectName,
    template: &Template,
    now: OffsetDateTime,
) -> Result<Scaffolded, ProjectsError> {
    let date = format!("@{} +0000", now.unix_timestamp().max(0));
    let git = Git::in_tree(tree, PATIENCE)
        .env("GIT_AUTHOR_NAME", AUTHOR_NAME)
        .env("GIT_AUTHOR_EMAIL", AUTHOR_EMAIL)
        .env("GIT_AUTHOR_DATE", date.clone())
        .env("GIT_COMMITTER_NAME", AUTHOR_NAME)
        .env("GIT_COMMITTER_EMAIL", AUTHOR_EMAIL)
        .env("GIT_COMMITTER_DATE", date);
    let everything: &[&str] =
        if template.commands.is_empty() { &["--all", "--force", "--", "."] } else { &["--all", "--", "."] };
    git.run("add", everything, &[], LIMIT).await?;
    let message = format!(
        "Make {} from the template {} {}\n\n{}\n",
        name.title(),
        template.name,
        template.version,
        template.description
    );
    let args = ["--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim", "--file=-"];
    git.run("commit", &args, message.as_bytes(), LIMIT).await?;
    let id = git.run("rev-parse", &["--verify", "HEAD"], &[], LIMIT).await?;
    let listing = git.run("ls-tree", &["-r", "-z", "-l", "HEAD"], &[], NAMES).await?;
    let listing = String::from_utf8_lossy(&listing);
    let sizes: Vec<u64> = listing.split('\0').filter_map(|line| line.split_whitespace().nth(3)?.parse().ok()).collect();
    let commit = String::from_utf8_lossy(&id).trim().to_owned();
    Ok(Scaffolded { commit, files: sizes.len(), bytes: sizes.iter().sum() })
}
