//! Conversations and messages over REST.

use serde_json::{Value, json};

use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;

async fn opened(workshop: &Workshop, body: &Value) -> Answer {
    ask(workshop.address, "POST", "/api/v1/conversations").json(body).send().await
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_conversation_is_opened_found_renamed_and_listed() {
    let workshop = Workshop::open().await;
    let answer = opened(&workshop, &json!({ "title": "Pods", "participants": ["helper:the_author"] })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let place = answer.header("location").unwrap().to_owned();
    assert_eq!(place, format!("/api/v1/conversations/{}", id(&answer)));
    let shown = get(workshop.address, &place).send().await;
    assert_eq!(shown.json(), answer.json());
    assert_eq!(shown.json()["participants"], json!(["user:owner", "helper:the_author"]));
    let change = json!({ "title": "Pods and peas", "join": ["helper:the_mediator"] });
    let changed = ask(workshop.address, "PATCH", &place).json(&change).send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.json()["title"], "Pods and peas");
    assert_eq!(changed.json()["participants"].as_array().unwrap().len(), 3);
    for n in 0..3 {
        opened(&workshop, &json!({ "title": format!("More {n}") })).await;
    }
    let page = get(workshop.address, "/api/v1/conversations?limit=3").send().await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    let before = page["before"].as_str().unwrap().to_owned();
    let rest = get(workshop.address, &format!("/api/v1/conversations?before={before}")).send().await.json();
    assert_eq!(rest["items"][0]["title"], "Pods and peas");
    assert_eq!(rest["before"], Value::Null);
    workshop.close().await;
}

#[tokio::test]
async fn you_and_a_helper_have_one_conversation() {
    let workshop = Workshop::open().await;
    let path = "/api/v1/helpers/the_author/conversation";
    let first = ask(workshop.address, "PUT", path).send().await;
    assert_eq!(first.status, 200, "{}", first.text());
    let second = ask(workshop.address, "PUT", path).send().await;
    assert_eq!(id(&first), id(&second));
    assert_eq!(ask(workshop.address, "PUT", "/api/v1/helpers/nobody/conversation").send().await.status, 404);
    workshop.close().await;
}

#[tokio::test]
async fn a_message_is_kept_once_under_its_key_and_goes_to_whom_it_names() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let path = format!("/api/v1/conversations/{}/messages", conversation.id);
    let said = json!({ "body": "@the_author hello **there**" });
    let first = ask(workshop.address, "POST", &path).header("idempotency-key", "k-1").json(&said).send().await;
    assert_eq!(first.status, 201, "{}", first.text());
    let posted = first.json();
    assert_eq!(posted["deliveries"][0]["helper"], "the_author");
    assert!(posted["message"]["html"].as_str().unwrap().contains("<strong>there</strong>"));
    let shown = get(workshop.address, first.header("location").unwrap()).send().await;
    assert_eq!(shown.json(), posted["message"]);
    let keyed = json!({ "body": "@the_author hello **there**", "key": "k-1" });
    let again = ask(workshop.address, "POST", &path).json(&keyed).send().await;
    assert_eq!((again.status, again.json()["repeated"].clone()), (200, json!(true)));
    assert_eq!(again.json()["message"]["id"], posted["message"]["id"]);
    let other = json!({ "body": "something else", "key": "k-1" });
    assert_eq!(ask(workshop.address, "POST", &path).json(&other).send().await.status, 409);
    let torn = ask(workshop.address, "POST", &path).header("idempotency-key", "k-2").json(&keyed).send().await;
    assert_eq!((torn.status, torn.json()["field"].clone()), (422, json!("key")));
    workshop.close().await;
}

#[tokio::test]
async fn messages_are_paged_both_ways_without_gap_or_repeat() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    for n in 1..=7 {
        workshop.say(&conversation, &format!("message {n}")).await;
    }
    let path = format!("/api/v1/conversations/{}/messages", conversation.id);
    let positions = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|m| m["position"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let newest = get(workshop.address, &format!("{path}?limit=3")).send().await.json();
    assert_eq!(positions(&newest), [5, 6, 7]);
    let older = get(workshop.address, &format!("{path}?limit=3&before={}", newest["before"])).send().await.json();
    assert_eq!(positions(&older), [2, 3, 4]);
    let newer = get(workshop.address, &format!("{path}?limit=3&after={}", older["after"])).send().await.json();
    assert_eq!(positions(&newer), [5, 6, 7]);
    assert_eq!(newer["after"], Value::Null);
    for (query, field) in [
        ("before=1&after=2", "before"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("page=2", "page"),
    ] {
        let answer = get(workshop.address, &format!("{path}?{query}")).send().await;
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!(field)), "{query}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_named() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let path = format!("/api/v1/conversations/{}/messages", conversation.id);
    for (body, field) in [
        (json!({}), "body"),
        (json!({ "body": "" }), "body"),
        (json!({ "body": 7 }), "body"),
        (json!({ "body": "x", "boddy": "y" }), "boddy"),
        (json!({ "body": "x", "recipient": "The Author" }), "recipient"),
        (json!({ "body": "x", "recipient": "nobody" }), "recipient"),
        (json!({ "body": "x", "reply_to": "yesterday" }), "reply_to"),
        (json!({ "body": "x", "reply_to": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071" }), "reply_to"),
        (json!({ "body": "x", "key": "two words" }), "key"),
    ] {
        let answer = ask(workshop.address, "POST", &path).json(&body).send().await;
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!(field)), "{body}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    let long = ask(workshop.address, "POST", &path).json(&json!({ "body": "x".repeat(64 * 1024 + 1) })).send().await;
    assert_eq!((long.status, long.json()["field"].clone()), (413, json!("body")));
    let elsewhere = "/api/v1/conversations/0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071/messages";
    assert_eq!(ask(workshop.address, "POST", elsewhere).json(&json!({ "body": "x" })).send().await.status, 404);
    assert_eq!(get(workshop.address, elsewhere).send().await.status, 404);
    workshop.close().await;
}

#[tokio::test]
async fn reading_moves_the_mark_in_the_snapshot() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    workshop.say(&conversation, "one").await;
    let path = format!("/api/v1/conversations/{}", conversation.id);
    let marked = ask(workshop.address, "PUT", &format!("{path}/read")).json(&json!({ "position": 1 })).send().await;
    assert_eq!((marked.status, marked.text().as_str()), (204, ""));
    let thread = get(workshop.address, &format!("{path}/thread?limit=10")).send().await.json();
    assert_eq!((thread["read"].clone(), thread["messages"][0]["body"].clone()), (json!(1), json!("one")));
    let wrong = ask(workshop.address, "PUT", &format!("{path}/read")).json(&json!({ "position": "1" })).send().await;
    assert_eq!((wrong.status, wrong.json()["field"].clone()), (422, json!("position")));
    workshop.close().await;
}

#[tokio::test]
async fn an_export_is_whole_however_many_pages_it_takes() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    for n in 1..=205 {
        workshop.say(&conversation, &format!("message **{n}**")).await;
    }
    let path = format!("/api/v1/conversations/{}/export", conversation.id);
    let json = get(workshop.address, &path).send().await;
    assert!(json.header("content-disposition").unwrap().contains("Test.json"));
    let bodies: Vec<String> =
        json.json()["messages"].as_array().unwrap().iter().map(|m| m["body"].as_str().unwrap().to_owned()).collect();
    let expected: Vec<String> = (1..=205).map(|n| format!("message **{n}**")).collect();
    assert_eq!(bodies, expected);
    assert_eq!(json.json()["conversation"]["message_count"], 205);
    let markdown = get(workshop.address, &format!("{path}?format=md")).send().await;
    assert_eq!(markdown.header("content-type"), Some("text/markdown; charset=utf-8"));
    let text = markdown.text();
    assert!(text.starts_with("# Test\n") && text.contains("\n## 205. owner, "), "{}", &text[..200]);
    assert_eq!(text.matches("\n## ").count(), 205);
    let wrong = get(workshop.address, &format!("{path}?format=pdf")).send().await;
    assert_eq!((wrong.status, wrong.json()["field"].clone()), (422, json!("format")));
    workshop.close().await;
}

#[tokio::test]
async fn an_empty_conversation_can_be_exported() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let path = format!("/api/v1/conversations/{}/export", conversation.id);
    assert_eq!(get(workshop.address, &path).send().await.json()["messages"], json!([]));
    workshop.close().await;
}

#[tokio::test]
async fn words_are_found_and_marked() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    workshop.say(&conversation, "Three <b>pods</b> arrived").await;
    workshop.say(&conversation, "nothing").await;
    let found = get(workshop.address, "/api/v1/search?q=pods+arr").send().await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    let snippet = found["items"][0]["snippet"].as_str().unwrap();
    assert!(snippet.contains("<mark>pods</mark>") && snippet.contains("&lt;b&gt;"), "{snippet}");
    for query in ["", "?q=", "?q=%21%3F"] {
        let answer = get(workshop.address, &format!("/api/v1/search{query}")).send().await;
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!("q")), "{query}");
    }
    workshop.close().await;
}
