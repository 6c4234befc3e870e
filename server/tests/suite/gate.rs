//! Who may come in: names, origins, and what every answer tells the browser.

use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;

use crate::http::{ask, get};
use crate::workshop::Workshop;

#[tokio::test]
async fn other_names_lead_nowhere() {
    let workshop = Workshop::open().await;
    let port = workshop.address.port();
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "localhost",
        "localhost:1",
        &format!("workshop.localhost.evil.example:{port}"),
    ] {
        let answer = get(workshop.address, "/healthz").header("host", host).send().await;
        assert_eq!(answer.status, 421, "{host}");
    }
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        assert_eq!(get(workshop.address, "/healthz").header("host", &host).send().await.status, 200, "{host}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn another_page_cannot_act_here() {
    let workshop = Workshop::open().await;
    let port = workshop.address.port();
    let body = json!({ "title": "Forged" });
    let preview = format!("http://pods.localhost:{port}");
    for (name, value) in [
        ("origin", preview.as_str()),
        ("origin", "null"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let answer =
            ask(workshop.address, "POST", "/api/v1/conversations").header(name, value).json(&body).send().await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        let problem = answer.json();
        assert_eq!(problem["code"], "forbidden");
        assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
    }
    let own = format!("http://{}", workshop.address);
    let answer = ask(workshop.address, "POST", "/api/v1/conversations").header("origin", &own).json(&body).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(workshop.store.conversations(None, 10).await.unwrap().len(), 1);
    workshop.close().await;
}

#[tokio::test]
async fn no_server_function_can_be_called_from_another_page() {
    let workshop = Workshop::open().await;
    let functions: Vec<_> = server_fn_paths().collect();
    assert!(!functions.is_empty());
    for (path, method) in functions {
        assert!(path.starts_with("/api/fn/"), "{path}");
        let method = if method == axum::http::Method::GET { "GET" } else { "POST" };
        let answer = ask(workshop.address, method, path).header("origin", "https://evil.example").send().await;
        if method == "POST" {
            assert_eq!(answer.status, 403, "{path}");
        }
        // Whatever a page elsewhere gets, its browser keeps it from reading.
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn every_answer_is_told_to_run_nothing_foreign() {
    let workshop = Workshop::open().await;
    let page = get(workshop.address, "/").header("accept", "text/html").send().await;
    assert_eq!(page.status, 200, "{}", page.text());
    let policy = page.header("content-security-policy").unwrap().to_owned();
    let (_, rest) = policy.split_once("'nonce-").unwrap();
    let (nonce, _) = rest.split_once('\'').unwrap();
    let html = page.text();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for script in html.split("<script").skip(1) {
        let (tag, _) = script.split_once('>').unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")) || tag.contains("src=\"/"), "<script{tag}>");
    }
    let plain = get(workshop.address, "/healthz").send().await;
    assert_eq!(plain.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'none'"));
    for answer in [&page, &plain] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert!(answer.header("x-request-id").is_some());
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so_in_the_language_of_the_asker() {
    let workshop = Workshop::open().await;
    let page = get(workshop.address, "/no/such/page").header("accept", "text/html").send().await;
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    for path in ["/no/such/file.png", "/api/v1/no-such-thing", "/api/fn/no_such_function"] {
        let answer = get(workshop.address, path).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("application/problem+json")), "{path}");
    }
    let huge = ask(workshop.address, "POST", "/api/v1/conversations")
        .json(&json!({ "title": "x".repeat(2_000_000) }))
        .try_send()
        .await;
    assert!(huge.is_err() || huge.is_ok_and(|answer| answer.status == 413));
    workshop.close().await;
}

#[tokio::test]
async fn health_is_alive_and_ready_and_not_ready_once_stopping() {
    let workshop = Workshop::open().await;
    assert_eq!(get(workshop.address, "/healthz").send().await.text(), "ok\n");
    let ready = get(workshop.address, "/readyz").send().await;
    assert_eq!((ready.status, ready.json()["ready"].as_bool()), (200, Some(true)));
    workshop.store.close().await;
    let closed = get(workshop.address, "/readyz").send().await;
    assert_eq!((closed.status, closed.json()["ready"].as_bool()), (503, Some(false)), "{}", closed.text());
    workshop.close().await;
}
