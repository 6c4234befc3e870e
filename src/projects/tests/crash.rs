//! A process that dies while it makes a project leaves none, or a whole one.
//!
//! This program runs itself: as `child` it makes a project and dies where it is told; otherwise it is the test. It
//! has no harness, because a test of the harness that only works when it is run in some other way would be no test.

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use projects::{ProjectName, clean_staging, scaffold::scaffold, templates};
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error>;

const SLUG: &str = "pod-tracker";
/// A scaffold makes ten reports.
const REPORTS: u32 = 10;
/// How many children are killed at some moment of their life.
const KILLS: u32 = 24;

fn main() -> Result<ExitCode, Failure> {
    let args: Vec<String> = env::args().collect();
    if let [_, child, root, die_at] = args.as_slice()
        && child == "child"
    {
        make(Path::new(root), die_at.parse()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for die_at in 0..REPORTS {
        let root = tempfile::tempdir()?;
        let status = child(root.path(), die_at)?.wait()?;
        assert!(!status.success(), "the child was to die at report {die_at}");
        let made = whole_or_none(root.path())?;
        assert!(made || die_at < REPORTS - 1, "no project after the last report");
        assert!(!made || die_at >= REPORTS - 2, "a project at report {die_at}, before it was put in place");
    }
    let root = tempfile::tempdir()?;
    let born = Instant::now();
    assert!(child(root.path(), REPORTS)?.wait()?.success() && whole_or_none(root.path())?, "left alone, it makes one");
    let life = born.elapsed();
    let mut made = 0;
    for at in 0..KILLS {
        let root = tempfile::tempdir()?;
        let mut child = child(root.path(), REPORTS)?;
        // From birth to a little beyond its usual end.
        thread::sleep(life * at / (KILLS - 4));
        child.kill()?;
        child.wait()?;
        made += u32::from(whole_or_none(root.path())?);
    }
    println!("{REPORTS} crashes at a report and {KILLS} kills: {made} whole projects after a kill, nothing half made");
    Ok(ExitCode::SUCCESS)
}

fn child(root: &Path, die_at: u32) -> Result<std::process::Child, Failure> {
    let mut child = Command::new(env::current_exe()?);
    child.arg("child").arg(root).arg(die_at.to_string());
    Ok(child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

/// Makes a project and dies, without any cleaning up, at the report with that number.
fn make(root: &Path, die_at: u32) -> Result<(), Failure> {
    let mut seen = 0;
    let mut progress = |_| {
        if seen == die_at {
            std::process::abort();
        }
        seen += 1;
    };
    let (name, cancel) = (ProjectName::parse(SLUG)?, CancellationToken::new());
    let now = OffsetDateTime::from_unix_timestamp(1_750_000_000)?;
    Runtime::new()?.block_on(scaffold(root, &name, &templates()[0], now, None, &cancel, &mut progress))?;
    Ok(())
}

/// Whether there is a whole project; fails when there is half a one or a trace of one.
fn whole_or_none(root: &Path) -> Result<bool, Failure> {
    let (staging, runtime) = (root.join(".staging"), Runtime::new()?);
    // A git that was just being started outlives its parent for a moment, and with it the folder's lock.
    for attempt in 0.. {
        let cleaned = runtime.block_on(clean_staging(root));
        if cleaned.is_ok() && (!staging.exists() || fs::read_dir(&staging)?.next().is_none()) {
            break;
        }
        assert!(attempt < 100, "left in staging: {cleaned:?}");
        thread::sleep(Duration::from_millis(100));
    }
    let project = root.join(SLUG);
    if !project.exists() {
        return Ok(false);
    }
    assert_eq!(git(&project, &["status", "--porcelain"])?, "");
    assert_eq!(git(&project, &["ls-files"])?.lines().count(), templates()[0].files());
    git(&project, &["fsck", "--strict"])?;
    Ok(true)
}

fn git(folder: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git").args(args).current_dir(folder).env_remove("GIT_DIR").output()?;
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
