//! A root file system as a tar stream: others' files without what they should not have, then ours.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use room::{HOME, PROGRAM, PROXY_SOCKET, WORK};
use tar::{Archive, Builder, EntryType, Header};

use crate::rooms::users::OF_CONTAINERS;

/// Where only the engine or our program puts anything.
const EMPTY: [&str; 6] = ["dev", "proc", "sys", "tmp", "run", "work"];
/// Most of a file of which all must be known before it is written.
const MOST_OF_ACCOUNTS: u64 = 1 << 20;

/// A root file system that is being written.
pub(super) struct Tree {
    builder: Builder<Box<dyn Write + Send>>,
    /// What is there already: engines take no path twice, so the first is what counts.
    seen: HashSet<PathBuf>,
}

/// Leaves a path as it is.
pub(super) fn as_it_is(path: &Path) -> PathBuf {
    path.to_owned()
}

impl Tree {
    pub(super) fn to(writer: Box<dyn Write + Send>) -> Self {
        Self { builder: Builder::new(writer), seen: HashSet::new() }
    }

    /// Copies a tar stream, with each path as `moved` puts it. Devices, the rights of other users, and what lies where
    /// only we put anything are left out.
    pub(super) fn copy(&mut self, from: impl Read, moved: impl Fn(&Path) -> PathBuf) -> io::Result<()> {
        let mut archive = Archive::new(from);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let Some(path) = plain(&entry.path()?) else { continue };
            let path = moved(&path);
            if is_ours(&path) || !self.seen.insert(path.clone()) {
                continue;
            }
            let kind = entry.header().entry_type();
            // Not everybody who writes archives says.
            let mut header = head(kind, entry.header().mode().unwrap_or(0o755));
            header.set_uid(entry.header().uid().unwrap_or_default());
            header.set_gid(entry.header().gid().unwrap_or_default());
            header.set_mtime(entry.header().mtime().unwrap_or_default());
            match kind {
                EntryType::Directory => self.builder.append_data(&mut header, path, io::empty())?,
                EntryType::Symlink => {
                    let target = entry.link_name()?.ok_or(io::ErrorKind::InvalidData)?.into_owned();
                    self.builder.append_link(&mut header, path, target)?;
                }
                EntryType::Link => {
                    let target = entry.link_name()?.as_deref().and_then(plain).ok_or(io::ErrorKind::InvalidData)?;
                    self.builder.append_link(&mut header, path, moved(&target))?;
                }
                EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                    header.set_entry_type(EntryType::Regular);
                    if let Some((_, _, guest)) = ACCOUNTS.into_iter().find(|(name, ..)| path == Path::new(name)) {
                        let mut text = String::new();
                        (&mut entry).take(MOST_OF_ACCOUNTS).read_to_string(&mut text)?;
                        self.append(&mut header, &path, with_guests(&text, guest).as_bytes())?;
                    } else {
                        header.set_size(entry.size());
                        self.builder.append_data(&mut header, path, &mut entry)?;
                    }
                }
                // A device, a pipe, or what only describes others.
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds a folder, unless something is there.
    pub(super) fn folder(&mut self, path: &str, mode: u32, owner: u32) -> io::Result<()> {
        let mut header = head(EntryType::Directory, mode);
        header.set_uid(owner.into());
        header.set_gid(owner.into());
        if self.seen.insert(path.into()) { self.append(&mut header, path.as_ref(), &[]) } else { Ok(()) }
    }

    /// Adds a file, unless something is there.
    pub(super) fn file(&mut self, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
        let new = self.seen.insert(path.into());
        if new { self.append(&mut head(EntryType::Regular, mode), path.as_ref(), bytes) } else { Ok(()) }
    }

    /// Adds a symbolic link, unless something is there.
    pub(super) fn link(&mut self, path: &str, target: &str) -> io::Result<()> {
        let new = self.seen.insert(path.into());
        if new { self.builder.append_link(&mut head(EntryType::Symlink, 0o777), path, target) } else { Ok(()) }
    }

    fn append(&mut self, header: &mut Header, path: &Path, bytes: &[u8]) -> io::Result<()> {
        header.set_size(bytes.len() as u64);
        self.builder.append_data(header, path, bytes)
    }

    /// Adds what is ours, and ends it.
    pub(super) fn finish(&mut self, program: &[u8]) -> io::Result<()> {
        let inside = |path: &'static str| path.trim_start_matches('/');
        self.folder(inside(WORK), 0o755, 0)?;
        for path in EMPTY {
            self.folder(path, if path == "tmp" { 0o1777 } else { 0o755 }, 0)?;
        }
        self.folder(inside(PROXY_SOCKET).trim_end_matches("/socket"), 0o755, 0)?;
        self.folder("home", 0o755, 0)?;
        self.folder(inside(HOME), 0o755, 0)?;
        self.folder("etc", 0o755, 0)?;
        for (path, root, guest) in ACCOUNTS {
            self.file(path, 0o644, with_guests(root, guest).as_bytes())?;
        }
        self.file(inside(PROGRAM), 0o755, program)?;
        self.builder.finish()?;
        self.builder.get_mut().flush()
    }
}

/// The files in which users stand, what is in them where there are none, and a guest as it stands there.
const ACCOUNTS: [(&str, &str, &str); 2] = [
    ("etc/passwd", "root:x:0:0:root:/root:/usr/sbin/nologin\n", "guest:x:ID:ID:Guest:/home/guest:/bin/sh"),
    ("etc/group", "root:x:0:\n", "guest:x:ID:"),
];

/// Such a file with our guests in it, once each: whichever of them a container's user is, that one's name is `guest`.
fn with_guests(text: &str, guest: &str) -> String {
    let others = text.lines().filter(|line| !line.starts_with("guest:") && !line.is_empty()).map(str::to_owned);
    let guests = OF_CONTAINERS.map(|id| guest.replace("ID", &id.to_string()));
    others.chain(guests).map(|line| line + "\n").collect()
}

fn head(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    // Nobody becomes another user by running a file, whatever else is forgotten.
    header.set_mode(if kind == EntryType::Directory { mode & 0o1777 } else { mode & 0o777 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header
}

/// A path within the root; none for the root itself, or for one that would leave it.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    (!plain.as_os_str().is_empty()).then_some(plain)
}

/// Whether something there would be ours, or the engine's.
fn is_ours(path: &Path) -> bool {
    let own = [HOME, PROGRAM].into_iter().any(|ours| path.starts_with(ours.trim_start_matches('/')));
    own || path == Path::new(".dockerenv") || EMPTY.into_iter().any(|empty| path.starts_with(empty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `fill` wrote: each path with its mode and its contents or target.
    fn written(fill: impl FnOnce(&mut Tree) -> io::Result<()>) -> BTreeMap<String, (u32, String)> {
        let sink = Sink::default();
        let mut tree = Tree::to(Box::new(sink.clone()));
        fill(&mut tree).unwrap();
        let bytes = sink.0.lock().unwrap().clone();
        let mut found = BTreeMap::new();
        for entry in Archive::new(bytes.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut text = entry.link_name().unwrap().map_or_else(String::new, |to| format!("-> {}", to.display()));
            entry.read_to_string(&mut text).unwrap();
            assert!(found.insert(path, (entry.header().mode().unwrap(), text)).is_none());
        }
        found
    }

    #[test]
    fn ours_alone_is_a_program_two_accounts_and_empty_folders() {
        let found = written(|tree| tree.finish(b"program"));
        assert_eq!(found["room"], (0o755, "program".to_owned()));
        assert_eq!(found["tmp"].0, 0o1777);
        assert!(found["etc/passwd"].1.ends_with("guest:x:61999:61999:Guest:/home/guest:/bin/sh\n"));
        assert!(found.contains_key("run/proxy") && found.contains_key("work") && found.contains_key("home/guest"));
        assert_eq!(found.values().filter(|(_, text)| !text.is_empty()).count(), 3, "{found:?}");
    }

    #[test]
    fn others_files_come_without_rights_devices_and_what_is_ours() {
        let mut builder = Builder::new(Vec::new());
        let mut add = |kind: EntryType, path: &str, mode: u32, target: Option<&str>, text: &str| {
            let mut header = Header::new_gnu();
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_size(text.len() as u64);
            match target {
                Some(target) => builder.append_link(&mut header, path, target).unwrap(),
                None => builder.append_data(&mut header, path, text.as_bytes()).unwrap(),
            }
        };
        let long = format!("usr/{}file", "deep/".repeat(60));
        add(EntryType::Directory, "./usr/bin/", 0o755, None, "");
        add(EntryType::Regular, "./usr/bin/su", 0o4755, None, "su");
        add(EntryType::Link, "usr/bin/su2", 0o755, Some("./bin/su"), "");
        add(EntryType::Symlink, "bin", 0o777, Some("usr/bin"), "");
        add(EntryType::Char, "dev/null", 0o666, None, "");
        add(EntryType::Block, "disk", 0o666, None, "");
        add(EntryType::Regular, "room", 0o755, None, "not ours");
        add(EntryType::Regular, ".dockerenv", 0o755, None, "");
        add(EntryType::Regular, "etc/passwd", 0o600, None, "node:x:1000:1000::/home/node:/bin/sh\nguest:x:1:1::/:\n");
        add(EntryType::Regular, &long, 0o644, None, "deep");
        let bytes = builder.into_inner().unwrap();
        let moved = |path: &Path| match path.strip_prefix("bin") {
            Ok(rest) if !rest.as_os_str().is_empty() => Path::new("usr/bin").join(rest),
            _ => path.to_owned(),
        };
        let found = written(|tree| {
            tree.copy(bytes.as_slice(), moved)?;
            tree.finish(b"program")
        });
        assert_eq!(found["usr/bin/su"], (0o755, "su".to_owned()));
        assert_eq!(found["usr/bin/su2"].1, "-> usr/bin/su");
        assert_eq!(found["bin"].1, "-> usr/bin");
        assert_eq!(found["room"].1, "program");
        assert_eq!(found[&long].1, "deep");
        for path in ["dev/null", "disk", ".dockerenv"] {
            assert!(!found.contains_key(path), "{path}");
        }
        let passwd = &found["etc/passwd"].1;
        assert!(
            passwd.starts_with("node:x:1000") && passwd.matches("\nguest:").count() == OF_CONTAINERS.len(),
            "{passwd}"
        );
    }
}
