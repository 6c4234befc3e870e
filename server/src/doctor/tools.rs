//! Programs of the machine: git is needed, Node is good to know about.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::{Occasion, Report};

/// git before this has no `init --initial-branch`.
const GIT: (u32, u32) = (2, 28);

pub(super) async fn check(occasion: Occasion, report: &mut Report) {
    let git = first_line("git", &["--version"]);
    if occasion == Occasion::Start {
        // What is only good to know about need not hold the start up.
        return judge_git(git.await, report);
    }
    let (git, node) = tokio::join!(git, first_line("node", &["--version"]));
    judge_git(git, report);
    match node {
        Ok(version) => report.ok("node", format!("{version}, for helpers written in JavaScript")),
        Err(why) => report.ok("node", format!("{why}; only needed for helpers written in JavaScript")),
    }
}

fn judge_git(found: Result<String, String>, report: &mut Report) {
    const FIX: &str = "apt install git";
    match found {
        Err(why) => report.failed("git", format!("{why}, and every project is a git repository"), FIX),
        Ok(line) => {
            let version = line.trim_start_matches("git version ").to_owned();
            if version_of(&version).is_some_and(|version| version < GIT) {
                report.failed("git", format!("git {version} is too old; {}.{} is needed", GIT.0, GIT.1), FIX);
            } else {
                report.ok("git", format!("git {version}"));
            }
        }
    }
}

fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The first line that a program prints, or in words why there is none.
async fn first_line(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(Duration::from_secs(5), command.output()).await {
        Err(_) => return Err(format!("{program} does not answer within 5 s")),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(format!("{program} is not installed"));
        }
        Ok(Err(error)) => return Err(format!("{program} cannot be run: {error}")),
        Ok(Ok(output)) => output,
    };
    let first = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().trim().to_owned();
    let line = first(&output.stdout);
    if output.status.success() && !line.is_empty() {
        return Ok(line);
    }
    Err(format!("{program} does not work ({})", first(&output.stderr)))
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn git_must_be_there_and_new_enough() {
        let cases = [
            (Ok("git version 2.39.5"), Outcome::Ok),
            (Ok("git version 2.9.0"), Outcome::Failed),
            (Err("git is not installed"), Outcome::Failed),
        ];
        for (found, outcome) in cases {
            let mut report = Report::default();
            judge_git(found.map(str::to_owned).map_err(str::to_owned), &mut report);
            assert_eq!(report.findings[0].outcome, outcome, "{found:?}");
        }
    }

    #[tokio::test]
    async fn a_missing_and_a_failing_program_are_told_apart() {
        assert_eq!(first_line("no-such-program-here", &[]).await.unwrap_err(), "no-such-program-here is not installed");
        assert!(first_line("false", &[]).await.unwrap_err().contains("does not work"));
    }
}
