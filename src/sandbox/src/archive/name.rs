//! Which names may be in an archive, and where a link may lead.

use super::{Limits, refused, shown};
use crate::Fault;

/// Most bytes in one name, on every file system there is.
const MOST_NAME: usize = 255;

/// The names that a path consists of, from the top folder; none for the top folder itself.
pub(super) fn path(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, Fault> {
    let text = plain(bytes)?;
    if text.len() > limits.path_bytes {
        return Err(refused(format!("the path {} is longer than {} bytes.", shown(bytes), limits.path_bytes)));
    }
    if text.starts_with('/') {
        return Err(refused(format!("{} is absolute.", shown(bytes))));
    }
    // As `tar` writes them: from `./`, and folders with a slash at their end.
    let text = text.strip_suffix('/').unwrap_or(text);
    let text = if text == "." { "" } else { text.strip_prefix("./").unwrap_or(text) };
    if text.is_empty() {
        return if bytes.is_empty() { Err(refused("a name is empty.")) } else { Ok(Vec::new()) };
    }
    let names = text.split('/').map(|name| single(name).map(|()| name.to_owned())).collect::<Result<Vec<_>, _>>()?;
    if names.len() > limits.depth {
        return Err(refused(format!("{} lies more than {} folders deep.", shown(bytes), limits.depth)));
    }
    Ok(names)
}

/// One name of a path.
pub(super) fn single(name: &str) -> Result<(), Fault> {
    match name {
        "" => Err(refused("a name is empty.")),
        "." | ".." => Err(refused(format!("a path leads through {}.", shown(name)))),
        _ if name.len() > MOST_NAME => Err(refused(format!("the name {} is too long.", shown(name)))),
        _ if is_git(name) => Err(refused(format!("nothing may be called {}: git would obey it.", shown(name)))),
        _ => Ok(()),
    }
}

/// Where a link in a folder `depth` folders below the top leads, if that is inside.
///
/// `..` stands only at its beginning: past a name, which may be a link itself, it would not lead where it seems to.
pub(super) fn target(link: &str, bytes: &[u8], depth: usize, limits: &Limits) -> Result<String, Fault> {
    let text = plain(bytes)?;
    let out = || Err(refused(format!("the link {} leads out: {}.", shown(link), shown(text))));
    if text.is_empty() || text.len() > limits.path_bytes || text.starts_with('/') {
        return out();
    }
    let (mut up, mut down) = (0, false);
    for name in text.strip_suffix('/').unwrap_or(text).split('/') {
        match name {
            "." => {}
            ".." if down => return out(),
            ".." => up += 1,
            name => {
                single(name)?;
                down = true;
            }
        }
    }
    if up > depth { out() } else { Ok(text.to_owned()) }
}

/// Refuses links with a name that git reads settings from: it refuses them too.
pub(super) fn link(name: &str) -> Result<(), Fault> {
    let folded = folded(name);
    let short = folded.starts_with("gi") && folded.contains('~');
    if folded.starts_with(".git") || folded.starts_with(".mailmap") || short {
        return Err(refused(format!("{} is a link, and git reads its settings by that name.", shown(name))));
    }
    Ok(())
}

/// Text without anything that a terminal or a log would take for more than text.
fn plain(bytes: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| refused(format!("the name {} is not UTF-8.", shown(bytes))))?;
    if text.chars().any(char::is_control) {
        return Err(refused(format!("the name {} has control characters.", shown(bytes))));
    }
    Ok(text)
}

/// Whether some system would take the name for git's folder: as git itself judges for Windows and for macOS, which
/// is also where backslashes separate names.
fn is_git(name: &str) -> bool {
    folded(name).split('\\').any(|name| {
        // A colon begins the name of a stream of a file; dots and spaces at the end are dropped.
        let name = name.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
        name == ".git" || name == "git~1"
    })
}

/// Without case, and without what the file system of macOS leaves out of account.
fn folded(name: &str) -> String {
    let counts = |c: &char| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    name.chars().filter(counts).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        path(bytes, &Limits::default()).map(|names| names.join("|")).map_err(|fault| fault.to_string())
    }

    #[test]
    fn plain_paths_are_read() {
        for (written, names) in [
            ("a", "a"),
            ("./a/b", "a|b"),
            ("a/b/", "a|b"),
            ("./", ""),
            (".", ""),
            ("...", "..."),
            (".gitignore", ".gitignore"),
            (".github/workflows", ".github|workflows"),
            ("git~2", "git~2"),
            ("a.git", "a.git"),
            ("C:", "C:"),
        ] {
            assert_eq!(read(written.as_bytes()).as_deref(), Ok(names), "{written}");
        }
    }

    #[test]
    fn every_other_path_is_refused() {
        for written in [
            "",
            "/",
            "/etc/passwd",
            "//a",
            "a//b",
            "..",
            "../a",
            "a/..",
            "a/../b",
            "a/./b",
            "./..",
            "././a",
            "a\0b",
            "a\nb",
            "a\x1b[31m",
            "a\u{85}",
            ".git",
            "a/.git/config",
            ".GIT",
            ".Git",
            ".git.",
            ".git ",
            ".git . .",
            ".git::$INDEX_ALLOCATION",
            "git~1",
            "GIT~1",
            "GIT~1.",
            ".g\u{200c}it",
            "\u{feff}.git",
            "a\\.git\\x",
            ".\u{206a}GIT",
        ] {
            assert!(read(written.as_bytes()).is_err(), "{written:?}");
        }
        assert!(read(b"\xff").is_err());
        assert!(read(&[b'a'; 256]).is_err());
        assert!(read("a/".repeat(33).as_bytes()).is_err());
        assert!(read("aaaaaaaaaaaaaaaa/".repeat(100).as_bytes()).unwrap_err().contains("longer"));
    }

    #[test]
    fn a_link_stays_inside() {
        let limits = Limits::default();
        for (to, depth) in [("a", 0), ("./a", 0), ("../a", 1), ("../../a/b", 2), ("..", 1), ("a/b/", 0), (".", 0)] {
            assert_eq!(target("l", to.as_bytes(), depth, &limits).unwrap(), to);
        }
        for (to, depth) in [
            ("", 9),
            ("/etc", 9),
            ("..", 0),
            ("../..", 1),
            ("./../..", 1),
            ("a/..", 9),
            ("a/../../..", 9),
            ("a//b", 9),
            (".git/config", 9),
            ("../.git/hooks", 9),
            ("a\0b", 9),
            ("a\nb", 9),
        ] {
            assert!(target("l", to.as_bytes(), depth, &limits).is_err(), "{to:?} at {depth}");
        }
    }

    #[test]
    fn what_git_reads_is_no_link() {
        for name in [".gitmodules", ".gitattributes", ".GITIGNORE", ".mailmap", "GITMOD~1", "gi7eba~1", ".git\u{200d}x"]
        {
            assert!(link(name).is_err(), "{name}");
        }
        for name in ["gitmodules", "give", "a~1", "mailmap"] {
            link(name).unwrap();
        }
    }

    proptest! {
        #[test]
        fn names_that_are_read_are_plain(written in "(/|\\.|\\.\\.|\\./|git|GIT|~1|:|\\\\| |[a-c]|\0|\u{200c}|\\PC|\\pC){0,12}") {
            if let Ok(names) = path(written.as_bytes(), &Limits::default()) {
                for name in names {
                    prop_assert!(!name.is_empty() && name != "." && name != ".." && name.len() <= 255);
                    prop_assert!(!name.contains('/') && !name.chars().any(char::is_control));
                    prop_assert_ne!(name.to_lowercase(), ".git");
                }
            }
        }

        #[test]
        fn a_target_that_is_taken_never_climbs_out(to in "(\\.\\./|\\./|[a-c]/|\\.\\.|[a-c]){0,10}", depth in 0..4_usize) {
            if let Ok(to) = target("l", to.as_bytes(), depth, &Limits::default()) {
                let mut at = i64::try_from(depth).unwrap();
                for name in to.split('/') {
                    at += match name { "" | "." => 0, ".." => -1, _ => 1 };
                    prop_assert!(at >= 0, "{}", to);
                }
            }
        }
    }
}
