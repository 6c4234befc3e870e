//! Images of Debian's packages, fetched and checked by this machine's own `apt-get` and unpacked into a stream: neither
//! a registry nor root's rights are needed, and nothing of a package is run.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command as BlockingCommand, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tar::Archive;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::import::Import;
use super::tree::Tree;
use super::{Progress, architecture};
use crate::Fault;
use crate::rooms::Image;

/// How long fetching all packages may take.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// What every image has.
const COMMON: [&str; 15] = [
    "base-files",
    "bash",
    "ca-certificates",
    "coreutils",
    "dash",
    "debianutils",
    "diffutils",
    "findutils",
    "git",
    "grep",
    "gzip",
    "libc-bin",
    "mawk",
    "sed",
    "tar",
];
/// Folders that lie in `/usr` since Debian 12, and which packages still name without.
const MERGED: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];
/// What scripts of packages would link.
const LINKS: [(&str, &str); 4] = [
    ("usr/bin/awk", "mawk"),
    ("usr/bin/sh", "dash"),
    ("usr/bin/which", "which.debianutils"),
    ("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"),
];

pub(super) async fn build(
    import: Import<'_>,
    image: Image,
    program: Bytes,
    progress: &mut (impl FnMut(Progress) + Send),
) -> Result<(), Fault> {
    let wanted: &[&str] = match image {
        Image::Helper => {
            return Err(Fault::Refused("The image “helper” is our program alone and has no packages.".into()));
        }
        Image::Node => &["nodejs", "npm"],
        Image::Python => &["python3", "python3-pip", "python3-venv"],
    };
    let folder = tempfile::tempdir().map_err(|error| Fault::infrastructure("there is no room for packages.", error))?;
    let apt = Apt { folder: folder.path() };
    fetch(&apt, wanted, progress).await?;
    let packages = packages(folder.path())?;
    let fill = move |tree: &mut Tree| fill(tree, &packages, &program);
    import.run((2, 2), progress, fill).await
}

/// This machine's `apt-get`, with a list of installed packages of its own, on which there is nothing.
struct Apt<'a> {
    folder: &'a Path,
}

impl Apt<'_> {
    fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(self.archives().join("partial"))?;
        fs::write(self.folder.join("status"), "")
    }

    fn archives(&self) -> PathBuf {
        self.folder.join("archives")
    }

    fn install(&self, wanted: &[&str], how: &[&str]) -> Command {
        let set = |name: &str, value: &Path| format!("{name}={}", value.display());
        let mut command = Command::new("apt-get");
        command
            .arg("--option")
            .arg(set("Dir::State::status", &self.folder.join("status")))
            .arg("--option")
            .arg(set("Dir::Cache::archives", &self.archives()))
            .args([
                "--option",
                "Debug::NoLocking=1",
                "--option",
                "APT::Status-Fd=1",
                "--no-install-recommends",
                "--yes",
            ])
            .args(how)
            .arg("install")
            .args(COMMON)
            .args(wanted)
            .env("LC_ALL", "C")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

async fn fetch(apt: &Apt<'_>, wanted: &[&str], progress: &mut (impl FnMut(Progress) + Send)) -> Result<(), Fault> {
    let mut told = |bytes| progress(Progress { step: 1, total: 2, text: "Fetching Debian's packages".into(), bytes });
    told(None);
    let refused = |why: &str| {
        Fault::Refused(format!(
            "Debian's packages cannot be had: {why} On Debian or Ubuntu, run: apt-get update. Elsewhere, name a base image."
        ))
    };
    apt.prepare().map_err(|error| Fault::infrastructure("there is no room for packages.", error))?;
    let asked = timeout(PATIENCE, apt.install(wanted, &["--print-uris", "--quiet=2"]).output()).await;
    let listed = asked.map_err(|_| refused("apt-get does not answer."))?;
    let listed = listed.map_err(|error| refused(&format!("apt-get: {error}.")))?;
    if !listed.status.success() {
        return Err(refused(&last_line(&String::from_utf8_lossy(&listed.stderr))));
    }
    let total = sum(&String::from_utf8_lossy(&listed.stdout));
    let download = async {
        let mut child = apt.install(wanted, &["--download-only", "--quiet=2"]).spawn()?;
        let (said, complained) = (child.stdout.take(), child.stderr.take());
        let complaint = tokio::spawn(async move {
            let mut text = String::new();
            if let Some(complained) = complained {
                complained.take(64 * 1024).read_to_string(&mut text).await?;
            }
            io::Result::Ok(text)
        });
        if let Some(said) = said {
            let mut lines = BufReader::new(said).lines();
            while let Some(line) = lines.next_line().await? {
                if let Some(part) = part(&line) {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
                    told(Some(((total as f64 * part) as u64, Some(total))));
                }
            }
        }
        let status = child.wait().await?;
        let complaint = complaint.await.map_err(io::Error::other)??;
        if status.success() { Ok(()) } else { Err(io::Error::other(last_line(&complaint))) }
    };
    let downloaded = timeout(PATIENCE, download).await.map_err(|_| refused("fetching them takes too long."))?;
    downloaded.map_err(|error| refused(&format!("{error}")))
}

/// The sum of the sizes in lines like `'https://…' name_1.0_amd64.deb 12345 SHA256:…`.
fn sum(listed: &str) -> u64 {
    listed.lines().filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok()).sum()
}

/// How much is fetched, from 0 to 1, by a line like `dlstatus:3:12.5:Retrieving file 3 of 40`.
fn part(line: &str) -> Option<f64> {
    let mut parts = line.strip_prefix("dlstatus:")?.split(':').skip(1);
    let percent: f64 = parts.next()?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

fn last_line(text: &str) -> String {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("apt-get failed").trim().to_owned()
}

/// The packages that were fetched.
fn packages(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut found = Vec::new();
    let failed = |error: io::Error| Fault::infrastructure("the packages are not there.", error);
    for entry in fs::read_dir(folder.join("archives")).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            found.push(path);
        }
    }
    found.sort();
    let fits = |path: &PathBuf| {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(&format!("_{}", architecture())) || name.ends_with("_all")
    };
    if let Some(other) = found.iter().find(|path| !fits(path)) {
        return Err(Fault::Refused(format!("{} is no package for {}.", other.display(), architecture())));
    }
    Ok(found)
}

fn fill(tree: &mut Tree, packages: &[PathBuf], program: &[u8]) -> io::Result<()> {
    for folder in MERGED {
        tree.link(folder, &format!("usr/{folder}"))?;
    }
    for (path, target) in LINKS {
        tree.link(path, target)?;
    }
    let mut authorities = String::new();
    for package in packages {
        files(package, |files| tree.copy(files, merged))?;
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("ca-certificates_") {
            files(package, |files| {
                for entry in Archive::new(files).entries()? {
                    let mut entry = entry?;
                    // There are examples elsewhere, which nobody should trust.
                    let path = entry.path()?;
                    let path = path.strip_prefix(".").unwrap_or(&path);
                    let trusted = path.starts_with("usr/share/ca-certificates");
                    if trusted && path.extension().is_some_and(|extension| extension == "crt") {
                        entry.read_to_string(&mut authorities)?;
                        // Not each of them ends its last line.
                        authorities.push('\n');
                    }
                }
                Ok(())
            })?;
        }
    }
    tree.folder("etc/ssl/certs", 0o755, 0)?;
    tree.file("etc/ssl/certs/ca-certificates.crt", 0o644, authorities.as_bytes())?;
    tree.finish(program)
}

/// Reads the files of a package.
fn files(package: &Path, read: impl FnOnce(&mut dyn io::Read) -> io::Result<()>) -> io::Result<()> {
    let mut child = BlockingCommand::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let done = read(&mut out).and_then(|()| io::copy(&mut out, &mut io::sink()));
    // Without a reader it ends by itself.
    drop(out);
    let status = child.wait()?;
    done?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{} cannot be unpacked", package.display()))) }
}

/// Where a file lies once the folders of programs and libraries are all in `/usr`.
fn merged(path: &Path) -> PathBuf {
    let first = path.components().next();
    let moves = matches!(first, Some(Component::Normal(name)) if MERGED.iter().any(|folder| name == *folder));
    if moves { Path::new("usr").join(path) } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apt_says_is_understood() {
        let listed = "'http://a/b' bash_5.2_amd64.deb 1000 SHA256:ab\n'http://a/c' git_1%3a2_all.deb 24 SHA256:cd\n";
        assert_eq!(sum(listed), 1024);
        assert_eq!(part("dlstatus:3:12.5:Retrieving file 3 of 40"), Some(0.125));
        assert_eq!(part("pmstatus:3:12.5:Installing"), None);
        assert_eq!(last_line("W: one\nE: Unable to locate package nodejs\n\n"), "E: Unable to locate package nodejs");
    }

    #[test]
    fn programs_and_libraries_lie_in_usr() {
        for (path, expected) in [
            ("bin/dash", "usr/bin/dash"),
            ("lib64", "usr/lib64"),
            ("usr/bin/git", "usr/bin/git"),
            ("etc/lib/x", "etc/lib/x"),
            ("library", "library"),
        ] {
            assert_eq!(merged(Path::new(path)), Path::new(expected));
        }
    }
}
