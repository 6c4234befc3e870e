//! Passkeys over the wire, with an authenticator in the place of a browser's.

use identity::passkey::authenticator::Authenticator;
use serde_json::{Value, json};

use crate::cookies;
use crate::http::{Answer, Ask, ask, get};
use crate::workshop::Workshop;

const CEREMONY: &str = "tatwats_passkey";

/// A browser on a page that was opened by name, since passkeys belong to names.
struct Browser {
    to: std::net::SocketAddr,
    device: Authenticator,
    cookies: Vec<String>,
}

impl Browser {
    fn of(workshop: &Workshop) -> Self {
        let to = workshop.address;
        let device = Authenticator::at(&format!("http://localhost:{}", to.port()), "localhost");
        Self { to, device, cookies: Vec::new() }
    }

    fn ask(&self, method: &'static str, path: &str) -> Ask {
        let host = format!("localhost:{}", self.to.port());
        let origin = format!("http://{host}");
        let ask = ask(self.to, method, path).header("host", &host).header("origin", &origin);
        if self.cookies.is_empty() { ask } else { ask.header("cookie", &self.cookies.join("; ")) }
    }

    async fn begin(&mut self, path: &str) -> Value {
        let begun = self.ask("POST", path).json(&json!({})).send().await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        assert_eq!(begun.header("cache-control"), Some("no-store"));
        self.keep(&begun, CEREMONY);
        begun.json()
    }

    fn keep(&mut self, answer: &Answer, name: &str) {
        let cookie = answer.cookie(name).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
        self.cookies.retain(|kept| !kept.starts_with(&format!("{name}=")));
        self.cookies.push(cookie);
    }

    async fn adds(&mut self, name: &str) -> Answer {
        let options = self.begin("/api/v1/account/passkeys/begin").await;
        let answer: Value = serde_json::from_slice(&self.device.create(&options)).unwrap();
        let body = json!({ "name": name, "answer": answer });
        self.ask("POST", "/api/v1/account/passkeys/finish").json(&body).send().await
    }

    async fn signs_in(&mut self, next: &str) -> Answer {
        let options = self.begin("/sign-in/passkey/begin").await;
        self.device.counter += 1;
        let answer: Value = serde_json::from_slice(&self.device.get(&options)).unwrap();
        let body = json!({ "answer": answer, "next": next });
        self.ask("POST", "/sign-in/passkey/finish").json(&body).send().await
    }
}

#[tokio::test]
async fn a_passkey_is_added_signs_in_and_is_removed() {
    let workshop = Workshop::open().await;
    let mut owner = Browser::of(&workshop);
    owner.cookies.push(cookies::of(workshop.address).unwrap());
    let unnamed = owner.adds(" ").await;
    assert_eq!((unnamed.status, unnamed.json()["field"].as_str().map(str::to_owned)), (422, Some("name".into())));
    let added = owner.adds("laptop").await;
    assert_eq!(added.status, 201, "{}", added.text());
    assert_eq!(added.json()["name"], "laptop");

    let mut stranger = Browser { to: owner.to, device: owner.device, cookies: Vec::new() };
    for (next, expected) in [("/helpers?a=b", "/helpers?a=b"), ("//evil.example", "/")] {
        let answer = stranger.signs_in(next).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json(), json!({ "next": expected }));
        assert_eq!(answer.cookie(CEREMONY).as_deref(), Some("tatwats_passkey="), "the ceremony is over");
        stranger.keep(&answer, cookies::NAME);
    }
    let account = stranger.ask("GET", "/api/v1/account").send().await;
    assert_eq!(account.json()["user"]["name"], "owner");
    let listed = stranger.ask("GET", "/api/v1/account/passkeys").send().await.json();
    assert!(listed["items"][0]["used_at"].is_string(), "{listed}");

    let id = listed["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/account/passkeys/{id}");
    // The owner of the tests has no password, so this is the last way in.
    let last = stranger.ask("DELETE", &path).send().await;
    assert_eq!(last.status, 409, "{}", last.text());
    let password = cookies::PASSWORD.into();
    let accounts = &workshop.server.state.accounts;
    accounts.set_password(&domain::Actor::system(), &"owner".parse().unwrap(), password).await.unwrap();
    cookies::sign_in(workshop.address, &workshop.store).await;
    stranger.cookies = vec![cookies::of(workshop.address).unwrap()];
    assert_eq!(stranger.ask("DELETE", &path).send().await.status, 204);
    assert_eq!(stranger.ask("DELETE", &path).send().await.status, 404);
    stranger.cookies.clear();
    assert_eq!(stranger.signs_in("/").await.status, 401);
    workshop.close().await;
}

#[tokio::test]
async fn an_answer_is_taken_once_from_the_browser_that_was_asked_and_from_no_other_site() {
    let workshop = Workshop::open().await;
    let mut owner = Browser::of(&workshop);
    owner.cookies.push(cookies::of(workshop.address).unwrap());
    assert_eq!(owner.adds("laptop").await.status, 201);
    owner.cookies.clear();

    let options = owner.begin("/sign-in/passkey/begin").await;
    owner.device.counter += 1;
    let answer: Value = serde_json::from_slice(&owner.device.get(&options)).unwrap();
    let body = json!({ "answer": answer, "next": "/" });
    let finish = async |browser: &Browser| browser.ask("POST", "/sign-in/passkey/finish").json(&body).send().await;
    let thief = Browser::of(&workshop);
    let stolen = finish(&thief).await;
    assert_eq!(stolen.status, 401);
    assert!(stolen.cookie(cookies::NAME).is_none());
    for (path, cookie) in [("/sign-in/passkey/begin", ""), ("/sign-in/passkey/finish", owner.cookies[0].as_str())] {
        let forged = ask(workshop.address, "POST", path).header("origin", "https://evil.example");
        let forged = forged.header("cookie", cookie).json(&body).send().await;
        assert_eq!(forged.status, 403, "{path}");
    }
    assert_eq!(finish(&owner).await.status, 200);
    assert_eq!(finish(&owner).await.status, 401, "once");

    let unreadable = owner.ask("POST", "/sign-in/passkey/finish").json(&json!({ "x": 1 })).send().await;
    assert_eq!((unreadable.status, unreadable.json()["code"].as_str()), (400, Some("malformed")));
    workshop.close().await;
}

#[tokio::test]
async fn where_there_is_no_name_there_are_no_passkeys_and_the_pages_say_so() {
    let workshop = Workshop::open().await;
    let by_number = ask(workshop.address, "POST", "/sign-in/passkey/begin").stranger().json(&json!({})).send().await;
    assert_eq!(by_number.status, 422);
    let page = get(workshop.address, "/sign-in").stranger().send().await.text();
    assert!(page.contains("Passkeys need a host name") && !page.contains("data-passkey"), "{page}");
    let account = get(workshop.address, "/account").header("accept", "text/html").send().await.text();
    assert!(account.contains("Passkeys need a host name") && !account.contains("data-passkey"), "{account}");

    let browser = Browser::of(&workshop);
    let page = browser.ask("GET", "/sign-in").send().await.text();
    assert!(page.contains("data-passkey=\"sign-in\""), "{page}");
    workshop.close().await;
}
