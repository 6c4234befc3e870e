//! Every file of the app is found, and no path leads out of it.

use std::{fs, io::Read as _, os::unix::fs::symlink, path::Path, sync::LazyLock};

use nix::{sys::stat::Mode, unistd::mkfifo};
use proptest::prelude::*;

use super::*;

const SECRET: &str = "SECRET";

/// A project with traps, beside things that must not be seen. Its open files say their own path.
fn trapped() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let project = root.path().join("pod-tracker");
    for folder in ["js", "docs/deep", ".git", "empty", "index.html.d"] {
        fs::create_dir_all(project.join(folder)).unwrap();
    }
    for path in
        ["index.html", "js/app.js", "sw.js", "manifest.webmanifest", "docs/index.html", "docs/deep/a b.txt", "x.pipe"]
    {
        fs::write(project.join(path), path).unwrap();
    }
    fs::write(root.path().join("passwd"), SECRET).unwrap();
    fs::create_dir(root.path().join("other")).unwrap();
    fs::write(root.path().join("other/index.html"), SECRET).unwrap();
    fs::write(project.join(".git/config"), SECRET).unwrap();
    fs::write(project.join(".env"), SECRET).unwrap();
    symlink("../passwd", project.join("link.txt")).unwrap();
    symlink("..", project.join("up")).unwrap();
    symlink("/etc", project.join("etc")).unwrap();
    symlink(".git", project.join("js/git")).unwrap();
    symlink("index.html", project.join("inside.html")).unwrap();
    symlink("pod-tracker", root.path().join("linked")).unwrap();
    mkfifo(&project.join("pipe"), Mode::S_IRWXU).unwrap();
    root
}

fn file(root: &Path, path: &str) -> Option<PreviewFile> {
    match resolve(root, "pod-tracker", ".", path).unwrap() {
        Some(Preview::File(file)) => Some(file),
        _ => None,
    }
}

#[test]
fn files_and_folders_are_found() {
    let root = trapped();
    for (url, path, content_type) in [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/index.html", "index.html", "text/html; charset=utf-8"),
        ("/js/app.js", "js/app.js", "text/javascript; charset=utf-8"),
        ("/sw.js", "sw.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "manifest.webmanifest", "application/manifest+json"),
        ("/docs/", "docs/index.html", "text/html; charset=utf-8"),
        ("/docs/deep/a%20b.txt", "docs/deep/a b.txt", "text/plain; charset=utf-8"),
    ] {
        let mut found = file(root.path(), url).unwrap_or_else(|| panic!("no {url}"));
        let mut content = String::new();
        found.file.read_to_string(&mut content).unwrap();
        assert_eq!((content.as_str(), found.path.as_str(), found.content_type), (path, path, content_type));
        assert_eq!((found.len, found.cache_control), (path.len() as u64, "private, no-cache"));
    }
}

#[test]
fn a_folder_without_its_slash_is_sent_on() {
    let root = trapped();
    for (url, to) in [("/docs", "/docs/"), ("/docs/deep", "/docs/deep/"), ("/%64ocs", "/docs/")] {
        match resolve(root.path(), "pod-tracker", ".", url).unwrap() {
            Some(Preview::Redirect(location)) => assert_eq!(location, to),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[test]
fn nothing_else_is_found() {
    let root = trapped();
    for url in [
        "",
        "index.html",
        "/missing",
        "/js/",
        "/empty/",
        "/index.html/",
        "/js/app.js/x",
        "/.git/config",
        "/.git/",
        "/.git",
        "/.env",
        "/link.txt",
        "/up/passwd",
        "/up/",
        "/up",
        "/etc/passwd",
        "/js/git/config",
        "/inside.html",
        "/pipe",
        "/../passwd",
        "/%2e%2e/passwd",
        "/js/../../passwd",
        "//index.html",
        "/js//app.js",
        "/docs/%2e%2e/index.html",
        "/..%2fpasswd",
    ] {
        assert!(resolve(root.path(), "pod-tracker", ".", url).unwrap().is_none(), "{url}");
    }
    assert!(resolve(root.path(), "pod-tracker", ".", &format!("/{}", "a".repeat(300))).unwrap().is_none());
    for slug in ["linked", "..", ".", "", "other/../pod-tracker", "missing", ".staging"] {
        assert!(resolve(root.path(), slug, ".", "/").unwrap().is_none(), "{slug}");
    }
}

#[test]
fn only_the_folder_that_is_served_is_seen() {
    let root = trapped();
    let project = root.path().join("pod-tracker");
    let look = |serves: &str, url: &str| resolve(root.path(), "pod-tracker", serves, url).unwrap();
    assert!(look("dist", "/").is_none(), "nothing is built yet");
    fs::create_dir_all(project.join("dist/assets")).unwrap();
    fs::write(project.join("dist/index.html"), "built").unwrap();
    symlink("../../sw.js", project.join("dist/assets/sw.js")).unwrap();
    match look("dist", "/") {
        Some(Preview::File(mut found)) => {
            let mut content = String::new();
            found.file.read_to_string(&mut content).unwrap();
            assert_eq!((content.as_str(), found.path.as_str()), ("built", "index.html"));
        }
        other => panic!("{other:?}"),
    }
    match look("dist", "/assets") {
        Some(Preview::Redirect(location)) => assert_eq!(location, "/assets/"),
        other => panic!("{other:?}"),
    }
    for url in ["/sw.js", "/dist/index.html", "/../sw.js", "/assets/sw.js", "/js/app.js"] {
        assert!(look("dist", url).is_none(), "{url}");
    }
    // Whoever builds may leave a link in its place.
    fs::rename(project.join("dist"), project.join("was")).unwrap();
    for to in ["was", "../other", ".git", "/etc"] {
        symlink(to, project.join("dist")).unwrap();
        assert!(look("dist", "/").is_none() && look("dist", "/index.html").is_none(), "{to}");
        fs::remove_file(project.join("dist")).unwrap();
    }
}

#[test]
fn an_etag_changes_with_its_file_and_only_then() {
    let root = trapped();
    let etag = || file(root.path(), "/sw.js").unwrap().etag;
    let before = etag();
    assert_eq!(before, etag());
    assert!(before.starts_with("W/\"") && before.ends_with('"'));
    fs::write(root.path().join("pod-tracker/sw.js"), "longer than before").unwrap();
    assert_ne!(before, etag());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_path_leads_out(path in "(/|\\.|\\.\\.|%2e|%2E%2e|%2f|%5c|\\\\|%00|index\\.html|js|docs|\\.git|config|up|etc|passwd|link\\.txt|other|deep|pod-tracker|\\PC){0,12}") {
        static ROOT: LazyLock<tempfile::TempDir> = LazyLock::new(trapped);
        for path in [path.clone(), format!("/{path}")] {
            if let Some(mut found) = file(ROOT.path(), &path) {
                let mut content = String::new();
                found.file.read_to_string(&mut content).unwrap();
                // Each file that may be seen says its own path; anything else would not match.
                prop_assert_eq!(&content, &found.path, "{}", path);
            }
        }
    }
}
