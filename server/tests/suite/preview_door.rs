//! The door of the apps: who gets in, who does not, and where those are sent.

use std::net::SocketAddr;

use domain::account::SessionEnd;
use domain::{Actor, ErrorCode, Project, Role, Slug, UserName};
use projects::Origin;
use store::commands::{CreateUser, DisableUser, EndSession, SetRole};
use store::testing::owner;

use crate::cookies::{self, APP, at_app, of_app, way_into};
use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;

/// What a browser says that opens a page.
const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// A workshop with two projects, `pods` and `other`.
async fn open() -> (Workshop, Project, Project) {
    let workshop = Workshop::open().await;
    let pods = project(&workshop, "pods").await;
    let other = project(&workshop, "other").await;
    (workshop, pods, other)
}

async fn project(workshop: &Workshop, name: &str) -> Project {
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&owner(), name, None, Origin::default()).await.unwrap();
    projects.finished(&begun).await.unwrap()
}

/// Someone who may read one project alone, with the cookie of their session.
async fn local(workshop: &Workshop, name: &str, project: &Project) -> (UserName, String) {
    let user: UserName = name.parse().unwrap();
    let create = CreateUser { name: user.clone(), display_name: name.into(), role: None, password: None };
    workshop.store.run(&owner(), create).await.unwrap();
    let role = SetRole { user: user.clone(), project: Some(project.id), role: Some(Role::Viewer), keep: None };
    workshop.store.run(&owner(), role).await.unwrap();
    let cookie = cookies::session_of(&workshop.store, &user, 3_600).await;
    (user, cookie)
}

/// What the app answers to a script that shows `cookie`.
async fn shown(to: SocketAddr, slug: &str, cookie: &str) -> Answer {
    let host = format!("{slug}.localhost:{}", to.port());
    get(to, "/index.html").header("host", &host).header("cookie", cookie).send().await
}

fn session(workshop: &Workshop) -> String {
    cookies::of(workshop.address).unwrap()
}

#[tokio::test]
async fn a_browser_comes_in_by_the_workshop_and_stays_in() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let host = format!("pods.localhost:{}", to.port());
    let knocks = get(to, "/js/app.js?v=1").header("host", &host).header(PAGE.0, PAGE.1).send().await;
    let entrance = format!("http://{to}/projects/pods/app?to=%2Fjs%2Fapp.js%3Fv%3D1");
    assert_eq!((knocks.status, knocks.header("location")), (303, Some(entrance.as_str())));
    assert_eq!(knocks.header("cache-control"), Some("no-store"));

    let led = get(to, "/projects/pods/app?to=%2Fjs%2Fapp.js%3Fv%3D1").header(PAGE.0, PAGE.1).send().await;
    assert_eq!((led.status, led.header("cache-control")), (303, Some("no-store")));
    assert_eq!(led.header("referrer-policy"), Some("no-referrer"));
    let there = led.header("location").unwrap();
    let path = there.strip_prefix(&format!("http://{host}")).unwrap();
    assert!(path.starts_with("/.workshop/enter?ticket="), "{path}");

    let entered = at_app(to, "pods", path).await;
    assert_eq!((entered.status, entered.header("cache-control")), (303, Some("no-store")));
    assert_eq!(entered.header("location"), Some("/.workshop/entered?to=%2Fjs%2Fapp.js%3Fv%3D1"));
    let set = entered.header("set-cookie").unwrap();
    assert!(set.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"), "{set}");
    let secret = session(&workshop);
    let (_, secret) = secret.split_once('=').unwrap();
    assert!(!set.contains(secret), "the app's origin never gets the workshop's secret");

    let cookie = entered.cookie(APP).unwrap();
    let next = entered.header("location").unwrap();
    let kept = get(to, next).header("host", &host).header("cookie", &cookie).send().await;
    assert_eq!((kept.status, kept.header("location")), (303, Some("/js/app.js?v=1")));
    let file = get(to, "/js/app.js?v=1").header("host", &host).header("cookie", &cookie).send().await;
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/javascript; charset=utf-8")));

    // The page of a ticket that was used, loaded again, leads on all the same.
    let again = get(to, path).header("host", &host).header("cookie", &cookie).send().await;
    assert_eq!((again.status, again.header("location")), (303, Some("/js/app.js?v=1")));
    workshop.close().await;
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_does_not_go_round_in_circles() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let entered = at_app(to, "pods", &way_into(to, &session(&workshop), "pods").await).await;
    let host = format!("pods.localhost:{}", to.port());
    let next = entered.header("location").unwrap();
    let without = get(to, next).header("host", &host).header(PAGE.0, PAGE.1).send().await;
    assert_eq!((without.status, without.header("location")), (401, None));
    let link = format!("href=\"http://{to}/projects/pods/app\"");
    assert!(without.text().contains("cookie") && without.text().contains(&link), "{}", without.text());
    workshop.close().await;
}

#[tokio::test]
async fn a_stranger_signs_in_on_the_way() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let way = "/projects/pods/app?to=%2Foffline.html";
    let asked = get(to, way).stranger().header(PAGE.0, PAGE.1).send().await;
    let sign_in = "/sign-in?next=%2Fprojects%2Fpods%2Fapp%3Fto%3D%252Foffline.html";
    assert_eq!((asked.status, asked.header("location")), (303, Some(sign_in)));
    let who = accounts::NewPerson { name: "ada".into(), display_name: "".into(), password: cookies::PASSWORD.into() };
    let accounts = &workshop.server.state.accounts;
    accounts.create_user(&Actor::system(), who, Some(Role::Viewer)).await.unwrap();
    let fields = [("name", "ada"), ("password", cookies::PASSWORD), ("next", way)];
    let signed_in = ask(to, "POST", "/sign-in").stranger().form(&fields).send().await;
    // No redirect: browsers hold what follows a form to `form-action`, and the app is another origin.
    assert_eq!((signed_in.status, signed_in.header("location")), (200, None));
    assert!(signed_in.text().contains(&format!("content=\"0;url={way}\"")), "{}", signed_in.text());
    let cookie = signed_in.cookie(cookies::NAME).unwrap();
    assert_eq!(shown(to, "pods", &of_app(to, &cookie, "pods").await).await.status, 200);
    workshop.close().await;
}

#[tokio::test]
async fn whoever_shows_nothing_that_holds_gets_nothing() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let (session, good) = (session(&workshop), of_app(to, &session(&workshop), "pods").await);
    assert_eq!(shown(to, "pods", &good).await.status, 200);
    let (_, secret) = session.split_once('=').unwrap();
    let (_, value) = good.split_once('=').unwrap();
    let mut parts = value.splitn(3, '.');
    let (id, code, from) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let stranger_id = workshop.store.new_id::<domain::SessionId>();
    let of_other = of_app(to, &session, "other").await;
    for (what, cookie) in [
        ("nothing", "theme=dark".to_owned()),
        ("the workshop's cookie", session.clone()),
        ("its secret under the app's name", format!("{APP}={secret}")),
        ("no code", format!("{APP}={id}..{from}")),
        ("a forged code", format!("{APP}={id}.{}.{from}", "A".repeat(43))),
        ("a code with another case", format!("{APP}={id}.{}.{from}", code.to_uppercase())),
        ("another session", format!("{APP}={stranger_id}.{code}.{from}")),
        ("the cookie of another app", of_other),
        ("two cookies", format!("{good}; {good}")),
    ] {
        for path in ["/", "/index.html", "/sw.js", "/manifest.webmanifest", "/no-such-file", "/.workshop/x"] {
            let host = format!("pods.localhost:{}", to.port());
            for method in ["GET", "HEAD"] {
                let answer = ask(to, method, path).header("host", &host).header("cookie", &cookie).send().await;
                assert_eq!(answer.status, 401, "{what}: {method} {path}");
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}: {method} {path}");
            }
        }
    }
    // The other way round: what opens the app opens nothing of the workshop.
    for cookie in [good.clone(), format!("{}={value}", cookies::NAME)] {
        assert_eq!(get(to, "/api/v1/account").header("cookie", &cookie).send().await.status, 401, "{cookie}");
        assert_eq!(get(to, "/projects/pods/app").header("cookie", &cookie).send().await.status, 401, "{cookie}");
    }
    // Nor does a token open an app, neither here nor on the way.
    let bearer = format!("Bearer {}", cookies::token(&workshop.store, 3_600).await);
    let host = format!("pods.localhost:{}", to.port());
    let by_token = get(to, "/").header("host", &host).header("authorization", &bearer).send().await;
    assert_eq!(by_token.status, 401);
    assert_eq!(get(to, "/projects/pods/app").header("authorization", &bearer).send().await.status, 403);
    workshop.close().await;
}

#[tokio::test]
async fn those_who_get_nothing_are_told_why_in_their_own_language() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let ask_as = async |slug: &str, headers: &[(&str, &str)]| {
        let ask = get(to, "/").header("host", &format!("{slug}.localhost:{}", to.port()));
        headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
    };
    let frame = [PAGE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
    let script = [("accept", "*/*"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
    let manifest = [("accept", "*/*"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "manifest")];
    let page = [PAGE, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    for slug in ["pods", "no-such-app"] {
        // An app that nobody made is answered as one that may not be seen.
        assert_eq!(ask_as(slug, &page).await.header("location"), Some(&*format!("http://{to}/projects/{slug}/app")));
        let framed = ask_as(slug, &frame).await;
        assert_eq!((framed.status, framed.header("content-type")), (401, Some("text/html; charset=utf-8")));
        let scripted = ask_as(slug, &script).await;
        assert_eq!((scripted.status, &scripted.json()["code"]), (401, &"unauthorized".into()));
        assert!(!scripted.text().contains("use-credentials"));
        assert!(ask_as(slug, &manifest).await.text().contains("use-credentials"));
    }
    workshop.close().await;
}

#[tokio::test]
async fn an_app_is_seen_by_those_who_may_read_its_project_and_by_nobody_else() {
    let (workshop, pods, _) = open().await;
    let to = workshop.address;
    let (bob, cookie) = local(&workshop, "bob", &pods).await;
    let app = of_app(to, &cookie, "pods").await;
    assert_eq!(shown(to, "pods", &app).await.status, 200);
    let enters = async |slug: &str| {
        get(to, &format!("/projects/{slug}/app")).header("cookie", &cookie).header(PAGE.0, PAGE.1).send().await
    };
    let (unseen, unknown) = (enters("other").await, enters("nobody-made-me").await);
    assert_eq!((unseen.status, unknown.status), (404, 404));
    let told = |answer: &Answer| {
        answer.header("location").map(str::to_owned).or(answer.header("set-cookie").map(str::to_owned))
    };
    assert_eq!((told(&unseen), told(&unknown)), (None, None));
    assert_eq!(get(to, "/projects/not%20a%20name/app").send().await.status, 404);

    // Should a cookie for it exist all the same, it opens nothing either: rights are looked up each time.
    let id = cookies_session(&workshop, &bob).await;
    let slug: Slug = "other".parse().unwrap();
    let ticket = workshop.server.state.app_door.ticket(&id, &slug);
    let forced = at_app(to, "other", &format!("/.workshop/enter?ticket={ticket}")).await.cookie(APP).unwrap();
    assert_eq!(shown(to, "other", &forced).await.status, 401);

    // A change of rights closes the app at once, also where the session is spared.
    let keep = Some(id.id);
    let take = SetRole { user: bob.clone(), project: Some(pods.id), role: None, keep };
    workshop.store.run(&owner(), take).await.unwrap();
    assert_eq!(shown(to, "pods", &app).await.status, 401);
    let give = SetRole { user: bob, project: Some(pods.id), role: Some(Role::Viewer), keep };
    workshop.store.run(&owner(), give).await.unwrap();
    assert_eq!(shown(to, "pods", &app).await.status, 200, "it was the rights alone");
    workshop.close().await;
}

async fn cookies_session(workshop: &Workshop, user: &UserName) -> domain::Session {
    workshop.store.sessions_of(user).await.unwrap().remove(0)
}

#[tokio::test]
async fn signing_out_and_shutting_out_close_the_app_at_once() {
    let (workshop, pods, _) = open().await;
    let to = workshop.address;
    let (ada, cookie) = local(&workshop, "ada", &pods).await;
    let app = of_app(to, &cookie, "pods").await;
    assert_eq!(shown(to, "pods", &app).await.status, 200);
    let out = ask(to, "POST", "/sign-out").header("cookie", &cookie).send().await;
    assert_eq!(out.status, 303);
    assert_eq!(shown(to, "pods", &app).await.status, 401, "signed out");

    let again = cookies::session_of(&workshop.store, &ada, 3_600).await;
    let (app, way) = (of_app(to, &again, "pods").await, way_into(to, &again, "pods").await);
    assert_eq!(shown(to, "pods", &app).await.status, 200);
    workshop.store.run(&owner(), DisableUser { user: ada, disabled: true }).await.unwrap();
    assert_eq!(shown(to, "pods", &app).await.status, 401, "shut out");
    assert_eq!(at_app(to, "pods", &way).await.status, 401, "nor by a ticket from before");

    let (bob, cookie) = local(&workshop, "bob", &pods).await;
    let app = of_app(to, &cookie, "pods").await;
    let id = cookies_session(&workshop, &bob).await.id;
    workshop.store.run(&owner(), EndSession { session: id, why: SessionEnd::Revoked }).await.unwrap();
    assert_eq!(shown(to, "pods", &app).await.status, 401, "ended by an admin");
    workshop.close().await;
}

#[tokio::test]
async fn a_ticket_holds_once_and_for_its_app() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let way = way_into(to, &session(&workshop), "pods").await;
    let elsewhere = at_app(to, "other", &way).await;
    assert_eq!((elsewhere.status, elsewhere.header("set-cookie")), (401, None), "a ticket of another app");
    let head = ask(to, "HEAD", &way).header("host", &format!("pods.localhost:{}", to.port())).send().await;
    assert_eq!((head.status, head.header("set-cookie")), (401, None), "whoever only looks does not use it up");
    assert!(at_app(to, "pods", &way).await.cookie(APP).is_some());
    let twice = at_app(to, "pods", &way).await;
    assert_eq!((twice.status, twice.header("set-cookie")), (401, None));
    let link = format!("href=\"http://{to}/projects/pods/app\"");
    assert!(twice.text().contains(&link), "{}", twice.text());
    for ticket in ["", "x", "a.b.c"] {
        let forged = at_app(to, "pods", &format!("/.workshop/enter?ticket={ticket}")).await;
        assert_eq!((forged.status, forged.header("set-cookie")), (401, None), "{ticket}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn the_way_in_leads_nowhere_else() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    let (session, host) = (session(&workshop), format!("pods.localhost:{}", to.port()));
    let app = of_app(to, &session, "pods").await;
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/.workshop/enter",
        "/\t/evil.example",
        "x",
    ] {
        let to_evil: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
        let led = get(to, &format!("/projects/pods/app?to={to_evil}")).send().await;
        let there = led.header("location").unwrap();
        assert!(there.starts_with(&format!("http://{host}/.workshop/enter?")) && there.ends_with("&to=%2F"), "{there}");
        let (way, _) = way_into(to, &session, "pods")
            .await
            .rsplit_once("&to=")
            .map(|(way, to)| (way.to_owned(), to.to_owned()))
            .unwrap();
        let entered = at_app(to, "pods", &format!("{way}&to={to_evil}")).await;
        assert_eq!(entered.header("location"), Some("/.workshop/entered?to=%2F"), "{evil}");
        let on = get(to, &format!("/.workshop/entered?to={to_evil}")).header("host", &host).header("cookie", &app);
        assert_eq!(on.send().await.header("location"), Some("/"), "{evil}");
    }
    // The workshop that a browser came from is one of its own addresses, whatever the address of the page says.
    for (from, home) in
        [("evil.example", to.to_string()), (&*format!("localhost:{}", to.port()), format!("localhost:{}", to.port()))]
    {
        let way = way_into(to, &session, "pods")
            .await
            .replace(&format!("from={}%3A{}", to.ip(), to.port()), &format!("from={from}"));
        let cookie = at_app(to, "pods", &way).await.cookie(APP).unwrap();
        let cookie = cookie.replace(cookie.split('.').nth(1).unwrap(), "over");
        let back = get(to, "/").header("host", &host).header("cookie", &cookie).header(PAGE.0, PAGE.1).send().await;
        assert_eq!(back.header("location"), Some(&*format!("http://{home}/projects/pods/app")));
    }
    workshop.close().await;
}

#[tokio::test]
async fn an_app_is_opened_in_a_page_and_not_behind_it() {
    let (workshop, ..) = open().await;
    let to = workshop.address;
    for (mode, dest) in [("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")] {
        let ask = get(to, "/projects/pods/app").header("sec-fetch-mode", mode).header("sec-fetch-dest", dest);
        let answer = ask.send().await;
        assert_eq!((answer.status, answer.header("location")), (403, None), "{mode} {dest}");
        assert_eq!(answer.json()["code"], ErrorCode::Forbidden.name());
    }
    let ask = get(to, "/projects/pods/app").header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
    assert_eq!(ask.send().await.status, 303);
    workshop.close().await;
}
