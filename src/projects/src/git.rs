//! Running git without the user's settings, hooks, prompts or network, within limits of time and size.
//!
//! A project's own `.git/config` may have been written by anyone who can write to the project, so whatever in it
//! could start a program is switched off on the command line, which wins over it.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
};

use crate::ProjectsError;

/// Settings that win over any file.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.autocrlf=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.logAllRefUpdates=true",
    "commit.gpgSign=false",
    "gpg.program=false",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
];

/// How much of git's complaint is kept, in bytes.
const COMPLAINT: u64 = 8 * 1024;

/// git in one folder.
pub(crate) struct Git {
    folder: PathBuf,
    repository: Option<PathBuf>,
    env: Vec<(&'static str, String)>,
    patience: Duration,
}

/// What a run of git wrote.
pub(crate) struct Output {
    status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// Whether there was more than the limit; git was stopped then.
    pub(crate) cut: bool,
    stderr: Vec<u8>,
}

impl Git {
    /// git in the work tree `folder`; each run is killed after `patience`.
    pub(crate) fn in_tree(folder: &Path, patience: Duration) -> Self {
        Self { folder: folder.to_owned(), repository: None, env: Vec::new(), patience }
    }

    /// git on the repository folder itself (a `.git`), for reading.
    pub(crate) fn on_repository(repository: &Path, patience: Duration) -> Self {
        Self { repository: Some(repository.to_owned()), ..Self::in_tree(repository, patience) }
    }

    /// Adds a variable to the environment, which is otherwise empty but for `PATH` and `HOME`.
    pub(crate) fn env(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.env.push((key, value.into()));
        self
    }

    /// Runs a command that must succeed and write at most `limit` bytes.
    pub(crate) async fn run(
        &self,
        command: &'static str,
        args: &[&str],
        stdin: &[u8],
        limit: u64,
    ) -> Result<Vec<u8>, ProjectsError> {
        let output = self.output(command, args, stdin, limit).await?;
        if output.cut {
            return Err(ProjectsError::TooLarge { what: format!("The output of git {command}"), limit });
        }
        Ok(output.stdout)
    }

    /// Runs a command that must succeed, and keeps the first `limit` bytes it writes.
    pub(crate) async fn output(
        &self,
        command: &'static str,
        args: &[&str],
        stdin: &[u8],
        limit: u64,
    ) -> Result<Output, ProjectsError> {
        let output = self.try_output(command, args, stdin, limit).await?;
        if output.cut || output.status.success() { Ok(output) } else { Err(self.complaint(command, &output)) }
    }

    /// Runs a command that may answer “no” by its exit status alone: `None` then.
    pub(crate) async fn ask(
        &self,
        command: &'static str,
        args: &[&str],
        limit: u64,
    ) -> Result<Option<Vec<u8>>, ProjectsError> {
        let output = self.try_output(command, args, &[], limit).await?;
        match output.status.code() {
            Some(0) => Ok(Some(output.stdout)),
            Some(1) if output.stderr.is_empty() => Ok(None),
            _ => Err(self.complaint(command, &output)),
        }
    }

    async fn try_output(
        &self,
        command: &'static str,
        args: &[&str],
        stdin: &[u8],
        limit: u64,
    ) -> Result<Output, ProjectsError> {
        match tokio::time::timeout(self.patience, self.talk(command, args, stdin, limit)).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound && self.folder.is_dir() => {
                Err(ProjectsError::GitMissing)
            }
            Ok(Err(error)) => Err(ProjectsError::io("run git", &self.folder, error)),
            // The child is killed as its handle is dropped.
            Err(_) => Err(ProjectsError::GitTimeout { command, seconds: self.patience.as_secs() }),
        }
    }

    async fn talk(&self, command: &str, args: &[&str], stdin: &[u8], limit: u64) -> io::Result<Output> {
        let mut child = self.command(command, args).spawn()?;
        let (input, output, complaint) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut input) = input {
                // A git that ended early has said why on stderr; a broken pipe adds nothing.
                let _ = input.write_all(stdin).await;
            }
        };
        let ((), stdout, stderr) = tokio::join!(write, read_at_most(output, limit), read_at_most(complaint, COMPLAINT));
        let ((stdout, cut), (stderr, _)) = (stdout?, stderr?);
        if cut {
            child.kill().await?;
        }
        Ok(Output { status: child.wait().await?, stdout, cut, stderr })
    }

    fn command(&self, command: &str, args: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.folder).env_clear();
        for key in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(key) {
                git.env(key, value);
            }
        }
        git.envs([
            ("LC_ALL", "C"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
        ]);
        git.envs(self.env.iter().map(|(key, value)| (key, value)));
        for setting in SETTINGS {
            git.args(["-c", setting]);
        }
        if let Some(repository) = &self.repository {
            git.args([OsStr::new("--git-dir"), repository.as_os_str()]);
        }
        git.arg(command).args(args);
        git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: Ctrl-C in the server's terminal is for the server, which then decides.
        git.process_group(0).kill_on_drop(true);
        git
    }

    fn complaint(&self, command: &'static str, output: &Output) -> ProjectsError {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("No space left on device") || said.contains("Disk quota exceeded") {
            return ProjectsError::DiskFull;
        }
        let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
        let line = line.trim_start_matches("fatal: ").trim_start_matches("error: ");
        let detail = line.replace(&*self.folder.to_string_lossy(), "the project");
        ProjectsError::Git { command, detail: detail.chars().take(300).collect() }
    }
}

/// Reads at most `limit` bytes and says whether there were more. What is beyond is left unread.
async fn read_at_most(from: Option<impl AsyncRead + Unpin>, limit: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(limit + 1).read_to_end(&mut bytes).await?;
    }
    let cut = bytes.len() as u64 > limit;
    bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((bytes, cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_failure_names_the_command_and_no_path_of_the_host() {
        let folder = tempfile::tempdir().unwrap();
        let error = Git::in_tree(folder.path(), PATIENCE).run("log", &[], &[], 100).await.unwrap_err();
        assert!(matches!(error, ProjectsError::Git { command: "log", .. }), "{error:?}");
        assert!(!error.to_string().contains(&*folder.path().to_string_lossy()), "{error}");
    }

    #[tokio::test]
    async fn too_much_output_is_refused_or_cut() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::in_tree(folder.path(), PATIENCE);
        let error = git.run("version", &[], &[], 4).await.unwrap_err();
        assert!(matches!(error, ProjectsError::TooLarge { limit: 4, .. }), "{error:?}");
        let output = git.output("version", &[], &[], 4).await.unwrap();
        assert_eq!((output.stdout.as_slice(), output.cut), (b"git ".as_slice(), true));
    }

    #[tokio::test]
    async fn a_git_that_does_not_end_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        // Opening a pipe waits for someone to write to it, and nobody will.
        nix::unistd::mkfifo(&folder.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let git = Git::in_tree(folder.path(), Duration::from_millis(200));
        let error = git.run("hash-object", &["--", "pipe"], &[], 100).await.unwrap_err();
        assert!(matches!(error, ProjectsError::GitTimeout { command: "hash-object", .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_missing_git_says_how_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::in_tree(folder.path(), PATIENCE).env("PATH", "/nowhere");
        let error = git.run("version", &[], &[], 100).await.unwrap_err();
        assert!(matches!(error, ProjectsError::GitMissing), "{error:?}");
        assert!(error.to_string().contains("apt install git"));
    }

    #[tokio::test]
    async fn settings_of_the_user_are_not_read() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".gitconfig"), "[user]\nname = Somebody Else\n").unwrap();
        let git = Git::in_tree(home.path(), PATIENCE).env("HOME", home.path().to_string_lossy());
        assert_eq!(git.ask("config", &["--get", "user.name"], 100).await.unwrap(), None);
    }
}
