//! What every template must hold, whatever the project is called.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;
use crate::colour::{Rgb, oklch, tests::contrast};

const HOSTILE: &str = r#"</title><script>alert(1)</script>" onload='x' \ {{slug|plain}} `rm` $(id) *&*"#;

fn rendered_from(template: &Template, title: &str) -> Vec<RenderedFile> {
    render(template, &ProjectName::with_title("pod-tracker", title).unwrap()).unwrap()
}

fn rendered(title: &str) -> Vec<RenderedFile> {
    rendered_from(&TEMPLATES[0], title)
}

fn text(files: &[RenderedFile], path: &str) -> String {
    let file = files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(file.bytes.clone()).unwrap()
}

fn paths(files: &[RenderedFile]) -> BTreeSet<&str> {
    files.iter().map(|file| file.path).collect()
}

#[test]
fn templates_are_found_by_name() {
    assert_eq!(template("pwa").unwrap().version, "2");
    let error = template("nope").unwrap_err();
    assert_eq!(error.to_string(), "There is no template “nope”; choose one of: pwa, react, leptos.");
}

#[test]
fn rendering_is_deterministic_and_counts_right() {
    for template in templates() {
        let files = rendered_from(template, "Pod");
        assert_eq!(files, rendered_from(template, "Pod"));
        assert_eq!(files.len(), template.files());
        assert_eq!(paths(&files).len(), files.len(), "each path once");
        assert!(files.iter().all(|file| !file.path.starts_with('/') && !file.path.contains("..")));
        assert!(paths(&files).contains("brief.md") && paths(&files).contains("README.md"));
        assert_eq!(template.commands.is_empty(), template.serves == ".", "what is built is served apart");
    }
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    fn list(folder: &Path, top: &Path, into: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                list(&entry.path(), top, into);
            } else {
                let path = entry.path().strip_prefix(top).unwrap().to_str().unwrap().to_owned();
                into.insert(if ["gitignore", "npmrc"].contains(&path.as_str()) { format!(".{path}") } else { path });
            }
        }
    }
    for template in templates() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(template.name);
        let mut stored = BTreeSet::new();
        list(&folder, &folder, &mut stored);
        // Taken from the template `pwa`.
        let shared: &[&str] = match template.name {
            "react" => &["src/tokens.css"],
            "leptos" => &[
                "app/js/store.js",
                "public/css/app.css",
                "public/css/tokens.css",
                "public/manifest.webmanifest",
                "public/offline.html",
            ],
            _ => &[],
        };
        stored.extend(shared.iter().map(|path| (*path).to_owned()));
        let texts = template.sources.iter().filter(|source| matches!(source.content, Content::Text(_)));
        assert_eq!(stored, texts.map(|source| source.path.to_owned()).collect());
    }
}

#[test]
fn no_template_leaves_a_mark_and_each_says_what_made_it() {
    for template in templates() {
        let files = rendered_from(template, "A title of peace");
        for file in files.iter().filter(|file| !file.path.contains("icons/")) {
            let text = text(&files, file.path);
            for escape in ["|html}}", "|json}}", "|md}}", "|plain}}"] {
                assert!(!text.contains(escape), "{} has a mark left", file.path);
            }
        }
        let made = format!("Made from the template {} {}.", template.name, template.version);
        assert!(text(&files, "README.md").contains(&made), "{made}");
    }
}

#[test]
fn in_the_react_app_a_hostile_title_is_only_text() {
    let template = template("react").unwrap();
    let (files, peace) = (rendered_from(template, HOSTILE), rendered_from(template, "A title of peace"));
    let differ: Vec<_> = files.iter().zip(&peace).filter(|(a, b)| a != b).map(|(file, _)| file.path).collect();
    assert_eq!(differ, ["README.md", "brief.md", "index.html", "src/name.ts", "vite.config.ts"]);
    let page = text(&files, "index.html");
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for (path, before) in [("src/name.ts", "NAME = "), ("vite.config.ts", "        name: ")] {
        let code = text(&files, path);
        let (_, rest) = code.split_once(before).unwrap();
        let value = serde_json::Deserializer::from_str(rest).into_iter::<String>().next().unwrap();
        assert_eq!(value.unwrap(), HOSTILE, "{path}");
    }
}

#[test]
fn in_the_rust_app_a_hostile_title_is_only_text() {
    let template = template("leptos").unwrap();
    let (files, peace) = (rendered_from(template, HOSTILE), rendered_from(template, "A title of peace"));
    let differ: Vec<_> = files.iter().zip(&peace).filter(|(a, b)| a != b).map(|(file, _)| file.path).collect();
    let expected = ["README.md", "brief.md", "public/index.html", "public/manifest.webmanifest", "public/offline.html"];
    assert_eq!(differ, expected);
    let page = text(&files, "public/index.html");
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("crossorigin=\"use-credentials\"") && !page.contains("://"));
    for url in quoted(&page, "href=\"/").into_iter().chain(quoted(&page, "src=\"/")) {
        assert!(url.starts_with("pkg/") || paths(&files).contains(format!("public/{url}").as_str()), "{url}");
    }
}

#[test]
fn the_rust_app_asks_for_the_tools_that_its_lock_file_fits() {
    let template = template("leptos").unwrap();
    let files = rendered_from(template, "Pod");
    let lock = text(&files, "Cargo.lock");
    let (_, rest) = lock.split_once("name = \"wasm-bindgen\"\nversion = \"").unwrap();
    let (version, _) = rest.split_once('"').unwrap();
    assert!(template.needs.iter().any(|tool| tool.check.contains(&format!("wasm-bindgen {version}\""))), "{version}");
    assert!(text(&files, "README.md").contains(&format!("--version {version}\n")));
    assert!(text(&files, "app/Cargo.toml").contains(&format!("wasm-bindgen = \"={version}\"")));
    assert!(text(&files, "public/sw.js").contains("const FILES = [];"), "where the export writes its list");
}

#[test]
fn the_react_app_names_exact_versions_and_no_registry() {
    let files = rendered_from(template("react").unwrap(), "Pod");
    let [package, lock] = ["package.json", "package-lock.json"]
        .map(|path| serde_json::from_str::<serde_json::Value>(&text(&files, path)).unwrap());
    assert_eq!((&package["name"], &lock["name"]), (&"pod-tracker".into(), &"pod-tracker".into()));
    for kind in ["dependencies", "devDependencies"] {
        for (name, version) in package[kind].as_object().unwrap() {
            assert_eq!(lock["packages"][""][kind][name], *version);
            assert_eq!(lock["packages"][format!("node_modules/{name}")]["version"], *version, "{name}");
        }
    }
    for (path, locked) in lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty()) {
        // What lies within another package is checked with that.
        assert!(locked["integrity"].is_string() || locked["inBundle"] == true, "{path} has a checksum");
        assert!(locked.get("resolved").is_none(), "{path} comes from any registry");
    }
    let config = text(&files, "vite.config.ts");
    assert!(config.contains("useCredentials: true"), "the manifest is fetched with the cookie that opens the app");
    for url in quoted(&config, "src: \"/").into_iter().chain(quoted(&text(&files, "index.html"), "href=\"/")) {
        assert!(paths(&files).contains(format!("public/{url}").as_str()), "{url}");
    }
}

#[test]
fn no_hostile_title_gets_through() {
    let files = rendered(HOSTILE);
    for path in ["index.html", "offline.html"] {
        let page = text(&files, path);
        assert!(!page.contains("<script>") && !page.contains("alert(1)</"), "{path}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{path}");
    }
    let manifest: serde_json::Value = serde_json::from_str(&text(&files, "manifest.webmanifest")).unwrap();
    assert_eq!(manifest["name"], HOSTILE);
    assert!(text(&files, "README.md").starts_with(r"# \<\/title\>\<script\>alert\(1\)"));
    for path in
        ["sw.js", "js/app.js", "js/list.js", "js/pwa.js", "js/store.js", "js/toast.js", "css/app.css", "css/tokens.css"]
    {
        assert!(!text(&files, path).contains("alert"), "{path}");
    }
}

#[test]
fn the_manifest_meets_what_chromium_asks_for_installing() {
    let files = rendered("Pod Tracker Deluxe");
    let manifest: serde_json::Value = serde_json::from_str(&text(&files, "manifest.webmanifest")).unwrap();
    assert_eq!((&manifest["name"], &manifest["short_name"]), (&"Pod Tracker Deluxe".into(), &"Pod Tracker".into()));
    for key in ["id", "start_url", "scope"] {
        assert_eq!(manifest[key], "/");
    }
    assert_eq!(manifest["display"], "standalone");
    let mut purposes = BTreeSet::new();
    for icon in manifest["icons"].as_array().unwrap().iter().filter(|icon| icon["type"] == "image/png") {
        let path = icon["src"].as_str().unwrap().trim_start_matches('/');
        let file = files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}"));
        let image = tiny_skia::Pixmap::decode_png(&file.bytes).unwrap();
        assert_eq!(icon["sizes"], format!("{}x{}", image.width(), image.height()));
        purposes.insert((icon["purpose"].as_str().unwrap().to_owned(), image.width()));
    }
    let expected = [("any", 192), ("any", 512), ("maskable", 512)].map(|(purpose, size)| (purpose.to_owned(), size));
    assert_eq!(purposes, BTreeSet::from(expected));
}

#[test]
fn the_manifest_is_fetched_with_the_cookie_that_opens_the_app() {
    let files = rendered("Pod");
    for page in ["index.html", "offline.html"] {
        let page = text(&files, page);
        let (_, link) = page.split_once("<link rel=\"manifest\"").unwrap();
        let (link, _) = link.split_once('>').unwrap();
        assert!(link.contains("crossorigin=\"use-credentials\""), "{link}");
    }
}

/// What stands between `before` and the next quote, each time.
fn quoted<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_file_that_is_named_is_there_and_nothing_comes_from_elsewhere() {
    let files = rendered("Pod");
    let there = |url: &str| url == "/" || paths(&files).contains(url.trim_start_matches('/'));
    for page in ["index.html", "offline.html"] {
        let page = text(&files, page);
        for url in quoted(&page, "href=\"").into_iter().chain(quoted(&page, "src=\"")) {
            assert!(url.is_empty() || url.starts_with('#') || there(url), "{url}");
        }
        assert!(!page.contains("://") && page.contains("default-src 'self'"));
    }
    let kept = text(&files, "sw.js");
    let kept: BTreeSet<_> = kept.lines().filter_map(|line| line.strip_prefix("  \"/")?.strip_suffix("\",")).collect();
    for path in paths(&files).into_iter().filter(|path| path.starts_with("js/") || path.starts_with("css/")) {
        assert!(kept.contains(path), "{path} is not kept for offline");
        assert!(!text(&files, path).contains("://"), "{path}");
        for module in quoted(&text(&files, path), "from \"./") {
            assert!(there(&format!("js/{module}")), "{path} imports {module}");
        }
    }
    for path in &kept {
        assert!(there(path) || path.is_empty(), "sw.js keeps {path}, which is not there");
    }
}

/// The value of a colour token, in the light or the dark half.
fn token(half: &str, name: &str, hue: f64) -> Rgb {
    let (_, rest) = half.split_once(&format!("--{name}: oklch(")).unwrap_or_else(|| panic!("no --{name}"));
    let (value, _) = rest.split_once(')').unwrap();
    let parts: Vec<&str> = value.split(' ').collect();
    let number = |part: &str| part.trim_end_matches('%').parse::<f64>().unwrap();
    let own = if parts[2] == "{{hue|plain}}" { hue } else { number(parts[2]) };
    oklch(number(parts[0]) / 100.0, number(parts[1]), own)
}

#[test]
fn text_can_be_read_by_day_and_by_night_in_every_hue() {
    let tokens = include_str!("../../templates/pwa/css/tokens.css");
    let (light, dark) = tokens.split_once("prefers-color-scheme: dark").unwrap();
    for half in [light, dark] {
        for hue in 0..360 {
            let token = |name| token(half, name, f64::from(hue));
            for ground in ["paper", "panel", "sunk"] {
                for ink in ["ink", "ink-2", "ink-3", "accent"] {
                    let ratio = contrast(token(ink), token(ground));
                    assert!(ratio >= 4.5, "{ink} on {ground} at hue {hue}: {ratio:.2}");
                }
            }
            assert!(contrast(token("accent-ink"), token("accent")) >= 4.5, "accent-ink at hue {hue}");
            assert!(contrast(token("rule-strong"), token("panel")) >= 3.0, "rule-strong on panel");
        }
    }
}

#[test]
fn the_browser_is_painted_in_the_colour_of_the_page() {
    let tokens = include_str!("../../templates/pwa/css/tokens.css");
    let (light, dark) = tokens.split_once("prefers-color-scheme: dark").unwrap();
    let (light, dark) = (token(light, "paper", 0.0).hex(), token(dark, "paper", 0.0).hex());
    let files = rendered("Pod");
    for page in ["index.html", "offline.html"] {
        let page = text(&files, page);
        assert!(page.contains(&format!("(prefers-color-scheme: light)\" content=\"{light}\"")), "{light}");
        assert!(page.contains(&format!("(prefers-color-scheme: dark)\" content=\"{dark}\"")), "{dark}");
    }
    let react = rendered_from(template("react").unwrap(), "Pod");
    for (path, said) in [
        ("index.html", format!("(prefers-color-scheme: light)\" content=\"{light}\"")),
        ("index.html", format!("(prefers-color-scheme: dark)\" content=\"{dark}\"")),
        ("vite.config.ts", format!("theme_color: \"{light}\"")),
        ("vite.config.ts", format!("background_color: \"{light}\"")),
    ] {
        assert!(text(&react, path).contains(&said), "{path}: {said}");
    }
    let manifest: serde_json::Value = serde_json::from_str(&text(&files, "manifest.webmanifest")).unwrap();
    assert_eq!((&manifest["theme_color"], &manifest["background_color"]), (&light.clone().into(), &light.into()));
}
