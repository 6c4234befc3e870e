//! Signing in at a real OpenID Connect provider that runs on this machine, over the wire from the first page to the last.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use url::Url;

use crate::cookies;
use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;

const CEREMONY: &str = "tatwats_provider";

/// The provider's process. It ends when its standard input closes, so with this one.
struct Running {
    issuer: String,
    _process: Child,
}

/// The one provider of all tests; none when Node or npm's packages are missing, which only a contributor's machine may
/// be without.
fn running() -> Option<&'static Running> {
    static RUNNING: OnceLock<Option<Running>> = OnceLock::new();
    let running = RUNNING.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let node = Command::new("node").arg("--version").output();
        if node.is_err() || !root.join("node_modules/oidc-provider").exists() {
            assert!(
                std::env::var_os("CI").is_none(),
                "Node and npm's packages are required in CI; run script/bootstrap"
            );
            return None;
        }
        let mut process = Command::new("node")
            .arg(root.join("src/identity/tests/oidc/provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let issuer = lines.filter_map(|line| line.strip_prefix("listening ").map(str::to_owned)).next();
        Some(Running { issuer: issuer.expect("the provider starts"), _process: process })
    });
    if running.is_none() {
        println!("skipped: an OpenID Connect provider in Node (run script/bootstrap to get it)");
    }
    running.as_ref()
}

/// A workshop that knows the provider, and lets newcomers in with `role`.
async fn workshop(role: &str) -> Option<Workshop> {
    Some(knowing(&running()?.issuer, role).await)
}

async fn knowing(issuer: &str, role: &str) -> Workshop {
    Workshop::set(&[
        ("TATWATS_OIDC_ISSUER", issuer),
        ("TATWATS_OIDC_CLIENT_ID", "on-this-machine"),
        ("TATWATS_OIDC_CLIENT_SECRET", "for tests only, and on this machine only"),
        ("TATWATS_OIDC_NAME", "Example"),
        ("TATWATS_OIDC_ROLE", role),
    ])
    .await
}

/// Sets off from the sign-in, or from the account's page: where to, and the cookie that comes back.
async fn leave(workshop: &Workshop, cookie: Option<&str>, fields: &[(&str, &str)]) -> (Url, String) {
    let form = ask(workshop.address, "POST", "/sign-in/oidc").stranger().form(fields);
    let left = match cookie {
        Some(cookie) => form.header("cookie", cookie).send().await,
        None => form.send().await,
    };
    assert_eq!(left.status, 200, "{}", left.text());
    assert_eq!(left.header("referrer-policy"), Some("strict-origin"));
    let page = left.text();
    let (_, rest) = page.split_once("content=\"0;url=").unwrap_or_else(|| panic!("{page}"));
    let there = rest.split('"').next().unwrap().replace("&amp;", "&");
    (there.parse().unwrap(), left.cookie(CEREMONY).unwrap())
}

/// Lets a browser go through the provider's pages until it is sent back: the path and query of the return.
async fn at_the_provider(mut url: Url) -> String {
    let issuer = &running().unwrap().issuer;
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut kept = HashMap::<String, String>::new();
    for _ in 0..10 {
        let sent: Vec<_> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let page = browser.get(url.clone()).header("cookie", sent.join("; ")).send().await.unwrap();
        for cookie in page.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            kept.insert(name.to_owned(), value.to_owned());
        }
        let Some(location) = page.headers().get("location") else {
            panic!("{url} leads nowhere: {} {}", page.status(), page.text().await.unwrap());
        };
        url = url.join(location.to_str().unwrap()).unwrap();
        if !url.as_str().starts_with(issuer) {
            return format!("{}?{}", url.path(), url.query().unwrap_or_default());
        }
    }
    panic!("the provider's pages go round in circles");
}

async fn come_back(workshop: &Workshop, path: &str, shown: &[&str]) -> Answer {
    get(workshop.address, path)
        .stranger()
        .header("accept", "text/html")
        .header("cookie", &shown.join("; "))
        .send()
        .await
}

async fn account(workshop: &Workshop, cookie: &str) -> serde_json::Value {
    get(workshop.address, "/api/v1/account").header("cookie", cookie).send().await.json()
}

#[tokio::test]
async fn a_newcomer_signs_in_by_the_provider_and_is_known_again() {
    let Some(workshop) = workshop("viewer").await else { return };
    let page = get(workshop.address, "/sign-in?next=/helpers").stranger().send().await.text();
    assert!(page.contains("Sign in with Example"), "{page}");
    let mut names = Vec::new();
    for _ in 0..2 {
        let (there, ceremony) = leave(&workshop, None, &[("next", "/helpers")]).await;
        let path = at_the_provider(there).await;
        assert!(path.starts_with("/sign-in/oidc/return?"), "{path}");
        let back = come_back(&workshop, &path, &[&ceremony]).await;
        assert_eq!((back.status, back.header("location")), (303, Some("/helpers")), "{}", back.text());
        assert_eq!(back.cookie(CEREMONY).as_deref(), Some("tatwats_provider="));
        let account = account(&workshop, &back.cookie(cookies::NAME).unwrap()).await;
        assert_eq!(account["grants"]["workshop"], "viewer");
        assert_eq!(account["user"]["display_name"], "Anna Ödegård");
        names.push(account["user"]["name"].clone());

        let replayed = come_back(&workshop, &path, &[&ceremony]).await;
        assert_eq!(replayed.status, 401);
        assert!(replayed.cookie(cookies::NAME).is_none() && replayed.text().contains("used already"));
    }
    assert_eq!(names, ["anna", "anna"]);
    workshop.close().await;
}

#[tokio::test]
async fn what_another_browser_began_lets_nobody_in() {
    let Some(workshop) = workshop("viewer").await else { return };
    let (there, mine) = leave(&workshop, None, &[]).await;
    let (_, theirs) = leave(&workshop, None, &[]).await;
    let path = at_the_provider(there).await;
    for shown in ["theme=dark", &theirs, "tatwats_provider=tac_x"] {
        let back = come_back(&workshop, &path, &[shown]).await;
        assert_eq!(back.status, 401, "{shown}: {}", back.text());
        assert!(back.cookie(cookies::NAME).is_none());
    }
    // The state, not only the cookie, must be the one that was given out.
    let mut url: Url = format!("http://localhost{path}").parse().unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| name != "state").collect();
    url.query_pairs_mut().clear().extend_pairs(pairs).append_pair("state", "another");
    let wrong = format!("{}?{}", url.path(), url.query().unwrap());
    let back = come_back(&workshop, &wrong, &[&mine]).await;
    assert_eq!(back.status, 401, "{}", back.text());
    assert!(back.text().contains("not begun in this browser"), "{}", back.text());
    assert_eq!(come_back(&workshop, &path, &[&mine]).await.status, 401, "and now it is used up");
    assert_eq!(come_back(&workshop, "/sign-in/oidc/return", &[&mine]).await.status, 401);

    let forged = ask(workshop.address, "POST", "/sign-in/oidc").header("origin", "https://evil.example").send().await;
    assert_eq!(forged.status, 403);
    let by_link = get(workshop.address, "/sign-in/oidc").header("accept", "text/html").send().await;
    assert!(matches!(by_link.status, 404 | 405), "a link does nothing: {}", by_link.status);
    workshop.close().await;
}

#[tokio::test]
async fn someone_who_is_in_links_the_provider_and_signs_in_there_from_then_on() {
    let Some(workshop) = workshop("none").await else { return };
    let (there, ceremony) = leave(&workshop, None, &[]).await;
    let refused = come_back(&workshop, &at_the_provider(there).await, &[&ceremony]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("Example knows you, but you have no account here yet"), "{}", refused.text());

    let owner = cookies::of(workshop.address).unwrap();
    let (there, ceremony) = leave(&workshop, Some(&owner), &[("link", "true")]).await;
    let path = at_the_provider(there).await;
    let other = cookies::session(&workshop.store, 3_600).await;
    let elsewhere = come_back(&workshop, &path, &[&ceremony, &other]).await;
    assert_eq!(elsewhere.status, 401, "another session did not ask for it");
    assert!(elsewhere.text().contains("That was not linked"), "{}", elsewhere.text());

    let (there, ceremony) = leave(&workshop, Some(&owner), &[("link", "true")]).await;
    let linked = come_back(&workshop, &at_the_provider(there).await, &[&ceremony, &owner]).await;
    assert_eq!((linked.status, linked.header("location")), (303, Some("/account")), "{}", linked.text());
    let page = get(workshop.address, "/account").header("accept", "text/html").send().await.text();
    assert!(page.contains("Unlink Example"), "{page}");

    let (there, ceremony) = leave(&workshop, None, &[]).await;
    let back = come_back(&workshop, &at_the_provider(there).await, &[&ceremony]).await;
    let cookie = back.cookie(cookies::NAME).unwrap();
    assert_eq!(account(&workshop, &cookie).await["user"]["name"], "owner");
    let stranger = ask(workshop.address, "POST", "/sign-in/oidc").stranger().form(&[("link", "true")]).send().await;
    assert_eq!((stranger.status, stranger.header("location")), (303, Some("/sign-in?next=%2Faccount")));
    workshop.close().await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_leaves_the_other_ways() {
    let workshop = knowing("http://127.0.0.1:1", "none").await;
    let left = ask(workshop.address, "POST", "/sign-in/oidc").stranger().form(&[("next", "/helpers")]).send().await;
    assert_eq!(left.status, 424);
    let page = left.text();
    assert!(page.contains("does not answer as it should") && page.contains("name=\"password\""), "{page}");
    assert!(page.contains("value=\"/helpers\""), "{page}");
    workshop.close().await;

    let without = Workshop::open().await;
    let left = ask(without.address, "POST", "/sign-in/oidc").stranger().form(&[]).send().await;
    assert_eq!(left.status, 404);
    assert!(!get(without.address, "/sign-in").stranger().send().await.text().contains("/sign-in/oidc"));
    without.close().await;
}
