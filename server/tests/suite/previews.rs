//! Previews: a project's files under a name of their own, and nothing of the workshop.

use domain::Project;
use projects::Origin;
use store::testing::owner;

use crate::cookies;
use crate::http::{Ask, ask, get};
use crate::workshop::Workshop;

async fn project(workshop: &Workshop) -> Project {
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&owner(), "pod-tracker", None, Origin::default()).await.unwrap();
    projects.finished(&begun).await.unwrap()
}

/// The app `pod-tracker`, opened by `owner`.
struct App<'a> {
    workshop: &'a Workshop,
    cookie: String,
}

impl<'a> App<'a> {
    async fn open(workshop: &'a Workshop) -> Self {
        project(workshop).await;
        let session = cookies::of(workshop.address).unwrap();
        Self { workshop, cookie: cookies::of_app(workshop.address, &session, "pod-tracker").await }
    }

    fn ask(&self, method: &'static str, path: &str) -> Ask {
        let to = self.workshop.address;
        let host = format!("pod-tracker.localhost:{}", to.port());
        ask(to, method, path).header("host", &host).header("cookie", &self.cookie)
    }
}

#[tokio::test]
async fn an_app_is_shown_under_its_own_name() {
    let workshop = Workshop::open().await;
    let app = App::open(&workshop).await;
    let index = app.ask("GET", "/").send().await;
    assert_eq!((index.status, index.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(index.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(index.header("set-cookie"), None);
    assert_eq!(index.header("cache-control"), Some("private, no-cache"), "for no cache that others share");
    assert_eq!(index.header("cross-origin-resource-policy"), Some("same-origin"));
    let worker = app.ask("GET", "/sw.js").send().await;
    assert_eq!((worker.status, worker.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    let tag = index.header("etag").unwrap();
    let again = app.ask("GET", "/").header("if-none-match", tag).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = app.ask("HEAD", "/").send().await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    workshop.close().await;
}

#[tokio::test]
async fn nothing_of_the_workshop_is_under_an_apps_name() {
    let workshop = Workshop::open().await;
    let app = App::open(&workshop).await;
    for path in [
        "/api/v1/workshop",
        "/api/v1/events",
        "/healthz",
        "/readyz",
        "/conversations",
        "/pkg/tatwats.js",
        "/.git/config",
        "/..%2f..%2ftatwats.db",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = app.ask(method, path).header("accept", "text/event-stream, text/html").send().await;
            assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
        }
    }
    workshop.close().await;
}

#[tokio::test]
async fn an_apps_code_cannot_act_as_the_workshops_user() {
    let workshop = Workshop::open().await;
    let project = project(&workshop).await;
    let origin = format!("http://{}.localhost:{}", project.slug, workshop.address.port());
    let body = serde_json::json!({ "title": "Forged" });
    let answer = ask(workshop.address, "POST", "/api/v1/conversations")
        .header("origin", &origin)
        .header("sec-fetch-site", "same-site")
        .json(&body)
        .send()
        .await;
    assert_eq!(answer.status, 403);
    workshop.close().await;
}

/// Files that no path may lead to, by what stands in them.
const SECRETS: [&str; 4] = ["kept from all paths", "[core]", "root:x:0:", "SQLite format 3"];

/// The ways in which a path can say “up” and “from the top”, raw and encoded once, twice, too long, and with ends cut off.
const UP: [&str; 16] = [
    "../",
    "..%2f",
    "..%2F",
    "%2e%2e/",
    "%2e%2e%2f",
    ".%2e/",
    "%252e%252e%252f",
    "..%252f",
    "..\\",
    "..%5c",
    "%2e%2e%5c",
    "..;/",
    "....//",
    ".%00./",
    "%c0%ae%c0%ae/",
    "%u002e%u002e/",
];

#[tokio::test]
async fn no_path_leads_out_of_what_it_is_for() {
    let workshop = Workshop::with_files(|data| std::fs::write(data.join("secret.txt"), SECRETS[0]).unwrap()).await;
    let app = App::open(&workshop).await;
    let folder = workshop.data.join("projects/pod-tracker");
    std::os::unix::fs::symlink("../../secret.txt", folder.join("link.txt")).unwrap();
    std::fs::write(workshop.data.join("tatwats.db"), SECRETS[3]).unwrap();
    let mut tails = vec!["/etc/passwd".to_owned(), "%2fetc%2fpasswd".into(), "%2Fetc/passwd%00.html".into()];
    tails
        .extend([".git/config", "%2egit/config", ".git%2fconfig", "link.txt", "file:///etc/passwd"].map(str::to_owned));
    for up in UP {
        for count in [1, 2, 3, 8] {
            let up = up.repeat(count);
            tails.extend(
                ["secret.txt", "tatwats.db", "etc/passwd", "pod-tracker/.git/config"].map(|end| format!("{up}{end}")),
            );
        }
        tails.push(format!("js/{up}{up}{up}secret.txt"));
    }
    let workshop_paths =
        ["/", "/pkg/", "/icons/", "/api/v1/projects/pod-tracker/files/", "/api/v1/helpers/", "/api/v1/projects/"];
    for tail in &tails {
        let mut answers = vec![(format!("preview /{tail}"), app.ask("GET", &format!("/{tail}")))];
        for path in workshop_paths {
            let ends = if path.ends_with("helpers/") { "/log.txt" } else { "" };
            answers.push((format!("{path}{tail}"), get(workshop.address, &format!("{path}{tail}{ends}"))));
        }
        let by_function = serde_json::json!({ "slug": "pod-tracker", "path": tail });
        answers
            .push((format!("file {tail}"), ask(workshop.address, "POST", "/api/fn/project_file").json(&by_function)));
        for (what, asked) in answers {
            let answer = asked.send().await;
            let text = answer.text();
            // A repository's file that is not there is `null` to a page.
            let nothing =
                matches!(answer.status, 303 | 307 | 308 | 400..500) || (answer.status == 200 && text == "null");
            assert!(nothing, "{what}: {} {text}", answer.status);
            assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{what}: {text}");
        }
    }
    workshop.close().await;
}
