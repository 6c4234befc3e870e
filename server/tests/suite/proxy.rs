//! Behind a proxy, under a public name, and for pages of other sites.

use domain::{Actor, Role};
use serde_json::json;
use store::testing::owner;

use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;

const PUBLIC: (&str, &str) = ("TATWATS_PUBLIC_URL", "https://workshop.example");
const PROXY: (&str, &str) = ("TATWATS_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");
const PASSWORD: &str = "a lamp of seven colours";

/// Lets `ada` sign in over the public name, from where the proxy says; gives the answer.
async fn signs_in(workshop: &Workshop, forwarded: &str) -> Answer {
    let body = format!("name=ada&password={}", PASSWORD.replace(' ', "+"));
    ask(workshop.address, "POST", "/sign-in")
        .header("host", "workshop.example")
        .header("origin", "https://workshop.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", forwarded)
        .body(&body)
        .send()
        .await
}

async fn ada_arrives(workshop: &Workshop) {
    let who = accounts::NewPerson { name: "ada".into(), display_name: "Ada".into(), password: PASSWORD.into() };
    let accounts = &workshop.server.state.accounts;
    accounts.create_user(&Actor::system(), who, Some(Role::Editor)).await.unwrap();
}

async fn place_of_ada(workshop: &Workshop) -> String {
    let sessions = workshop.store.sessions_of(&"ada".parse().unwrap()).await.unwrap();
    sessions[0].place.clone()
}

#[tokio::test]
async fn a_trusted_proxy_says_whom_a_request_comes_from_and_strangers_do_not() {
    let trusting = Workshop::set(&[PUBLIC, PROXY]).await;
    ada_arrives(&trusting).await;
    let answer = signs_in(&trusting, "198.51.100.1, 203.0.113.9, 10.0.0.2").await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(place_of_ada(&trusting).await, "203.0.113.9");
    trusting.close().await;

    let wary = Workshop::set(&[PUBLIC]).await;
    ada_arrives(&wary).await;
    assert_eq!(signs_in(&wary, "203.0.113.9").await.status, 303);
    assert_eq!(place_of_ada(&wary).await, "127.0.0.1");
    wary.close().await;
}

#[tokio::test]
async fn under_a_public_name_everything_is_over_tls() {
    let workshop = Workshop::set(&[PUBLIC]).await;
    let to = workshop.address;
    ada_arrives(&workshop).await;
    let page = get(to, "/sign-in").header("host", "workshop.example").send().await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self' wss://workshop.example;"), "{policy}");
    assert!(policy.contains("frame-src https://*.workshop.example;"), "{policy}");
    assert!(!page.text().contains("data-overheard"));

    let cookie = signs_in(&workshop, "203.0.113.9").await.header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("__Host-tatwats_session=tas_") && cookie.ends_with("; Secure"), "{cookie}");
    let (cookie, _) = cookie.split_once(';').unwrap();
    let open = |origin: &str| {
        ask(to, "POST", "/api/v1/conversations")
            .header("host", "workshop.example")
            .header("cookie", cookie)
            .header("origin", origin)
            .json(&json!({ "title": "Hello" }))
    };
    assert_eq!(open("https://workshop.example").send().await.status, 201);
    for foreign in ["http://workshop.example", "https://pods.workshop.example", "https://workshop.example:3000"] {
        assert_eq!(open(foreign).send().await.status, 403, "{foreign}");
    }
    let bare = cookie.strip_prefix("__Host-").unwrap();
    let by_other_name = get(to, "/api/v1/account").header("host", "workshop.example").header("cookie", bare);
    assert_eq!(by_other_name.send().await.status, 401);

    let preview = get(to, "/").header("host", "pods.workshop.example").header("accept", "text/html").send().await;
    assert_eq!((preview.status, preview.header("location")), (303, Some("https://workshop.example/projects/pods/app")));
    let frames = preview.header("content-security-policy").unwrap();
    assert!(frames.ends_with(" https://workshop.example"), "{frames}");
    // Each host has its own cookie, and neither opens the other.
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&owner(), "pods", None, projects::Origin::default()).await.unwrap();
    projects.finished(&begun).await.unwrap();
    let way = get(to, "/projects/pods/app").header("host", "workshop.example").header("cookie", cookie).send().await;
    let path = way.header("location").unwrap().strip_prefix("https://pods.workshop.example").unwrap();
    let entered = get(to, path).header("host", "pods.workshop.example").send().await;
    let set = entered.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-tatwats_app=") && set.ends_with("; Secure") && !set.contains("Domain"), "{set}");
    let (app_cookie, _) = set.split_once(';').unwrap();
    let at = async |host: &str, path: &str, cookie: &str| {
        get(to, path).header("host", host).header("cookie", cookie).send().await.status
    };
    assert_eq!(at("pods.workshop.example", "/", app_cookie).await, 200);
    assert_eq!(at("pods.workshop.example", "/", cookie).await, 401);
    assert_eq!(at("workshop.example", "/api/v1/account", app_cookie).await, 401);
    for stranger in ["workshop.example:1", "a.b.workshop.example", "evil.example"] {
        assert_eq!(get(to, "/healthz").header("host", stranger).send().await.status, 421, "{stranger}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn without_tls_every_page_says_that_others_can_listen_in() {
    let open = Workshop::set(&[("TATWATS_LISTEN", "0.0.0.0:0")]).await;
    let port = open.address.port();
    for host in [format!("127.0.0.1:{port}"), format!("192.168.1.5:{port}")] {
        let page = get(open.address, "/sign-in").stranger().header("host", &host).send().await;
        assert!(page.text().contains("data-overheard=\"true\"") && page.text().contains("not reached over TLS"));
        assert_eq!(page.header("strict-transport-security"), None);
    }
    let inside = get(open.address, "/helpers").header("accept", "text/html").send().await;
    assert_eq!(inside.status, 200);
    assert!(inside.text().contains("data-overheard=\"true\""), "{}", inside.text());
    let evil = format!("evil.example:{port}");
    assert_eq!(get(open.address, "/healthz").header("host", &evil).send().await.status, 421);
    open.close().await;

    let local = Workshop::open().await;
    for path in ["/sign-in", "/helpers"] {
        let page = get(local.address, path).header("accept", "text/html").send().await;
        assert!(!page.text().contains("data-overheard"), "{path}");
    }
    local.close().await;
}

#[tokio::test]
async fn pages_of_other_sites_need_to_be_named_and_to_show_a_token() {
    let workshop = Workshop::set(&[("TATWATS_CORS_ORIGINS", "https://dashboard.example")]).await;
    let to = workshop.address;
    let token = format!("Bearer {}", crate::cookies::token(&workshop.store, 3_600).await);
    let site = "https://dashboard.example";
    let beforehand = |origin: &str, path: &str| {
        ask(to, "OPTIONS", path).stranger().header("origin", origin).header("access-control-request-method", "POST")
    };
    let answer = beforehand(site, "/api/v1/conversations").send().await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some(site)));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    for (origin, path) in
        [("https://evil.example", "/api/v1/conversations"), ("null", "/api/v1/conversations"), (site, "/sign-in")]
    {
        let answer = beforehand(origin, path).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin} {path}");
        assert_ne!(answer.status, 204);
    }

    let body = json!({ "title": "From elsewhere" });
    let post = |origin: &str| {
        ask(to, "POST", "/api/v1/conversations")
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site")
            .json(&body)
    };
    let made = post(site).header("authorization", &token).send().await;
    assert_eq!((made.status, made.header("access-control-allow-origin")), (201, Some(site)), "{}", made.text());
    assert_eq!(made.header("vary"), Some("origin"));
    // The cookie alone, which the harness sends, opens nothing from there.
    assert_eq!(post(site).send().await.status, 403);
    assert_eq!(post("https://evil.example").header("authorization", &token).send().await.status, 403);
    let read = get(to, "/api/v1/account").header("origin", site).header("authorization", &token).send().await;
    assert_eq!((read.status, read.header("access-control-allow-origin")), (200, Some(site)));
    workshop.close().await;

    let closed = Workshop::open().await;
    let answer = get(closed.address, "/api/v1/account").header("origin", site).send().await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
    closed.close().await;
}
