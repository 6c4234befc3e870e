//! What can go wrong with projects, in words that are safe to show.
//!
//! `Display` never holds a path of the host; the cause (with its path) is the error's `source`, for the log.

use std::{io, path::Path};

use crate::name::NameError;

/// Everything this crate can refuse or fail at.
#[derive(Debug, thiserror::Error)]
pub enum ProjectsError {
    /// The name breaks a rule; the message names the rule and a name that would do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A project (or any other file) of that name is there already.
    #[error("A project named “{slug}” is there already; choose another name.")]
    Taken {
        /// The name that was asked for.
        slug: String,
    },
    /// There is no such built-in template.
    #[error("There is no template “{name}”; choose one of: {known}.")]
    UnknownTemplate {
        /// The name that was asked for.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// There is no project folder of that name.
    #[error("There is no project named “{slug}”.")]
    NotFound {
        /// The name that was asked for.
        slug: String,
    },
    /// The project has another newest commit than the one that was worked on.
    #[error("The project changed meanwhile, so nothing was taken in. Ask for it again.")]
    Changed,
    /// The commands of the template did not end well; says which, how, and why.
    #[error("{0}")]
    Build(String),
    /// The workshop said no.
    #[error("{0}")]
    Workshop(domain::Error),
    /// The caller cancelled the work; nothing was put in place.
    #[error("The work was cancelled; nothing was made.")]
    Canceled,
    /// The disk (or the quota) is full; nothing was put in place.
    #[error("The disk is full; nothing was made. Free some space in the data folder and try again.")]
    DiskFull,
    /// The program `git` could not be found.
    #[error("git is not installed or not on the server's PATH. Install it (on Debian: apt install git) and try again.")]
    GitMissing,
    /// git ended with a failure.
    #[error("git {command} failed: {detail}")]
    Git {
        /// The git command, such as `commit`.
        command: &'static str,
        /// What git said, shortened to one line without paths of the host.
        detail: String,
    },
    /// git did not end in time and was killed.
    #[error("git {command} did not end within {seconds} s and was stopped; try again when the machine is less busy.")]
    GitTimeout {
        /// The git command, such as `commit`.
        command: &'static str,
        /// The time it had, in seconds.
        seconds: u64,
    },
    /// What was asked for is larger than the limit.
    #[error("{what} is larger than the limit of {limit} bytes.")]
    TooLarge {
        /// The thing, in words.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file system failed in some other way.
    #[error("The server could not {action}; its log has the cause.")]
    Io {
        /// What was being done, in words that follow “could not”.
        action: &'static str,
        /// The cause, with its path where known.
        source: io::Error,
    },
}

impl ProjectsError {
    /// A stable code for programs, such as `project_name_taken`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "project_name_invalid",
            Self::Taken { .. } => "project_name_taken",
            Self::UnknownTemplate { .. } => "template_unknown",
            Self::NotFound { .. } => "project_not_found",
            Self::Changed => "project_changed",
            Self::Build(_) => "build_failed",
            Self::Workshop(_) => "refused",
            Self::Canceled => "canceled",
            Self::DiskFull => "disk_full",
            Self::GitMissing => "git_missing",
            Self::Git { .. } => "git_failed",
            Self::GitTimeout { .. } => "git_timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Io { .. } => "io_failed",
        }
    }

    /// Wraps a failure of the file system at `path`, telling a full disk from the rest.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            kind => Self::Io { action, source: io::Error::new(kind, format!("{}: {source}", path.display())) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_and_no_path_is_shown() {
        let full = ProjectsError::io("write files", Path::new("/secret"), nix::Error::ENOSPC.into());
        assert!(matches!(full, ProjectsError::DiskFull));
        let denied = ProjectsError::io("write files", Path::new("/secret"), nix::Error::EACCES.into());
        assert_eq!(denied.code(), "io_failed");
        assert!(!denied.to_string().contains("/secret"));
        let cause = std::error::Error::source(&denied).unwrap().to_string();
        assert!(cause.contains("/secret"), "{cause}");
    }
}
