//! What holds for all of REST: problem documents, wrong paths and methods, types of bodies, the documents.

use std::path::Path;

use serde_json::{Value, json};
use server::api::document::files;

use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;

fn is_problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text());
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
    assert!(problem["request_id"].is_string(), "{problem}");
    problem
}

#[tokio::test]
async fn wrong_paths_methods_and_ids_are_problems() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    for path in [
        "/api/v1/nothing",
        "/api/v1/conversations/",
        "/api/v1/conversations/not-an-id",
        "/api/v1/conversations/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "/api/v1/messages/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "/api/v1/deliveries/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "/api/v1/tasks/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
        "/api/v1/helpers/nobody",
        "/api/v1/helpers/No-body",
        "/api/v1/projects/nothing",
        "/api/v1/projects/nothing/files/index.html",
        "/api/v1/projects/nothing/commits",
        "/api/v2/conversations",
    ] {
        assert_eq!(is_problem(&get(to, path).send().await, 404)["code"], "not_found", "{path}");
    }
    let answer = ask(to, "DELETE", "/api/v1/conversations").send().await;
    is_problem(&answer, 405);
    let allowed = answer.header("allow").unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    is_problem(&ask(to, "POST", "/api/v1/openapi.json").send().await, 405);
    workshop.close().await;
}

#[tokio::test]
async fn bodies_that_are_no_json_are_problems() {
    let workshop = Workshop::open().await;
    let post = || ask(workshop.address, "POST", "/api/v1/conversations");
    is_problem(&post().send().await, 415);
    is_problem(&post().header("content-type", "text/plain").body("{\"title\":\"x\"}").send().await, 415);
    let json = || post().header("content-type", "application/json; charset=utf-8");
    for (body, code) in [
        ("", "malformed"),
        ("{", "malformed"),
        ("{\"title\":\"x\"} x", "malformed"),
        ("{\"title\":\"\\ud800\"}", "malformed"),
    ] {
        assert_eq!(is_problem(&json().body(body).send().await, 400)["code"], code, "{body}");
    }
    for body in ["[]", "7", "null"] {
        is_problem(&json().body(body).send().await, 422);
    }
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(matches!(json().body(&format!("{{\"title\":{deep}}}")).send().await.status, 400 | 422));
    for size in [600 * 1024, 1100 * 1024] {
        let large = json!({ "title": "x".repeat(size) }).to_string();
        assert_eq!(is_problem(&json().body(&large).send().await, 413)["code"], "too_large");
    }
    assert_eq!(json().body("{\"title\":\"x\"}").send().await.status, 201);
    workshop.close().await;
}

#[tokio::test]
async fn every_list_refuses_parameters_it_does_not_know() {
    let workshop = Workshop::open().await;
    for list in ["conversations", "search", "deliveries", "tasks", "events/page"] {
        let answer = get(workshop.address, &format!("/api/v1/{list}?q=x&limitt=5")).send().await;
        let problem = is_problem(&answer, 422);
        assert!(problem["field"] == "limitt" || problem["field"] == "q", "{list}: {problem}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn answers_are_not_kept_by_browsers_and_head_is_a_get_without_its_body() {
    let workshop = Workshop::open().await;
    let answer = ask(workshop.address, "HEAD", "/api/v1/helpers").send().await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    workshop.close().await;
}

#[tokio::test]
async fn the_documents_are_served_and_readable() {
    let workshop = Workshop::open().await;
    let document = get(workshop.address, "/api/v1/openapi.json").send().await;
    assert_eq!((document.status, document.text().as_str()), (200, files::openapi_text()));
    assert_eq!(document.json()["openapi"].as_str().map(|version| &version[..2]), Some("3."));
    let stream = get(workshop.address, "/api/v1/asyncapi.json").send().await;
    assert_eq!(stream.json()["asyncapi"], "3.0.0");
    assert_eq!(get(workshop.address, "/api/v1").send().await.status, 200);
    let page = get(workshop.address, "/api/v1/").send().await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(page.text().contains("POST") && page.text().contains("/api/v1/projects"));
    workshop.close().await;
}

/// Each path of the document leads to an endpoint, and each method it names is allowed there.
#[tokio::test]
async fn the_document_tells_of_what_is_there() {
    let workshop = Workshop::open().await;
    let document = get(workshop.address, "/api/v1/openapi.json").send().await.json();
    for (path, item) in document["paths"].as_object().unwrap() {
        let filled = path
            .replace("{id}", "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071")
            .replace("/helpers/{name}", "/helpers/nobody")
            .replace("{name}", "nothing")
            .replace("{path}", "a/b");
        let answer = ask(workshop.address, "TRACE", &filled).send().await;
        assert_eq!(answer.status, 405, "{path}");
        let allowed = answer.header("allow").unwrap_or_default().to_lowercase();
        for method in item.as_object().unwrap().keys() {
            assert!(allowed.contains(method.as_str()), "{method} {path}: {allowed}");
        }
    }
    workshop.close().await;
}

#[test]
fn the_checked_in_documents_are_as_the_code_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    assert_eq!(files::drifted(&folder), Vec::<&str>::new(), "run: tatwats docs docs");
}
