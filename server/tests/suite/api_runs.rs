//! Commands in sandboxes over REST, over a WebSocket and from a shell; who may see and who may act.

use std::net::SocketAddr;

use domain::{Role, UserName};
use futures_util::{SinkExt, StreamExt};
use projects::Origin;
use serde_json::{Value, json};
use store::commands::{CreateUser, MAX_QUEUED};
use store::testing::owner;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::cookies;
use crate::http::{ask, get};
use crate::workshop::Workshop;
use crate::ws::LONG;

/// A workshop with a project, where commands can be run; none without bubblewrap.
pub(crate) async fn workshop() -> Option<Workshop> {
    let workshop = Workshop::set(&[("TATWATS_SANDBOX_ROOM", "namespace")]).await;
    let state = &workshop.server.state;
    if state.sandboxes.status().room.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI needs bubblewrap: {}", state.sandboxes.status().why);
        println!("skipped: {}", state.sandboxes.status().why);
        workshop.close().await;
        return None;
    }
    let begun = state.projects.make(&owner(), "pod-tracker", None, Origin::default()).await.unwrap();
    state.projects.finished(&begun).await.unwrap();
    Some(workshop)
}

const RUNS: &str = "/api/v1/projects/pod-tracker/runs";

async fn begin(to: SocketAddr, body: &Value) -> Value {
    let answer = ask(to, "POST", RUNS).json(body).send().await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let run = answer.json();
    assert_eq!(answer.header("location"), Some(format!("/api/v1/runs/{}", id(&run)).as_str()));
    run
}

/// The id in what was answered of a run.
pub(crate) fn id(run: &Value) -> String {
    run["id"].as_str().unwrap().to_owned()
}

/// The run once it is over.
async fn ended(workshop: &Workshop, id: &str) -> Value {
    let run = timeout(LONG, workshop.server.state.runs.finished(id.parse().unwrap())).await;
    run.expect("it does not end").unwrap();
    get(workshop.address, &format!("/api/v1/runs/{id}")).send().await.json()
}

/// Someone with a role, as a cookie.
async fn someone(workshop: &Workshop, name: &str, role: Option<Role>) -> String {
    let name: UserName = name.parse().unwrap();
    let create = CreateUser { name: name.clone(), display_name: "Someone".into(), role, password: None };
    workshop.store.run(&owner(), create).await.unwrap();
    cookies::session_of(&workshop.store, &name, 3_600).await
}

#[tokio::test]
async fn a_command_is_run_on_the_project_and_its_output_read_from_anywhere() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    let run = begin(to, &json!({ "command": "ls index.html; echo '<b>\u{1b}[31m'; exit 4" })).await;
    assert_eq!((run["preset"].clone(), run["terminal"].clone()), (json!("run"), json!(false)));
    let path = format!("/api/v1/runs/{}", id(&run));
    let followed = get(to, &format!("{path}/output?follow=true")).send().await;
    let text = "index.html\n<b>\u{1b}[31m\n";
    assert_eq!(followed.text(), text);
    let run = ended(&workshop, &id(&run)).await;
    assert_eq!(run["verdict"], json!({ "verdict": "exit", "status": 4 }), "{run}");
    assert_eq!((run["state"].clone(), run["room"].clone()), (json!("ended"), json!("namespace")));
    for (query, expected) in
        [("", text), ("?after=6", &text[6..]), ("?after=6&follow=true", &text[6..]), ("?after=99", "")]
    {
        let output = get(to, &format!("{path}/output{query}")).send().await;
        assert_eq!((output.status, output.text().as_str()), (200, expected), "{query}");
        assert_eq!(output.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(output.header("x-content-type-options"), Some("nosniff"));
        assert!(output.header("content-security-policy").unwrap().starts_with("sandbox"));
    }
    let list = get(to, &format!("{RUNS}?limit=5")).send().await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(ask(to, "POST", &format!("{path}/cancel")).send().await.status, 409);
    for (body, field) in [
        (json!({ "command": "" }), "command"),
        (json!({ "command": "x", "seconds": 61 }), "seconds"),
        (json!({ "command": "x", "preset": "helper" }), "preset"),
        (json!({ "command": "x", "terminal": { "columns": 0, "rows": 1 } }), "terminal.columns"),
        (json!({ "command": "x", "network": "full" }), "network"),
    ] {
        let answer = ask(to, "POST", RUNS).json(&body).send().await;
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!(field)), "{body}");
    }
    assert_eq!(get(to, "/api/v1/runs/7/output").send().await.status, 404);
    assert_eq!(get(to, "/api/v1/projects/none/runs").send().await.status, 404);
    workshop.close().await;
}

#[tokio::test]
async fn by_its_id_alone_a_run_is_found_on_its_projects_page() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    let run = id(&begin(to, &json!({ "command": "true" })).await);
    let led = get(to, &format!("/runs/{run}")).send().await;
    assert_eq!(led.status, 303);
    assert_eq!(led.header("location"), Some(format!("/projects/pod-tracker?run={run}").as_str()));
    for nothing in ["7", "01890000-0000-7000-8000-000000000000"] {
        assert_eq!(get(to, &format!("/runs/{nothing}")).send().await.status, 404, "{nothing}");
    }
    let outsider = someone(&workshop, "ann", None).await;
    let hidden = get(to, &format!("/runs/{run}")).header("cookie", &outsider).send().await;
    assert_eq!(hidden.status, 404);
    workshop.close().await;
}

#[tokio::test]
async fn past_the_end_of_the_queue_the_answer_says_when_to_try_again() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    // Two run and hold up the rest.
    for _ in 0..2 {
        let run = begin(to, &json!({ "command": "echo on; sleep 600", "preset": "build" })).await;
        get(to, &format!("/api/v1/runs/{}/output?follow=true", id(&run))).send_until("on").await;
    }
    let mut last = Value::Null;
    for _ in 0..MAX_QUEUED {
        last = begin(to, &json!({ "command": "true" })).await;
    }
    let shown = get(to, &format!("/api/v1/runs/{}", id(&last))).send().await.json();
    assert_eq!(shown["position"], json!(MAX_QUEUED));
    let full = ask(to, "POST", RUNS).json(&json!({ "command": "true" })).send().await;
    assert_eq!((full.status, full.json()["code"].clone()), (429, json!("too_many")));
    assert!(full.header("retry-after").is_some());
    let stopped = ask(to, "POST", &format!("/api/v1/runs/{}/cancel", id(&last))).send().await;
    assert_eq!((stopped.status, stopped.json()["verdict"]["verdict"].clone()), (202, json!("cancelled")));
    begin(to, &json!({ "command": "true" })).await;
    workshop.close().await;
}

#[tokio::test]
async fn viewers_look_and_do_not_act_and_strangers_see_nothing() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    let viewer = someone(&workshop, "vera", Some(Role::Viewer)).await;
    let nobody = someone(&workshop, "sam", None).await;
    let run =
        begin(to, &json!({ "command": "echo on; sleep 60", "seconds": 60, "terminal": { "columns": 80, "rows": 24 } }))
            .await;
    let path = format!("/api/v1/runs/{}", id(&run));
    get(to, &format!("{path}/output?follow=true")).header("cookie", &viewer).send_until("on").await;
    let acts = [
        ("POST", format!("{path}/cancel"), json!({})),
        ("POST", format!("{path}/input"), json!({})),
        ("POST", format!("{path}/resize"), json!({ "columns": 9, "rows": 9 })),
        ("POST", RUNS.to_owned(), json!({ "command": "true" })),
        ("PUT", "/api/v1/policies/workshop".to_owned(), json!({})),
    ];
    let reads = [path.clone(), format!("{path}/output"), RUNS.to_owned(), "/api/v1/policies/workshop".to_owned()];
    for read in &reads {
        assert_eq!(get(to, read).header("cookie", &viewer).send().await.status, 200, "{read}");
        let there = get(to, read).header("cookie", &nobody).send().await.status;
        assert!(matches!(there, 403 | 404), "{read}: {there}");
        assert_eq!(get(to, read).stranger().send().await.status, 401, "{read}");
    }
    for (method, act, body) in &acts {
        assert_eq!(ask(to, method, act).header("cookie", &viewer).json(body).send().await.status, 403, "{act}");
        let there = ask(to, method, act).header("cookie", &nobody).json(body).send().await.status;
        assert!(matches!(there, 403 | 404), "{act}: {there}");
        assert_eq!(ask(to, method, act).stranger().json(body).send().await.status, 401, "{act}");
    }
    let asked = get(to, "/api/v1/permissions").header("cookie", &viewer).send().await;
    assert_eq!((asked.status, asked.json()), (200, json!({ "items": [] })));
    let mut terminal = Terminal::open(to, &id(&run), 0, &viewer).await.unwrap();
    terminal.output("on").await;
    terminal.socket.send(Message::binary(b"exit\n".to_vec())).await.unwrap();
    assert!(terminal.told("problem").await.as_str().unwrap().contains("editor"));
    assert!(Terminal::open(to, &id(&run), 0, &nobody).await.is_none());
    workshop.close().await;
}

/// A client of a run's terminal.
struct Terminal {
    socket: WebSocketStream<TcpStream>,
}

impl Terminal {
    async fn open(to: SocketAddr, run: &str, after: usize, cookie: &str) -> Option<Self> {
        let stream = TcpStream::connect(to).await.unwrap();
        let address = format!("ws://{to}/api/v1/runs/{run}/terminal?after={after}");
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        request.headers_mut().insert("origin", format!("http://{to}").parse().unwrap());
        Some(Self { socket: client_async(request, stream).await.ok()?.0 })
    }

    async fn hear(&mut self) -> Option<Message> {
        timeout(LONG, self.socket.next()).await.expect("nothing came").and_then(Result::ok)
    }

    /// Output until it holds these words.
    async fn output(&mut self, words: &str) -> String {
        let mut all = String::new();
        while !all.contains(words) {
            match self.hear().await {
                Some(Message::Binary(bytes)) => all.push_str(&String::from_utf8_lossy(&bytes)),
                Some(Message::Close(_)) | None => panic!("it ended with {all:?}"),
                Some(_) => {}
            }
        }
        all
    }

    /// The next thing that is told under that name.
    async fn told(&mut self, name: &str) -> Value {
        loop {
            match self.hear().await {
                Some(Message::Text(text)) => {
                    let told: Value = serde_json::from_str(&text).unwrap();
                    if let Some(value) = told.get(name) {
                        return value.clone();
                    }
                }
                Some(Message::Close(_)) | None => panic!("it ended, and {name} was not told"),
                Some(_) => {}
            }
        }
    }

    async fn closed(&mut self) -> u16 {
        loop {
            match self.hear().await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                None => panic!("it broke off"),
                Some(_) => {}
            }
        }
    }
}

#[tokio::test]
async fn a_terminal_is_typed_into_resized_and_taken_up_again() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    let own = cookies::of(to).unwrap();
    let command = "stty -echo; echo ready; read x; echo got $x; read x; stty size";
    let run = begin(to, &json!({ "command": command, "terminal": { "columns": 80, "rows": 24 } })).await;
    let mut terminal = Terminal::open(to, &id(&run), 0, &own).await.unwrap();
    assert_eq!(terminal.told("run").await["id"], run["id"]);
    let first = terminal.output("ready\r\n").await;
    drop(terminal);
    let mut terminal = Terminal::open(to, &id(&run), first.len(), &own).await.unwrap();
    terminal.socket.send(Message::binary(b"this\n".to_vec())).await.unwrap();
    assert_eq!(terminal.output("\n").await, "got this\r\n");
    let size = json!({ "resize": { "columns": 33, "rows": 11 } }).to_string();
    terminal.socket.send(Message::text(size)).await.unwrap();
    terminal.socket.send(Message::binary(b"\n".to_vec())).await.unwrap();
    assert_eq!(terminal.output("\n").await, "11 33\r\n");
    let last = terminal.told("run").await;
    assert_eq!((last["state"].clone(), last["verdict"]["verdict"].clone()), (json!("ended"), json!("ok")), "{last}");
    assert_eq!(terminal.closed().await, 1000);
    let typed = ask(to, "POST", &format!("/api/v1/runs/{}/input", id(&run))).body("x").send().await;
    assert_eq!(typed.status, 409);

    let upgrade = get(to, &format!("/api/v1/runs/{}/terminal", id(&run))).send().await;
    assert_eq!(upgrade.status, 426);
    let foreign = get(to, &format!("/api/v1/runs/{}/terminal", id(&run)))
        .header("upgrade", "websocket")
        .header("origin", "https://evil.example")
        .send()
        .await;
    assert_eq!(foreign.status, 403);
    workshop.close().await;
}

#[tokio::test]
async fn who_looks_on_hears_when_the_session_ends_and_when_the_server_does() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    let viewer = someone(&workshop, "vera", Some(Role::Viewer)).await;
    let run = begin(to, &json!({ "command": "echo on; sleep 600", "preset": "build" })).await;
    let mut ends = Terminal::open(to, &id(&run), 0, &viewer).await.unwrap();
    ends.output("on").await;
    let mut stays = Terminal::open(to, &id(&run), 0, &cookies::of(to).unwrap()).await.unwrap();
    stays.output("on").await;
    let mut nonsense = Terminal::open(to, &id(&run), 0, &cookies::of(to).unwrap()).await.unwrap();
    nonsense.socket.send(Message::text("{\"dance\":1}")).await.unwrap();
    assert_eq!(nonsense.closed().await, domain::stream::CLOSE_MALFORMED);
    ask(to, "POST", "/sign-out").header("cookie", &viewer).form(&[]).send().await;
    assert_eq!(ends.closed().await, domain::stream::CLOSE_SIGNED_OUT);
    let state = workshop.server.state.clone();
    let ((), code) = tokio::join!(workshop.close(), stays.closed());
    assert_eq!(code, domain::stream::CLOSE_RESTART);
    assert!(state.tracker.is_empty(), "every task has ended");
}

#[tokio::test]
async fn policies_are_set_and_hold() {
    let Some(workshop) = workshop().await else { return };
    let to = workshop.address;
    let operator = someone(&workshop, "olga", Some(Role::Operator)).await;
    let project = get(to, "/api/v1/projects/pod-tracker").send().await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/policies/project:{project}");
    let tight =
        json!({ "limits": { "run": { "seconds": 1 } }, "rules": [{ "pattern": "npm *", "decision": "allow" }] });
    let set = ask(to, "PUT", &path).header("cookie", &operator).json(&tight).send().await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(set.json()["profiles"]["run"]["seconds"], 1);
    let shown = get(to, &path).send().await.json();
    assert_eq!(shown["policy"]["limits"], tight["limits"]);
    assert_eq!(shown["policy"]["rules"], tight["rules"]);
    let late = begin(to, &json!({ "command": "sleep 30" })).await;
    assert_eq!(ended(&workshop, &id(&late)).await["verdict"]["verdict"], "timeout");
    let longer = ask(to, "POST", RUNS).json(&json!({ "command": "true", "seconds": 2 })).send().await;
    assert_eq!((longer.status, longer.json()["field"].clone()), (422, json!("seconds")));
    let loose = json!({ "limits": { "run": { "pids": 1000 } } });
    assert_eq!(ask(to, "PUT", &path).header("cookie", &operator).json(&loose).send().await.status, 403);
    assert_eq!(ask(to, "PUT", &path).json(&loose).send().await.status, 200);
    let wrong = ask(to, "PUT", &path).json(&json!({ "limits": { "run": { "pids": 1 } } })).send().await;
    assert_eq!((wrong.status, wrong.json()["field"].clone()), (422, json!("limits.run.pids")));
    for nothing in ["everyone", "project:7", "helper:No"] {
        assert_eq!(get(to, &format!("/api/v1/policies/{nothing}")).send().await.status, 404, "{nothing}");
    }
    workshop.close().await;
}
