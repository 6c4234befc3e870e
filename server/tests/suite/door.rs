//! The door: who gets in and how, and everything that must not get anyone in.

use domain::stream::{CLOSE_SIGNED_OUT, ServerFrame};
use domain::{Actor, Role};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use store::clock::SystemClock;
use store::commands::{CreateUser, EndSessions};
use store::testing::{TestStore, owner};

use crate::cookies;
use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;
use crate::ws::{Client, Heard};

const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

/// Every operation of the REST interface, with its path's parameters filled in by what names nothing of interest.
fn operations() -> Vec<(&'static str, String)> {
    let document: Value = serde_json::to_value(server::api::document::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if item.get(method.to_ascii_lowercase()).is_some() {
                let path = path
                    .split('/')
                    .map(|part| match part {
                        "{id}" => "01890000-0000-7000-8000-000000000000",
                        "{name}" => "the_author",
                        part if part.starts_with('{') => "x",
                        part => part,
                    })
                    .collect::<Vec<_>>()
                    .join("/");
                all.push((method, path));
            }
        }
    }
    assert!(all.len() > 30, "{}", all.len());
    all
}

#[tokio::test]
async fn a_stranger_gets_no_further_than_the_door() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    for path in ["/", "/conversations", "/helpers/the_author", "/projects?x=1", "/nowhere", "/api/v1/"] {
        let answer = get(to, path).stranger().header(PAGE.0, PAGE.1).send().await;
        assert_eq!(answer.status, 303, "{path}");
        let there = answer.header("location").unwrap();
        assert!(there.starts_with("/sign-in"), "{path} leads to {there}");
        assert!(answer.body.is_empty());
    }
    let back = get(to, "/projects?x=1&y").stranger().header(PAGE.0, PAGE.1).send().await;
    assert_eq!(back.header("location"), Some("/sign-in?next=%2Fprojects%3Fx%3D1%26y"));

    let mut all = operations();
    all.extend(
        server_fn_paths()
            .map(|(path, method)| (if method == axum::http::Method::GET { "GET" } else { "POST" }, path.to_owned())),
    );
    for (method, path) in all {
        let answer = ask(to, method, &path).stranger().json(&json!({})).send().await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
        assert_eq!(answer.json()["code"], "unauthorized");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"TATWATS\""));
    }
    for nobody in [("cookie", ""), ("cookie", "tatwats_session=tas_x"), ("authorization", "Bearer tat_x")] {
        assert!(Client::attempt(to, &[nobody]).await.is_err(), "{nobody:?}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn what_strangers_need_they_get() {
    let workshop = Workshop::open().await;
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/sign-in", 200), ("/join", 404), ("/sw.js", 404)] {
        let answer = get(workshop.address, path).stranger().header(PAGE.0, PAGE.1).send().await;
        assert!(answer.status == status || (status == 404 && answer.status == 200), "{path}: {}", answer.status);
    }
    let page = get(workshop.address, "/sign-in?next=//evil.example").stranger().send().await;
    assert!(!page.text().contains("evil") && !page.text().contains("<script"), "{}", page.text());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    workshop.close().await;
}

/// Someone with an account and no role at all asks for everything there is.
#[tokio::test]
async fn someone_without_rights_gets_403_or_404_on_every_path() {
    let workshop = Workshop::open().await;
    let user: domain::UserName = "nobody".parse().unwrap();
    let create = CreateUser { name: user.clone(), display_name: "Nobody".into(), role: None, password: None };
    workshop.store.run(&owner(), create).await.unwrap();
    let cookie = cookies::session_of(&workshop.store, &user, 3_600).await;
    let own = [
        "/api/v1/account",
        "/api/v1/account/tokens",
        "/api/v1/account/sessions",
        "/api/v1/account/passkeys",
        // A step towards something of one's own, which nobody else can take.
        "/api/v1/account/passkeys/begin",
    ];
    for (method, path) in operations() {
        if (method == "GET" || path.ends_with("/begin")) && own.contains(&path.as_str()) {
            continue;
        }
        for body in [json!({}), filled(&path)] {
            let answer = ask(workshop.address, method, &path).header("cookie", &cookie).json(&body).send().await;
            // What happened to one's own account may be read.
            let own = |item: &Value| {
                item["data"]["name"] == "nobody"
                    || item["data"]["user"] == "nobody"
                    || item["data"]["who"] == "user:nobody"
            };
            let lists_nothing = answer.status == 200
                && answer.json().get("items").and_then(Value::as_array).is_some_and(|items| items.iter().all(own));
            let refused = matches!(answer.status, 403 | 404) || lists_nothing;
            // A body that cannot be read is refused before anyone asks who sent it.
            let unread = body == json!({}) && matches!(answer.status, 400 | 422);
            assert!(refused || unread, "{method} {path}: {} {}", answer.status, answer.text());
        }
    }
    workshop.close().await;
}

/// A body that the operation at `path` can read.
fn filled(path: &str) -> Value {
    let end = path.rsplit('/').next().unwrap_or_default();
    match end {
        "conversations" => json!({ "title": "Mine" }),
        "messages" => json!({ "body": "hello" }),
        "projects" => json!({ "name": "mine" }),
        "invitations" => json!({ "role": "admin", "days": 1 }),
        "read" => json!({ "position": 1 }),
        "role" => json!({ "role": "admin" }),
        "persona" => json!({ "text": "Be mine." }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn someone_signs_in_comes_back_and_signs_out() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let ada = Ada::arrives(&workshop).await;
    let wrong = ada.signs_in("not the password", "/").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("The name or the password is not right.") && wrong.header("set-cookie").is_none());
    let unknown =
        ask(to, "POST", "/sign-in").stranger().form(&[("name", "nemo"), ("password", "not the password")]).send().await;
    assert_eq!(unknown.text().replace("nemo", "ada"), wrong.text(), "nothing tells who exists");

    // A cookie that someone planted before is worth nothing afterwards.
    let planted = cookies::session(&workshop.store, 3_600).await;
    let answer = ask(to, "POST", "/sign-in")
        .header("cookie", &planted)
        .form(&[("name", "ada"), ("password", Ada::PASSWORD), ("next", "/helpers")])
        .send()
        .await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/helpers")), "{}", answer.text());
    let cookie = cookie_of(&answer);
    assert_ne!(cookie, planted);
    assert_eq!(account(&workshop, &planted).await.status, 401, "the session that the browser had before is over");
    assert_eq!(account(&workshop, &cookie).await.json()["user"]["name"], "ada");

    let again = get(to, "/sign-in?next=/projects").header("cookie", &cookie).send().await;
    assert_eq!((again.status, again.header("location")), (303, Some("/projects")));
    let out = ask(to, "POST", "/sign-out").header("cookie", &cookie).form(&[]).send().await;
    assert_eq!((out.status, out.header("location")), (303, Some("/sign-in")));
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(out.header("clear-site-data"), Some("\"storage\""));
    assert_eq!(account(&workshop, &cookie).await.status, 401);
    workshop.close().await;
}

#[tokio::test]
async fn a_password_cannot_be_guessed_at_length() {
    let workshop = Workshop::open().await;
    let ada = Ada::arrives(&workshop).await;
    for n in 0..10 {
        assert_eq!(ada.signs_in(&format!("guess number {n}"), "/").await.status, 401);
    }
    let answer = ada.signs_in(Ada::PASSWORD, "/").await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((2..=900).contains(&seconds), "{seconds}");
    assert!(answer.header("set-cookie").is_none());
    workshop.close().await;
}

#[tokio::test]
async fn another_site_can_neither_sign_in_nor_out_nor_act_with_the_cookie() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let cookie = cookies::of(to).unwrap();
    let forms = ["/sign-in", "/sign-out", "/join", "/set-up", "/api/fn/stop_helper", "/api/fn/make_project"];
    for path in forms {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let answer = ask(to, "POST", path)
                .header("cookie", &cookie)
                .header("content-type", "application/x-www-form-urlencoded")
                .header(name, value)
                .body("helper=the_author&name=forged")
                .send()
                .await;
            assert_eq!(answer.status, 403, "{path} {name}: {value}");
            assert!(answer.header("set-cookie").is_none());
        }
    }
    for path in ["/api/fn/stop_helper", "/sign-out"] {
        let by_link = get(to, path).header("cookie", &cookie).header(PAGE.0, PAGE.1).send().await;
        assert!(matches!(by_link.status, 404 | 405), "{path}: a link does nothing: {}", by_link.status);
    }
    let foreign = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    assert!(Client::attempt(to, &foreign).await.is_err(), "by a socket");
    assert_eq!(account(&workshop, &cookie).await.status, 200, "still signed in");
    workshop.close().await;
}

#[tokio::test]
async fn a_stolen_cookie_is_of_no_use_once_it_was_rotated() {
    let workshop = Workshop::open().await;
    let ada = Ada::arrives(&workshop).await;
    let stolen = cookie_of(&ada.signs_in(Ada::PASSWORD, "/").await);
    let caller = {
        let secret = stolen.split_once('=').unwrap().1;
        let visit = accounts::Visit { device: String::new(), address: [127, 0, 0, 1].into() };
        workshop.server.state.accounts.by_cookie(secret, &visit).await.unwrap().unwrap()
    };
    let new = "a quieter lamp of nine";
    let rotated = workshop.server.state.accounts.change_password(&caller, Ada::PASSWORD.into(), new.into()).await;
    let kept = format!("{}={}", cookies::NAME, rotated.unwrap().unwrap().reveal());
    assert_eq!(account(&workshop, &stolen).await.status, 401);
    assert_eq!(account(&workshop, &kept).await.status, 200);
    workshop.close().await;
}

#[tokio::test]
async fn live_connections_close_when_their_session_ends() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let cookie = cookies::session(&workshop.store, 3_600).await;
    let mut socket = Client::attempt(to, &[("cookie", cookie.as_str())]).await.unwrap();
    assert!(matches!(socket.frame().await, ServerFrame::Hello { .. }));
    let mut other = Client::connect(to).await;
    let ends = tokio::spawn(async move {
        let ask = get(to, "/api/v1/events").header("cookie", &cookie).header("accept", "text/event-stream");
        ask.try_send().await.map(|answer| answer.status)
    });
    let account = account(&workshop, &cookies::of(to).unwrap()).await.json();
    let kept = serde_json::from_value(account["session"]["id"].clone()).unwrap();
    let end = EndSessions { user: "owner".parse().unwrap(), except: Some(kept) };
    assert!(workshop.store.run(&owner(), end).await.unwrap() >= 1);
    let closed = loop {
        match socket.hear().await {
            Heard::Closed(code, _) => break code,
            Heard::Frame(..) => {}
            Heard::Broken => panic!("no goodbye"),
        }
    };
    assert_eq!(closed, CLOSE_SIGNED_OUT);
    // Either it had begun and ended, or it came too late.
    assert!(matches!(ends.await.unwrap(), Ok(200 | 401)));
    let conversation = workshop.conversation().await;
    other.subscribe(&[domain::stream::Topic::Workshop], None).await;
    workshop.say(&conversation, "still here").await;
    other.event().await;
    workshop.close().await;
}

#[tokio::test]
async fn a_workshop_without_an_admin_serves_its_set_up_and_nothing_else() {
    let test = TestStore::bare_sqlite(std::sync::Arc::new(SystemClock)).await;
    let workshop = Workshop::over(test.store.clone(), server::config::StreamLimits::default()).await;
    let to = workshop.address;
    for path in ["/", "/sign-in", "/join", "/conversations", "/set-up"] {
        let answer = get(to, path).header(PAGE.0, PAGE.1).send().await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text().contains("not set up yet"), "{path}: {}", answer.text());
    }
    for (method, path) in operations() {
        assert_eq!(ask(to, method, &path).json(&json!({})).send().await.status, 403, "{method} {path}");
    }
    let preview = get(to, "/").header("host", &format!("pods.localhost:{}", to.port())).send().await;
    assert_eq!(preview.status, 403);
    assert_eq!(get(to, "/healthz").send().await.status, 200);

    let link = workshop.server.state.accounts.offer_set_up().await.unwrap().unwrap();
    assert_eq!(get(to, "/set-up?link=tau_x").send().await.status, 404);
    let page = get(to, &format!("/set-up?link={}", link.reveal())).send().await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Set up your workshop"));
    let sent = async |password: &str, again: &str| {
        let fields = [
            ("link", link.reveal()),
            ("name", "ada"),
            ("display_name", "<b>Ada</b>"),
            ("password", password),
            ("password_again", again),
            // What the form does not have is not taken.
            ("role", "viewer"),
        ];
        ask(to, "POST", "/set-up").form(&fields).send().await
    };
    let short = sent("short", "short").await;
    assert_eq!(short.status, 422);
    assert!(short.text().contains("at least 10") && !short.text().contains("<b>Ada"), "{}", short.text());
    let differ = sent(Ada::PASSWORD, "something else").await;
    assert!(differ.status == 422 && differ.text().contains("not the same"), "{}", differ.text());
    let done = sent(Ada::PASSWORD, Ada::PASSWORD).await;
    assert_eq!((done.status, done.header("location")), (303, Some("/")), "{}", done.text());
    let cookie = cookie_of(&done);
    assert_eq!(account(&workshop, &cookie).await.json()["user"]["role"], "admin");
    let again = sent(Ada::PASSWORD, Ada::PASSWORD).await;
    assert_eq!((again.status, again.header("location")), (303, Some("/sign-in")));
    workshop.close().await;
    test.finish().await;
}

#[tokio::test]
async fn an_invited_person_joins_with_the_role_and_no_other() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let made = ask(to, "POST", "/api/v1/invitations").json(&json!({ "role": "viewer", "days": 7 })).send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    let link = made.json()["link"].as_str().unwrap().to_owned();
    let page = get(to, &format!("/join?link={link}")).stranger().send().await;
    assert!(page.text().contains("owner invites you to this workshop as a viewer"), "{}", page.text());
    let fields = [
        ("link", link.as_str()),
        ("name", "bob"),
        ("password", Ada::PASSWORD),
        ("password_again", Ada::PASSWORD),
        ("role", "admin"),
    ];
    let joined = ask(to, "POST", "/join").stranger().form(&fields).send().await;
    assert_eq!(joined.status, 303, "{}", joined.text());
    let cookie = cookie_of(&joined);
    assert_eq!(account(&workshop, &cookie).await.json()["grants"]["workshop"], "viewer");
    let talk = ask(to, "POST", "/api/v1/conversations").header("cookie", &cookie).json(&json!({ "title": "x" }));
    let answer = talk.send().await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("This takes the role editor; you are a viewer."), "{}", answer.text());
    let again = ask(to, "POST", "/join").stranger().form(&fields).send().await;
    assert_eq!(again.status, 404);
    workshop.close().await;
}

#[tokio::test]
async fn a_token_is_made_in_a_session_used_as_a_bearer_and_taken_back() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let body = json!({ "name": "ci", "scope": { "role": "viewer" }, "days": 30 });
    let made = ask(to, "POST", "/api/v1/account/tokens").json(&body).send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let (id, secret) = (made["token"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let bearer = format!("Bearer {secret}");
    let by_token = async |method, path: &str, body: &Value| {
        ask(to, method, path).header("authorization", &bearer).json(body).send().await
    };
    let account = by_token("GET", "/api/v1/account", &json!({})).await.json();
    assert_eq!((&account["token"]["name"], &account["grants"]["workshop"]), (&json!("ci"), &json!("viewer")));
    assert_eq!(by_token("POST", "/api/v1/conversations", &json!({ "title": "x" })).await.status, 403);
    assert_eq!(by_token("POST", "/api/v1/account/tokens", &body).await.status, 403);
    let listed = get(to, "/api/v1/account/tokens").send().await.text();
    assert!(listed.contains(id) && !listed.contains(secret));
    let mut live = Client::attempt(to, &[("authorization", bearer.as_str())]).await.unwrap();
    live.frame().await;

    assert_eq!(ask(to, "DELETE", &format!("/api/v1/account/tokens/{id}")).send().await.status, 200);
    let refused = by_token("GET", "/api/v1/account", &json!({})).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (401, Some("unauthorized")));
    let (_, code) = live.hear_to_the_end().await;
    assert_eq!(code, Some(CLOSE_SIGNED_OUT));
    workshop.close().await;
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back() {
    let test = TestStore::sqlite().await;
    let limits = server::config::StreamLimits::default();
    let workshop = Workshop::asked_at_most(test.store.clone(), limits, 2).await;
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(get(workshop.address, "/api/v1/account").send().await);
    }
    assert_eq!(answers[0].status, 200);
    let refused = answers.iter().find(|answer| answer.status == 429).expect("nobody is told to wait");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.json()["code"], "too_many");
    assert_eq!(get(workshop.address, "/").header(PAGE.0, PAGE.1).send().await.status, 200, "pages are no interface");
    workshop.close().await;
    test.finish().await;
}

/// Someone with a password.
struct Ada {
    to: std::net::SocketAddr,
}

impl Ada {
    const PASSWORD: &str = "a lamp of seven colours";

    async fn arrives(workshop: &Workshop) -> Self {
        let who =
            accounts::NewPerson { name: "ada".into(), display_name: "Ada".into(), password: Self::PASSWORD.into() };
        let accounts = &workshop.server.state.accounts;
        accounts.create_user(&Actor::system(), who, Some(Role::Editor)).await.unwrap();
        Self { to: workshop.address }
    }

    async fn signs_in(&self, password: &str, next: &str) -> Answer {
        let fields = [("name", "ada"), ("password", password), ("next", next)];
        ask(self.to, "POST", "/sign-in").stranger().form(&fields).send().await
    }
}

async fn account(workshop: &Workshop, cookie: &str) -> Answer {
    get(workshop.address, "/api/v1/account").header("cookie", cookie).send().await
}

fn cookie_of(answer: &Answer) -> String {
    let cookie =
        answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {} {}", answer.status, answer.text()));
    cookie.split(';').next().unwrap().to_owned()
}
