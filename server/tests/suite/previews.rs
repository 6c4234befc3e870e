//! Previews: a project's files under a name of their own, and nothing of the workshop.

use domain::Project;
use projects::Origin;
use store::testing::owner;

use crate::http::{Ask, ask};
use crate::workshop::Workshop;

async fn project(workshop: &Workshop) -> Project {
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&owner(), "pod-tracker", None, Origin::default()).await.unwrap();
    projects.finished(&begun).await.unwrap()
}

fn preview(workshop: &Workshop, method: &'static str, slug: &str, path: &str) -> Ask {
    ask(workshop.address, method, path).header("host", &format!("{slug}.localhost:{}", workshop.address.port()))
}

#[tokio::test]
async fn an_app_is_shown_under_its_own_name() {
    let workshop = Workshop::open().await;
    project(&workshop).await;
    let index = preview(&workshop, "GET", "pod-tracker", "/").send().await;
    assert_eq!((index.status, index.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(index.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(index.header("set-cookie"), None);
    let worker = preview(&workshop, "GET", "pod-tracker", "/sw.js").send().await;
    assert_eq!((worker.status, worker.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    let tag = index.header("etag").unwrap();
    let again = preview(&workshop, "GET", "pod-tracker", "/").header("if-none-match", tag).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = preview(&workshop, "HEAD", "pod-tracker", "/").send().await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    workshop.close().await;
}

#[tokio::test]
async fn nothing_of_the_workshop_is_under_an_apps_name() {
    let workshop = Workshop::open().await;
    project(&workshop).await;
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
            let answer = preview(&workshop, method, "pod-tracker", path)
                .header("accept", "text/event-stream, text/html")
                .send()
                .await;
            assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
        }
    }
    let nobody = preview(&workshop, "GET", "no-such-app", "/").send().await;
    assert_eq!(nobody.status, 404);
    assert!(nobody.text().contains("/scaffold"), "{}", nobody.text());
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
