//! Deliveries, helpers, projects, tasks, events over REST.

use domain::Actor;
use domain::task::TaskState;
use serde_json::{Value, json};
use store::commands::{ClaimDelivery, FailDelivery};

use crate::http::{ask, get};
use crate::workshop::Workshop;

#[tokio::test]
async fn a_failed_delivery_is_found_shown_and_put_back() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let conversation = workshop.conversation().await;
    workshop.say(&conversation, "@the_author one").await;
    workshop.say(&conversation, "@the_archivist two").await;
    let claim = ClaimDelivery { helper: "the_author".parse().unwrap() };
    let claimed = workshop.store.run(&Actor::system(), claim).await.unwrap().unwrap();
    let fail = FailDelivery { delivery: claimed.delivery.id, token: claimed.token, error: "no model".into() };
    workshop.store.run(&Actor::system(), fail).await.unwrap().unwrap();
    let count = async |query: &str| {
        let list = get(to, &format!("/api/v1/deliveries{query}")).send().await.json();
        list["items"].as_array().unwrap_or_else(|| panic!("{list}")).len()
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count("?status=failed").await, 1);
    assert_eq!(count("?helper=the_archivist").await, 1);
    assert_eq!(count(&format!("?conversation={}&status=queued&limit=5", conversation.id)).await, 1);
    let path = format!("/api/v1/deliveries/{}", claimed.delivery.id);
    assert_eq!(get(to, &path).send().await.json()["error"], "no model");
    let requeued = ask(to, "POST", &format!("{path}/requeue")).send().await;
    assert_eq!((requeued.status, requeued.json()["status"].clone()), (200, json!("queued")));
    assert_eq!(ask(to, "POST", &format!("{path}/requeue")).send().await.status, 409);
    let wrong = get(to, "/api/v1/deliveries?status=lost").send().await;
    assert_eq!((wrong.status, wrong.json()["field"].clone()), (422, json!("status")));
    workshop.close().await;
}

#[tokio::test]
async fn helpers_are_listed_paused_stopped_and_started() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let list = get(to, "/api/v1/helpers").send().await.json();
    let names: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|e| e["helper"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["the_archivist", "the_author", "the_mediator"]);
    let order = async |word: &str| ask(to, "POST", &format!("/api/v1/helpers/the_author/{word}")).send().await;
    assert_eq!(order("pause").await.json()["helper"]["paused"], true);
    assert_eq!(order("resume").await.json()["helper"]["paused"], false);
    let stopped = order("stop").await;
    assert_eq!((stopped.status, stopped.json()["helper"]["wanted"].clone()), (202, json!(false)));
    let started = order("start").await;
    assert_eq!((started.status, started.json()["helper"]["wanted"].clone()), (202, json!(true)));
    assert_eq!(order("restart").await.status, 202);
    assert_eq!(order("dance").await.status, 404);
    for word in ["start", "stop", "restart", "pause", "resume"] {
        let answer = ask(to, "POST", &format!("/api/v1/helpers/nobody/{word}")).send().await;
        assert_eq!(answer.status, 404, "{word}: {}", answer.text());
    }
    let detail = get(to, "/api/v1/helpers/the_author").send().await.json();
    assert_eq!((detail["helper"]["name"].clone(), detail["measured"].clone()), (json!("the_author"), Value::Null));
    workshop.close().await;
}

#[tokio::test]
async fn a_persona_is_read_and_written() {
    let workshop = Workshop::open().await;
    let path = "/api/v1/helpers/the_author/persona";
    let before = get(workshop.address, path).send().await.json();
    assert!(before["text"].as_str().unwrap().len() > 20, "{before}");
    let put = ask(workshop.address, "PUT", path).json(&json!({ "text": "Be brief." })).send().await;
    assert_eq!(put.status, 204, "{}", put.text());
    assert_eq!(get(workshop.address, path).send().await.json(), json!({ "text": "Be brief." }));
    let long = ask(workshop.address, "PUT", path).json(&json!({ "text": "x".repeat(70_000) })).send().await;
    assert_eq!(long.status, 413, "{}", long.text());
    assert_eq!(get(workshop.address, "/api/v1/helpers/nobody/persona").send().await.status, 404);
    workshop.close().await;
}

#[tokio::test]
async fn a_log_is_shown_and_downloaded() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    assert_eq!(get(to, "/api/v1/helpers/the_author/log?lines=5").send().await.json(), json!({ "items": [] }));
    let text = get(to, "/api/v1/helpers/the_author/log.txt").send().await;
    assert_eq!((text.status, text.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(text.header("content-disposition").unwrap().contains("the_author.log.txt"));
    for lines in ["0", "10001", "-1", "x"] {
        let answer = get(to, &format!("/api/v1/helpers/the_author/log?lines={lines}")).send().await;
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!("lines")), "{lines}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_project_is_made_and_read() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let templates = get(to, "/api/v1/templates").send().await.json();
    let template = templates["items"][0]["name"].as_str().unwrap().to_owned();
    let wanted = json!({ "name": "pod-tracker", "template": template });
    let answer = ask(to, "POST", "/api/v1/projects").json(&wanted).send().await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let task = answer.header("location").unwrap().to_owned();
    let mut log = workshop.store.log().watch();
    while get(to, &task).send().await.json()["state"] != TaskState::Completed.name() {
        log.changed().await.unwrap();
    }
    let project = get(to, "/api/v1/projects/pod-tracker").send().await.json();
    assert_eq!((project["title"].clone(), project["status"].clone()), (json!("Pod Tracker"), json!("ready")));
    assert_eq!(get(to, "/api/v1/projects").send().await.json()["items"][0], project);
    let files = get(to, "/api/v1/projects/pod-tracker/files").send().await.json();
    assert!(files["items"].as_array().unwrap().iter().any(|file| file["path"] == "index.html"), "{files}");
    let file = get(to, "/api/v1/projects/pod-tracker/files/index.html").send().await;
    assert_eq!(file.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(file.header("content-security-policy").unwrap().starts_with("sandbox"));
    assert!(file.text().contains("Pod Tracker"));
    for missing in ["nothing.html", "../pod-tracker/index.html", "..%2F..%2Fetc%2Fpasswd", ".git/config"] {
        assert_eq!(
            get(to, &format!("/api/v1/projects/pod-tracker/files/{missing}")).send().await.status,
            404,
            "{missing}"
        );
    }
    let commits = get(to, "/api/v1/projects/pod-tracker/commits?limit=5").send().await.json();
    assert_eq!(commits["items"][0]["id"], project["commit"]);
    let tasks = get(to, "/api/v1/tasks?limit=1").send().await.json();
    assert_eq!(tasks["items"][0]["project"], project["id"]);
    assert_eq!(ask(to, "POST", "/api/v1/projects").json(&wanted).send().await.status, 409);
    let over = ask(to, "POST", &format!("{task}/cancel")).send().await;
    assert_eq!(over.status, 409, "{}", over.text());
    workshop.close().await;
}

#[tokio::test]
async fn a_project_that_cannot_be_made_is_told_why() {
    let workshop = Workshop::open().await;
    for (body, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "../etc" }), "name"),
        (json!({ "name": "pods", "template": "rails" }), "template"),
        (json!({ "name": "pods", "folder": "/" }), "folder"),
    ] {
        let answer = ask(workshop.address, "POST", "/api/v1/projects").json(&body).send().await;
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!(field)), "{body}: {}", answer.text());
    }
    assert_eq!(get(workshop.address, "/api/v1/projects").send().await.json(), json!({ "items": [] }));
    workshop.close().await;
}

#[tokio::test]
async fn the_log_is_paged_from_any_number_to_its_head() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let conversation = workshop.conversation().await;
    for n in 0..5 {
        workshop.say(&conversation, &format!("message {n}")).await;
    }
    let mut seen: Vec<i64> = Vec::new();
    let mut after = json!(0);
    loop {
        let page = get(to, &format!("/api/v1/events/page?after={after}&limit=3")).send().await.json();
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            assert_eq!(page["head"]["seq"].as_i64(), seen.last().copied());
            break;
        }
        seen.extend(items.iter().map(|event| event["seq"].as_i64().unwrap()));
        after = page["after"].clone();
    }
    assert_eq!(seen, (1..=i64::try_from(seen.len()).unwrap()).collect::<Vec<_>>());
    assert!(seen.len() >= 6);
    let wrong = get(to, "/api/v1/events/page?after=-1").send().await;
    assert_eq!((wrong.status, wrong.json()["field"].clone()), (422, json!("after")));
    let workshop_now = get(to, "/api/v1/workshop").send().await.json();
    assert_eq!(workshop_now["seq"].as_i64(), seen.last().copied());
    assert_eq!(workshop_now["conversations"][0]["conversation"]["message_count"], 5);
    workshop.close().await;
}
