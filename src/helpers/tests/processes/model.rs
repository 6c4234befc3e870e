//! Free text with a language model: a server on this machine that speaks chat completions.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use domain::stream::Notice;

use crate::common::{Setup, name, owner};

/// What the model's server was asked.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<(String, serde_json::Value)>>>);

async fn complete(State(asked): State<Asked>, headers: HeaderMap, body: String) -> Response {
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let key = headers["authorization"].to_str().unwrap().to_owned();
    let last = body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
    asked.0.lock().unwrap().push((key, body));
    if last.contains("too much") {
        return (StatusCode::TOO_MANY_REQUESTS, r#"{"error":{"message":"slow down"}}"#).into_response();
    }
    let chunks = ["Dear ", "**owner**", "!"]
        .map(|text| format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": { "content": text } }] })));
    let stream = format!("{}data: [DONE]\n\n", chunks.concat());
    ([("content-type", "text/event-stream")], stream).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_persona_answers_and_the_key_stays_in_the_server() {
    let asked = Asked::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(asked.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let Some(workshop) = Setup::default().model(url).start().await else { return };
    workshop.helpers.set_persona(&owner(), &name("the_author"), "You are terse.".into()).await.unwrap();
    let mut notices = workshop.store.log().notices();
    let conversation = workshop.converse(&["the_author"]).await;
    let first = workshop.say(&conversation, "Good morning").await;
    assert_eq!(workshop.answers(&first).await[0].body, "Dear **owner**!");
    let drafted = std::iter::from_fn(|| notices.try_recv().ok());
    let drafted: String = drafted
        .filter_map(|frame| match &frame.notice {
            Notice::Draft(draft) => Some(draft.text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(drafted, "Dear **owner**!");

    let second = workshop.say(&conversation, "This is too much").await;
    let answer = workshop.answers(&second).await.remove(0).body;
    assert!(answer.contains("429") && answer.ends_with("slow down"), "{answer}");

    let asked = asked.0.lock().unwrap().clone();
    assert_eq!(asked[0].0, "Bearer secret");
    assert_eq!((&asked[0].1["model"], &asked[0].1["stream"]), (&"small".into(), &true.into()));
    let told: Vec<_> = asked[1].1["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["role"].as_str().unwrap(), m["content"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("system", "You are terse."),
            ("user", "owner: Good morning"),
            ("assistant", "Dear **owner**!"),
            ("user", "owner: This is too much"),
        ]
    );
    workshop.close().await;
}
