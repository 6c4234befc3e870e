//! Who may come in: names, origins, and what every answer tells the browser.

use std::collections::BTreeSet;

use domain::{Event, EventData, UserName};
use leptos::server_fn::axum::server_fn_paths;
use projects::Origin;
use serde_json::json;
use store::commands::CreateUser;
use store::testing::owner;

use crate::cookies;
use crate::functions::{self, Arguments, Function};
use crate::http::{ask, get};
use crate::workshop::Workshop;

/// What may be asked for with GET though its name does not begin with `load_`, and why.
const READ_BY_GET: [(&str, &str); 1] = [("still_signed_in", "answers nothing but whether someone is there")];
/// What has no guard of its own, and why.
const UNGUARDED: [(&str, &str); 2] = [
    ("choose_theme", "sets a cookie in the browser that asks, and touches nothing else"),
    ("project_templates", "lists what is built into the program, which is the same for everyone"),
];
/// What everyone may do who is signed in, whatever their roles: it is about themselves.
const OWN: [&str; 7] = [
    "change_password",
    "choose_theme",
    "create_token",
    "end_other_sessions",
    "load_account",
    "save_profile",
    "still_signed_in",
];

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
    let program = get(workshop.address, "/api/v1/conversations").send().await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(program.header(name), Some(value), "{name}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_phone_fetches_nothing_but_styles_before_it_paints_a_page() {
    let workshop = Workshop::open().await;
    let page = get(workshop.address, "/").header("accept", "text/html").send().await;
    let html = page.text();
    let (head, _) = html.split_once("</head>").unwrap();
    for (tag, _) in head.split('<').filter_map(|piece| piece.split_once('>')) {
        let wide_alone = tag.contains("media=\"(width &gt; 760px)\"");
        assert!(!tag.starts_with("script") || !tag.contains(" src="), "<{tag}>");
        assert!(!tag.contains("rel=\"preload\"") || wide_alone, "<{tag}>");
    }
    assert_eq!(head.matches("rel=\"stylesheet\"").count(), 1, "{head}");
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
    assert_eq!(ready.json()["live_connections"].as_u64(), Some(0));
    assert!(ready.json()["tasks"].as_u64() > Some(0), "what is looked after is told: {}", ready.text());
    workshop.store.close().await;
    let closed = get(workshop.address, "/readyz").send().await;
    assert_eq!((closed.status, closed.json()["ready"].as_bool()), (503, Some(false)), "{}", closed.text());
    workshop.close().await;
}

/// Whoever reads the first and whoever reads the last would not mean the same.
#[tokio::test]
async fn nothing_is_said_twice() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    for path in
        ["/api/v1/search?q=a&q=b", "/api/v1/conversations?limit=1&limit=2", "/api/v1/events/page?after=0&%61fter=1"]
    {
        assert_eq!(get(to, path).send().await.status, 422, "{path}");
    }
    let twice = ask(to, "POST", "/api/v1/conversations").header("content-type", "application/json");
    assert_eq!(twice.body("{\"title\":\"a\",\"title\":\"b\"}").send().await.status, 422);
    let own = cookies::of(to).unwrap();
    let account = get(to, "/api/v1/account").header("cookie", &format!("{own}; {own}")).send().await;
    assert_eq!(account.status, 401, "a second cookie was planted by somebody else");
    workshop.close().await;
}

#[test]
fn server_functions_that_are_asked_for_with_get_only_read() {
    let registered: BTreeSet<_> =
        server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string())).collect();
    let written = functions::all();
    let by_source: BTreeSet<_> = written
        .iter()
        .map(|f| (format!("/api/fn/{}", f.endpoint), if f.by_get { "GET" } else { "POST" }.to_owned()))
        .collect();
    assert_eq!(registered, by_source, "every function that is served was found in the sources");
    for function in written.iter().filter(|function| function.by_get) {
        let Function { endpoint, place, body, .. } = function;
        let read = endpoint.starts_with("load_") || READ_BY_GET.iter().any(|(name, _)| name == endpoint);
        assert!(
            read,
            "{place}: {endpoint} is asked for with GET, which a link on any page does; POST what changes things"
        );
        assert!(!body.contains(".run("), "{place}: {endpoint} is asked for with GET and changes something");
    }
}

#[test]
fn every_server_function_finds_out_who_asks() {
    let written = functions::all();
    assert!(written.len() > 25, "{}", written.len());
    for function in &written {
        let let_off = UNGUARDED.iter().any(|(name, _)| *name == function.endpoint);
        assert_ne!(
            function.asks_who(),
            let_off,
            "{}: {} must begin with server::actor(), view() or caller(), or be listed with the reason",
            function.place,
            function.endpoint
        );
    }
}

/// What nobody may see who has no role.
const HIDDEN: [&str; 4] = ["Whispered title", "whispered words", "<title>", "You are The Author"];

#[tokio::test]
async fn someone_without_rights_sees_and_changes_nothing_by_any_server_function() {
    let workshop = Workshop::open().await;
    let arguments = arguments(&workshop).await;
    let user: UserName = "nobody".parse().unwrap();
    let create = CreateUser { name: user.clone(), display_name: "Nobody".into(), role: None, password: None };
    workshop.store.run(&owner(), create).await.unwrap();
    let cookie = cookies::session_of(&workshop.store, &user, 3_600).await;
    let before = workshop.store.log().head().seq;
    let functions = functions::all();
    for function in functions.iter().filter(|function| !OWN.contains(&function.endpoint.as_str())) {
        let named = arguments.for_function(&function.endpoint);
        let answer = named.ask(function, workshop.address).header("cookie", &cookie).send().await;
        let text = answer.text();
        assert!(matches!(answer.status, 200 | 403 | 404), "{}: {} {text}", function.endpoint, answer.status);
        let shown = HIDDEN.iter().find(|words| text.contains(*words));
        assert_eq!(shown, None, "{}: {text}", function.endpoint);
        if answer.status == 200 {
            // To someone who may, the same request shows or does something: it was understood.
            let is_read = function.endpoint.starts_with("load_") || function.by_json || function.by_get;
            assert!(is_read, "{} did what it was asked: {text}", function.endpoint);
        }
    }
    let events: Vec<Event> = workshop.store.events(before, 1_000).await.unwrap();
    for event in events {
        assert!(matches!(event.what, EventData::AccessRefused(_)), "{event:?}");
    }
    workshop.close().await;
}

/// What there is to see and to change, in the names that the functions have for it.
struct There {
    conversation: String,
    message: String,
    rest: Vec<(&'static str, String)>,
}

impl There {
    fn for_function(&self, endpoint: &str) -> Arguments {
        let name = match endpoint {
            "load_helper" => "the_author",
            _ => "pods",
        };
        let id = if endpoint == "message_quote" { &self.message } else { &self.conversation };
        let mut all = self.rest.clone();
        all.extend([("name", name.to_owned()), ("id", id.clone()), ("conversation", self.conversation.clone())]);
        Arguments(all)
    }
}

async fn arguments(workshop: &Workshop) -> There {
    let store = &workshop.store;
    let conversation = workshop.conversation().await;
    let rename = store::commands::ChangeConversation {
        conversation: conversation.id,
        title: Some(HIDDEN[0].into()),
        join: Vec::new(),
    };
    store.run(&owner(), rename).await.unwrap();
    let message = workshop.say(&conversation, HIDDEN[1]).await;
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&owner(), "pod-tracker", None, Origin::default()).await.unwrap();
    projects.finished(&begun).await.unwrap();
    cookies::token(store, 3_600).await;
    let name = owner().by.user().cloned().unwrap();
    let (session, token) = (&store.sessions_of(&name).await.unwrap()[0], &store.tokens_of(&name).await.unwrap()[0]);
    let accounts = &workshop.server.state.accounts;
    let (invitation, _) = accounts.invite(&owner(), domain::Role::Viewer, None, 3_600).await.unwrap();
    let other = store.new_id::<domain::TaskId>().to_string();
    let text = |words: &str| words.to_owned();
    let rest = vec![
        ("answer", text("once")),
        ("base", text("")),
        ("body", text("Mine now.")),
        ("command", text("ls")),
        ("days", text("7")),
        ("decision", text("allow")),
        ("delivery", other.clone()),
        ("disabled", text("true")),
        ("helper", text("the_author")),
        ("invitation", invitation.id.to_string()),
        ("new", text("true")),
        ("passkey", other.clone()),
        ("path", text("index.html")),
        ("paused", text("true")),
        ("pattern", text("npm *")),
        ("permission", other.clone()),
        ("persona", text("You are mine.")),
        ("position", text("1")),
        ("preset", text("run")),
        ("project", begun.project.id.to_string()),
        ("role", text("admin")),
        ("run", other.clone()),
        ("session", session.id.to_string()),
        ("slug", text("pod-tracker")),
        ("subject", text("workshop")),
        ("task", other),
        ("title", text("Mine")),
        ("token", token.id.to_string()),
        ("user", text("owner")),
        ("who", text("user:owner")),
        ("words", text("whispered")),
    ];
    There { conversation: conversation.id.to_string(), message: message.id.to_string(), rest }
}
