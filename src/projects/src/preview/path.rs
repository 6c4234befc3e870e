//! Web paths as lists of plain names.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What may stand in a path as it is (RFC 3986, unreserved).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest path that is looked at, in bytes.
const MAX: usize = 4096;

/// A checked web path.
#[derive(Debug, PartialEq)]
pub(super) struct WebPath {
    /// Decoded names: none is empty, hidden (which rules out `.`, `..` and `.git`) or holds a separator or control.
    pub(super) names: Vec<String>,
    /// Whether it ended with a slash.
    pub(super) folder: bool,
}

impl WebPath {
    /// The same path, encoded, with a slash at its end.
    pub(super) fn as_folder(&self) -> String {
        let mut path = String::from("/");
        for name in &self.names {
            path.extend(utf8_percent_encode(name, PLAIN));
            path.push('/');
        }
        path
    }
}

/// Reads a path as it stands in a request. It is decoded once, name by name, so an encoded slash cannot make a folder.
pub(super) fn parse(path: &str) -> Option<WebPath> {
    let path = path.strip_prefix('/')?;
    if path.len() > MAX {
        return None;
    }
    if path.is_empty() {
        return Some(WebPath { names: Vec::new(), folder: true });
    }
    let (path, folder) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
    let names = path.split('/').map(name).collect::<Option<_>>()?;
    Some(WebPath { names, folder })
}

fn name(encoded: &str) -> Option<String> {
    let name = percent_decode_str(encoded).decode_utf8().ok()?;
    let plain =
        !name.is_empty() && !name.starts_with('.') && !name.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    plain.then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_paths_are_read() {
        let read = |path: &str| parse(path).map(|p| (p.names.join("|"), p.folder));
        assert_eq!(read("/"), Some((String::new(), true)));
        assert_eq!(read("/js/app.js"), Some(("js|app.js".to_owned(), false)));
        assert_eq!(read("/docs/"), Some(("docs".to_owned(), true)));
        assert_eq!(read("/caf%C3%A9%20au%20lait.txt"), Some(("café au lait.txt".to_owned(), false)));
        assert_eq!(read("/%252e%252e/x"), Some(("%2e%2e|x".to_owned(), false)), "decoded once");
    }

    #[test]
    fn every_other_path_is_refused() {
        for path in [
            "",
            "x",
            "//",
            "//evil.example/",
            "/a//b",
            "/.git/config",
            "/a/.git",
            "/..",
            "/../x",
            "/a/..",
            "/.",
            "/%2e%2e/x",
            "/%2E./x",
            "/.%2e/x",
            "/a%2fb",
            "/..%2f..%2fetc%2fpasswd",
            "/..%5c..",
            "/a\\b",
            "/a%00",
            "/a%0ab",
            "/%ff",
            "/%2egit/config",
            "/C%3A%5cx",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(4097))), None);
    }

    #[test]
    fn a_folder_is_encoded_again() {
        let path = parse("/caf%C3%A9/a%3Fb%23c%2525").unwrap();
        assert_eq!(path.as_folder(), "/caf%C3%A9/a%3Fb%23c%2525/");
        assert_eq!(parse(&path.as_folder()).unwrap().names, path.names);
    }

    proptest! {
        #[test]
        fn what_is_read_holds_only_plain_names(path in "(/|%2[eEfF]|%5[cC]|\\.|[a-c]|%00|%25|é|\\PC){0,24}") {
            if let Some(read) = parse(&path) {
                for name in &read.names {
                    prop_assert!(!name.is_empty() && !name.starts_with('.'), "{name:?}");
                    prop_assert!(!name.contains(['/', '\\', '\0']), "{name:?}");
                }
                let folder = read.as_folder();
                prop_assert!(folder.starts_with('/') && !folder.starts_with("//") && folder.is_ascii());
                prop_assert_eq!(parse(&folder).map(|again| again.names), Some(read.names));
            }
        }
    }
}
