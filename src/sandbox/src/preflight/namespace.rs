//! Sandboxes by namespaces: whether bubblewrap really starts one here, and what the kernel limits.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::{Fact, Missing, fact};
use crate::rooms::namespace::Groups;
use crate::version::Version;

/// How long bubblewrap may take to start and end a sandbox.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest bubblewrap that can keep guests from making namespaces of their own.
const OLDEST: (u64, u64, u64) = (0, 8, 0);
/// A user who has no rights, in whose name root tries.
const NOBODY: u32 = 65534;

/// Sandboxes by namespaces, as they would be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceFacts {
    /// Where bubblewrap is.
    pub bubblewrap: PathBuf,
    /// Its version.
    pub version: String,
    /// Whether the kernel limits memory of a sandbox as a whole. If not, it is watched from inside.
    pub memory: bool,
    /// Whether the kernel limits its processor time. If not, it is kept to some of the processors.
    pub processors: bool,
    /// Whether the kernel limits its processes by a control group. If not, by its user.
    pub pids: bool,
    /// The version of Landlock's interface; 0: the kernel has none.
    pub landlock: u32,
}

/// What the kernel says about namespaces of ordinary users.
#[derive(Debug, Default)]
struct Permitted {
    /// `user.max_user_namespaces`
    most: Option<u64>,
    /// Debian's `kernel.unprivileged_userns_clone`
    clone: Option<u64>,
    /// Ubuntu's `kernel.apparmor_restrict_unprivileged_userns`
    apparmor: Option<u64>,
}

impl Permitted {
    fn read() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse().ok();
        Self {
            most: read("/proc/sys/user/max_user_namespaces"),
            clone: read("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor: read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        }
    }

    /// Why a sandbox did not start, given what bubblewrap said.
    fn why_not(&self, said: &str) -> Missing {
        let setting = |name: &str, value: &str| {
            Missing::new(
                format!(
                    "bubblewrap cannot start sandboxes, because this system lets no ordinary user make namespaces ({name})."
                ),
                format!("As root, run: sysctl -w {name}={value}, and keep it in /etc/sysctl.d."),
            )
        };
        if self.most == Some(0) {
            return setting("user.max_user_namespaces", "10000");
        }
        if self.clone == Some(0) {
            return setting("kernel.unprivileged_userns_clone", "1");
        }
        if self.apparmor == Some(1) {
            return Missing::new(
                "bubblewrap cannot start sandboxes, because AppArmor keeps it from making namespaces (kernel.apparmor_restrict_unprivileged_userns).",
                "As root, let bubblewrap do so: install the package apparmor-profiles and load its profile bwrap-userns-restrict.",
            );
        }
        let said = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing").trim();
        Missing::new(
            format!("bubblewrap cannot start sandboxes here: {}.", said.trim_end_matches('.')),
            "Where the server itself runs in a container, allow that one to make user namespaces, or use an engine.",
        )
    }
}

/// Finds bubblewrap and has it start a sandbox.
pub(super) async fn look(
    groups: &Groups,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<NamespaceFacts, Missing> {
    let path = environment("PATH").unwrap_or_default();
    let bubblewrap = find(&path).ok_or_else(|| {
        Missing::new(
            "bubblewrap is not installed.",
            "Install bubblewrap (on Debian and Ubuntu: apt-get install bubblewrap).",
        )
    })?;
    let said = run(Command::new(&bubblewrap).arg("--version"), &bubblewrap).await?;
    let version = judge_version(&String::from_utf8_lossy(&said.stdout))?;
    let started = run(&mut attempt(&bubblewrap), &bubblewrap).await?;
    if !started.status.success() {
        return Err(Permitted::read().why_not(&String::from_utf8_lossy(&started.stderr)));
    }
    if !has_seccomp() {
        return Err(Missing::new(
            "This kernel cannot filter system calls (seccomp), without which nothing is run.",
            "Use a kernel with CONFIG_SECCOMP_FILTER, or an engine on another machine.",
        ));
    }
    Ok(NamespaceFacts {
        bubblewrap,
        version,
        memory: groups.limit_memory(),
        processors: groups.limit_processors(),
        pids: groups.limit_pids(),
        landlock: landlock(),
    })
}

/// The first bubblewrap in these folders.
fn find(path: &str) -> Option<PathBuf> {
    let usual = ["/usr/bin", "/usr/local/bin", "/bin"];
    let folders = path.split(':').filter(|folder| folder.starts_with('/')).chain(usual);
    folders
        .map(|folder| Path::new(folder).join("bwrap"))
        .find(|file| file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0))
}

/// The version in what bubblewrap says, like `bubblewrap 0.8.0`, if it will do.
fn judge_version(said: &str) -> Result<String, Missing> {
    let text = said.split_whitespace().last().unwrap_or("of an unknown version");
    let (major, minor, patch) = OLDEST;
    match Version::parse(text) {
        Some(version) if version.is_at_least(major, minor, patch) => Ok(text.to_owned()),
        _ => Err(Missing::new(
            format!("bubblewrap {text} is too old: it cannot keep guests from making namespaces of their own."),
            format!("Install bubblewrap {major}.{minor} or newer."),
        )),
    }
}

/// A sandbox that ends at once, with all that the real ones ask bubblewrap for.
fn attempt(bubblewrap: &Path) -> Command {
    let mut command = Command::new(bubblewrap);
    command
        .args([
            "--unshare-all",
            "--unshare-user",
            "--disable-userns",
            "--as-pid-1",
            "--die-with-parent",
            "--new-session",
        ])
        .args(["--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"])
        .args(["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--", "true"]);
    if nix::unistd::geteuid().is_root() {
        // Real ones are never root's either.
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

async fn run(command: &mut Command, bubblewrap: &Path) -> Result<Output, Missing> {
    let said = command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true).output();
    let failed = |why: String| {
        Missing::new(format!("{} cannot be run: {why}.", bubblewrap.display()), "Install bubblewrap anew.")
    };
    timeout(PATIENCE, said)
        .await
        .map_err(|_| failed("it does not end".into()))?
        .map_err(|error| failed(error.to_string()))
}

fn has_seccomp() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nSeccomp:"))
}

/// The version of Landlock's interface that this kernel and we both know; 0 for none. Found out by restricting a thread
/// that does nothing else, since there is no way to ask.
fn landlock() -> u32 {
    use landlock::{ABI, Access as _, AccessFs, LandlockStatus, Ruleset, RulesetAttr as _};
    let tried = std::thread::spawn(|| {
        let made = Ruleset::default().handle_access(AccessFs::from_all(ABI::V1)).ok()?.create().ok()?;
        Some(made.restrict_self().ok()?.landlock)
    });
    match tried.join() {
        Ok(Some(LandlockStatus::Available { effective_abi, .. })) => effective_abi as u32,
        _ => 0,
    }
}

impl NamespaceFacts {
    pub(super) fn facts(&self) -> Vec<Fact> {
        let groups: Vec<&str> = [(self.memory, "memory"), (self.processors, "processors"), (self.pids, "processes")]
            .into_iter()
            .filter_map(|(limited, name)| limited.then_some(name))
            .collect();
        let limited = if groups.is_empty() {
            "none: memory is watched from inside".to_owned()
        } else {
            format!("limit {}", groups.join(", "))
        };
        let landlock = if self.landlock == 0 { "not there".to_owned() } else { format!("version {}", self.landlock) };
        vec![
            fact("bubblewrap", format!("{} at {}, starts sandboxes", self.version, self.bubblewrap.display())),
            fact("control groups", limited),
            fact("Landlock", landlock),
        ]
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.memory {
            warnings.push(
                "Without an engine, memory of sandboxes is watched from inside every few hundredths of a second, because \
                 this server may not make control groups. Started by systemd with Delegate=yes, it may."
                    .to_owned(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bubblewrap_must_be_new_enough() {
        assert_eq!(judge_version("bubblewrap 0.8.0\n").unwrap(), "0.8.0");
        assert_eq!(judge_version("bubblewrap 0.11.0\n").unwrap(), "0.11.0");
        for old in ["bubblewrap 0.4.1", "bubblewrap 0.7.9", "", "bubblewrap git"] {
            assert!(judge_version(old).unwrap_err().fix.contains("0.8 or newer"), "{old}");
        }
    }

    #[test]
    fn what_stands_in_the_way_of_namespaces_is_named() {
        let said = "bwrap: Creating new namespace failed: Operation not permitted\n";
        for (permitted, why, fix) in [
            (Permitted { most: Some(0), clone: Some(0), ..Permitted::default() }, "max_user_namespaces", "=10000"),
            (Permitted { most: Some(9), clone: Some(0), ..Permitted::default() }, "userns_clone", "userns_clone=1"),
            (Permitted { apparmor: Some(1), ..Permitted::default() }, "AppArmor", "bwrap-userns-restrict"),
            (Permitted { apparmor: Some(0), ..Permitted::default() }, "Operation not permitted.", "in a container"),
            (Permitted::default(), "Operation not permitted.", "in a container"),
        ] {
            let missing = permitted.why_not(said);
            assert!(missing.why.contains(why) && missing.fix.contains(fix), "{missing}");
        }
    }

    #[tokio::test]
    async fn bubblewrap_is_found_and_really_starts_one() {
        if find("").is_none() {
            return crate::rooms::docker::testing::skipped("bubblewrap");
        }
        let found = look(&Groups::none(), &|_| None).await.unwrap();
        assert!(found.bubblewrap.ends_with("bwrap") && !found.memory, "{found:?}");
        assert_eq!(found.warnings().len(), 1);
    }

    #[tokio::test]
    async fn without_bubblewrap_it_says_how_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("bwrap"), "#!/bin/sh\necho bubblewrap 0.4.0\n").unwrap();
        // Not a program yet.
        assert_ne!(find(folder.path().to_str().unwrap()), Some(folder.path().join("bwrap")));
        std::fs::set_permissions(folder.path().join("bwrap"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let missing = look(&Groups::none(), &|_| Some(path.clone())).await.unwrap_err();
        assert!(missing.why.contains("0.4.0 is too old"), "{missing}");
    }
}
