//! Who the tests are: the admin `owner`, signed in at every server that they start, unless they say otherwise.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use domain::{Actor, UserName};
use identity::secret::{Kind, Secret};
use store::Store;
use store::commands::{CreateToken, StartSession};
use store::testing::owner;

use crate::http::{Answer, ask, get};

/// What the cookie of a session is called where there is no TLS.
pub(crate) const NAME: &str = "tatwats_session";
/// The password of `owner`, where one is needed.
pub(crate) const PASSWORD: &str = "moss lantern orbit quill";

/// The cookie for each server, and for each data folder: a session outlives its server.
#[derive(Default)]
struct Kept {
    servers: BTreeMap<SocketAddr, String>,
    folders: BTreeMap<PathBuf, String>,
}

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// The cookie that `owner` has at a server.
pub(crate) fn of(server: SocketAddr) -> Option<String> {
    KEPT.lock().unwrap().servers.get(&server).cloned()
}

/// Signs `owner` in at the server over `store`.
pub(crate) async fn sign_in(server: SocketAddr, store: &Store) {
    let cookie = session(store, 3_600).await;
    KEPT.lock().unwrap().servers.insert(server, cookie);
}

/// A session of `owner` that lasts so long, as a cookie.
pub(crate) async fn session(store: &Store, lasts_seconds: i64) -> String {
    session_of(store, &user(), lasts_seconds).await
}

/// A session of `user` that lasts so long, as a cookie.
pub(crate) async fn session_of(store: &Store, user: &UserName, lasts_seconds: i64) -> String {
    let secret = Secret::generate(Kind::Session).unwrap();
    let (device, place) = ("A test".into(), "127.0.0.1".into());
    let start = StartSession { hash: secret.hash(), user: user.clone(), device, place, lasts_seconds };
    store.run(&Actor::user(user.clone()), start).await.unwrap();
    format!("{NAME}={}", secret.reveal())
}

/// What the cookie is called that opens an app, where there is no TLS.
pub(crate) const APP: &str = "tatwats_app";

/// The cookie that opens the app `slug` to whoever has the cookie `session`, by the way that browsers go.
pub(crate) async fn of_app(server: SocketAddr, session: &str, slug: &str) -> String {
    let path = way_into(server, session, slug).await;
    let entered = at_app(server, slug, &path).await;
    entered.cookie(APP).unwrap_or_else(|| panic!("no cookie: {entered:?}"))
}

/// Where the workshop leads whoever has the cookie `session` and wants to see the app `slug`: a path there.
pub(crate) async fn way_into(server: SocketAddr, session: &str, slug: &str) -> String {
    let answer = get(server, &format!("/projects/{slug}/app")).header("cookie", session).send().await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let there = answer.header("location").unwrap();
    let path = there.strip_prefix(&format!("http://{slug}.localhost:{}", server.port()));
    path.unwrap_or_else(|| panic!("{there}")).to_owned()
}

/// What the app `slug` answers to a browser without any cookie.
pub(crate) async fn at_app(server: SocketAddr, slug: &str, path: &str) -> Answer {
    get(server, path).header("host", &format!("{slug}.localhost:{}", server.port())).send().await
}

/// A token of `owner` that lasts so long, without any bound but theirs.
pub(crate) async fn token(store: &Store, lasts_seconds: i64) -> String {
    let secret = Secret::generate(Kind::ApiToken).unwrap();
    let scope = domain::Scope { role: domain::Role::Admin, projects: None };
    let expires_at = store.now().plus_seconds(lasts_seconds);
    let create = CreateToken { hash: secret.hash(), user: user(), name: "A test".into(), scope, expires_at };
    store.run(&owner(), create).await.unwrap();
    secret.reveal().to_owned()
}

fn user() -> UserName {
    owner().by.user().cloned().unwrap()
}

/// Goes through the set-up of a server with its data in `folder` as `owner`, by the link that it printed; one that
/// printed none knows the session from before.
pub(crate) async fn set_up(server: SocketAddr, folder: &Path, link: Option<&str>) {
    let cookie = match link {
        Some(link) => Some(first_cookie(server, link).await),
        None => KEPT.lock().unwrap().folders.get(folder).cloned(),
    };
    if let Some(cookie) = cookie {
        let mut kept = KEPT.lock().unwrap();
        kept.servers.insert(server, cookie.clone());
        kept.folders.insert(folder.to_owned(), cookie);
    }
}

async fn first_cookie(server: SocketAddr, link: &str) -> String {
    let (_, secret) = link.split_once("?link=").unwrap_or_else(|| panic!("{link}"));
    let answer = ask(server, "POST", "/set-up")
        .stranger()
        .form(&[
            ("link", secret),
            ("name", "owner"),
            ("display_name", "Owner"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
            ("next", ""),
        ])
        .send()
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    assert!(cookie.starts_with(NAME) && cookie.contains("HttpOnly"), "{cookie}");
    cookie.split(';').next().unwrap_or_default().to_owned()
}
