//! The pages for accounts and people, by plain forms: what is shown, what is shown once, and what is not offered.

use std::net::SocketAddr;

use crate::cookies;
use crate::http::{Answer, ask, get};
use crate::workshop::Workshop;

const PAGE: &str = "text/html,application/xhtml+xml";
const PASSWORD: &str = "a lamp of seven colours";

/// Someone's browser, without a script.
struct Browser {
    to: SocketAddr,
    cookie: String,
}

impl Browser {
    /// The browser of `owner`.
    fn of_owner(workshop: &Workshop) -> Self {
        Self { to: workshop.address, cookie: cookies::of(workshop.address).unwrap() }
    }

    /// The browser of someone new, who came by an invitation.
    async fn joins(workshop: &Workshop, name: &str, link: &str) -> Self {
        let fields = [("link", link), ("name", name), ("password", PASSWORD), ("password_again", PASSWORD)];
        let answer = ask(workshop.address, "POST", "/join").stranger().form(&fields).send().await;
        assert_eq!(answer.status, 303, "{}", answer.said());
        Self { to: workshop.address, cookie: cookie_of(&answer) }
    }

    async fn sees(&self, path: &str) -> Answer {
        get(self.to, path).header("cookie", &self.cookie).header("accept", PAGE).send().await
    }

    /// Sends a form that stands on the page at `page`.
    async fn sends(&self, page: &str, act: &str, fields: &[(&str, &str)]) -> Answer {
        let referer = format!("http://{}{page}", self.to);
        ask(self.to, "POST", &format!("/api/fn/{act}"))
            .header("cookie", &self.cookie)
            .header("accept", PAGE)
            .header("referer", &referer)
            .form(fields)
            .send()
            .await
    }

    /// Goes where a refused form leads, to see why.
    async fn follows(&self, answer: &Answer) -> String {
        let place = answer.header("location").unwrap_or_else(|| panic!("leads nowhere: {answer:?}"));
        let path = place.split_once(&self.to.to_string()).map_or(place, |(_, path)| path);
        let page = self.sees(path).await;
        assert_eq!(page.status, 200, "{path}");
        page.said()
    }

    /// With one more cookie.
    fn with(&self, cookie: &str) -> Self {
        Self { to: self.to, cookie: format!("{}; {cookie}", self.cookie) }
    }
}

fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// What stands in the field `id` of a page.
fn value_of(page: &str, id: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("id=\"{id}\""))?;
    let (_, value) = rest.split('>').next()?.split_once("value=\"")?;
    value.split('"').next().map(ToOwned::to_owned)
}

/// What is said to be wrong with the field `id` of a page.
fn wrong_with(page: &str, id: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("id=\"{id}-note\" data-bad=\"true\""))?;
    let (_, rest) = rest.split_once('>')?;
    rest.split("</p>").next().map(ToOwned::to_owned)
}

#[tokio::test]
async fn a_profile_is_saved_and_what_is_wrong_is_said_at_its_field() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    let fields = [("display_name", "Ada  <b>L</b>"), ("time_zone", "Europe/Berlin")];
    let saved = owner.sends("/account", "save_profile", &fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, Some("/account")), "{}", saved.said());
    let page = owner.sees("/account").await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    let page = page.said();
    assert_eq!(value_of(&page, "time_zone").as_deref(), Some("Europe/Berlin"));
    assert!(page.contains("Ada &lt;b&gt;L") && !page.contains("<b>L</b>"), "{page}");

    let refused = owner.sends("/account", "save_profile", &[("display_name", " "), ("time_zone", "UTC")]).await;
    let page = owner.follows(&refused).await;
    assert_eq!(wrong_with(&page, "display_name").as_deref(), Some("A display name must have at least one character."));
    assert_eq!(wrong_with(&page, "time_zone"), None);
    workshop.close().await;
}

#[tokio::test]
async fn moments_are_told_in_the_time_zone_of_the_reader() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    let save =
        async |zone: &str| owner.sends("/account", "save_profile", &[("display_name", "O"), ("time_zone", zone)]).await;
    assert!(owner.sees("/account").await.said().contains("<option value=\"Pacific/Auckland\""), "zones to choose from");
    for (typed, kept, ahead, offset) in
        [("asia/kolkata", "Asia/Kolkata", 19_800, "UTC+5:30"), ("Etc/GMT+8", "Etc/GMT+8", -28_800, "UTC−8")]
    {
        assert_eq!(save(typed).await.header("location"), Some("/account"));
        for path in ["/account", "/people"] {
            let page = owner.sees(path).await.said();
            let (at, title, text) = moment(&page);
            let there = at.plus_seconds(ahead).to_utc();
            let clock = format!("{:02}:{:02}", there.hour(), there.minute());
            assert!(title.contains(&format!(" {clock}:")) && title.ends_with(offset), "{path}: {at} {title}");
            assert!(text.ends_with(&clock), "{path}: {at} {text}");
        }
        assert_eq!(value_of(&owner.sees("/account").await.said(), "time_zone").as_deref(), Some(kept));
    }
    let page = owner.follows(&save("Europe/Nowhere").await).await;
    assert!(wrong_with(&page, "time_zone").is_some_and(|why| why.contains("written like Europe/Berlin")), "{page}");
    workshop.close().await;
}

/// The first moment on a page: when it is, what it says in full, and what it says.
fn moment(page: &str) -> (domain::Timestamp, String, String) {
    let (_, time) = page.split_once("<time ").unwrap_or_else(|| panic!("no time: {page}"));
    let (time, _) = time.split_once("</time>").unwrap();
    let value = |key: &str| time.split_once(&format!("{key}=\"")).and_then(|(_, rest)| rest.split('"').next()).unwrap();
    let text = time.rsplit_once('>').map_or(time, |(_, text)| text);
    (value("datetime").parse().unwrap(), value("title").to_owned(), text.to_owned())
}

#[tokio::test]
async fn the_secret_of_a_token_is_shown_on_the_next_page_and_never_again() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    let refused = owner.sends("/account", "create_token", &[("name", "ci"), ("role", "viewer"), ("days", "400")]).await;
    assert!(wrong_with(&owner.follows(&refused).await, "days").is_some_and(|why| why.contains("1 to 365")));

    let made = owner.sends("/account", "create_token", &[("name", "ci"), ("role", "viewer"), ("days", "30")]).await;
    assert_eq!((made.status, made.header("location")), (303, Some("/account#tokens")), "{}", made.said());
    let cookie = made.header("set-cookie").unwrap().to_owned();
    for part in ["; Path=/account;", "; HttpOnly;", "; SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let shown = owner.with(&cookie_of(&made)).sees("/account").await;
    let secret = value_of(&shown.said(), "token-secret").unwrap();
    assert!(secret.starts_with("tat_"));
    assert!(shown.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "it is taken away");
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    let again = owner.sees("/account").await.said();
    assert!(again.contains(">ci<") && !again.contains(&secret), "the list has it, without its secret");

    let bearer = format!("Bearer {secret}");
    let by_token = get(workshop.address, "/api/v1/account").header("authorization", &bearer).send().await;
    assert_eq!(by_token.json()["grants"]["workshop"], "viewer");
    let own = get(workshop.address, "/api/fn/load_account").header("authorization", &bearer).send().await;
    assert_eq!(own.status, 403, "a program sees no sessions: {}", own.said());
    workshop.close().await;
}

#[tokio::test]
async fn a_new_password_comes_with_a_new_cookie_and_ends_the_other_sessions() {
    let workshop = Workshop::open().await;
    let (link, _) = invited(&workshop, "editor").await;
    let ada = Browser::joins(&workshop, "ada", &link).await;
    let sign_in = [("name", "ada"), ("password", PASSWORD)];
    let other = ask(workshop.address, "POST", "/sign-in").stranger().form(&sign_in).send().await;
    let other = Browser { to: workshop.address, cookie: cookie_of(&other) };
    assert!(ada.sees("/account").await.said().contains("Sign out everywhere else"));

    let new = "a quieter lamp of nine";
    let wrong = [("current", "not the password"), ("password", new), ("password_again", new)];
    let page = ada.follows(&ada.sends("/account", "change_password", &wrong).await).await;
    assert_eq!(wrong_with(&page, "current").as_deref(), Some("This is not your present password."));
    let twice = [("current", PASSWORD), ("password", new), ("password_again", "something else")];
    let page = ada.follows(&ada.sends("/account", "change_password", &twice).await).await;
    assert!(wrong_with(&page, "password_again").is_some() && !page.contains(new), "{page}");

    let right = [("current", PASSWORD), ("password", new), ("password_again", new)];
    let changed = ada.sends("/account", "change_password", &right).await;
    assert_eq!((changed.status, changed.header("location")), (303, Some("/account")), "{}", changed.said());
    let kept = Browser { to: ada.to, cookie: cookie_of(&changed) };
    assert_ne!(kept.cookie, ada.cookie);
    assert_eq!(kept.sees("/account").await.status, 200);
    for over in [ada, other] {
        let page = over.sees("/account").await;
        assert!(page.status == 303 && page.header("location").is_some_and(|place| place.starts_with("/sign-in")));
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_session_is_ended_from_another_one_and_a_token_taken_back() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    let other = Browser { to: owner.to, cookie: cookies::session(&workshop.store, 3_600).await };
    let here = account(&other).await["session"]["id"].as_str().unwrap().to_owned();
    let ended = owner.sends("/account", "end_session", &[("session", &here)]).await;
    assert_eq!(ended.status, 303, "{}", ended.said());
    assert_eq!(other.sees("/account").await.status, 303);

    let token = cookies::token(&workshop.store, 3_600).await;
    let id = workshop.store.tokens().await.unwrap()[0].id.to_string();
    owner.sends("/account", "revoke_token", &[("token", &id)]).await;
    let bearer = format!("Bearer {token}");
    let refused = get(owner.to, "/api/v1/account").header("authorization", &bearer).send().await;
    assert_eq!(refused.status, 401);
    workshop.close().await;
}

#[tokio::test]
async fn a_viewer_is_offered_nothing_that_only_others_may_do() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    let conversation = workshop.conversation().await;
    let page = format!("/conversations/{}", conversation.id);
    let (link, shown) = invited(&workshop, "viewer").await;
    assert!(shown.contains("As a viewer") && shown.contains("1 open invitation"), "{shown}");
    assert!(!owner.sees("/people").await.said().contains(&link), "the link is not shown again");
    let viewer = Browser::joins(&workshop, "vera", &link).await;

    for (browser, offered) in [(&owner, true), (&viewer, false)] {
        let shown = browser.sees(&page).await.said();
        assert_eq!(shown.contains("id=\"say\""), offered, "the composer");
        assert_eq!(shown.contains("href=\"/people\""), offered, "the place for people");
        assert_eq!(shown.contains("This takes the role editor; you are a viewer. Ask an admin."), !offered);
        let projects = browser.sees("/projects?new=1").await.said();
        assert_eq!(projects.contains(">Make project</button>"), offered);
        let overview = browser.sees("/").await.said();
        assert_eq!(overview.contains("Ask The Author for your first app"), offered);
    }
    let people = viewer.sees("/people").await;
    assert_eq!(people.status, 403);
    assert!(people.said().contains("This takes the role admin; you are a viewer."), "{}", people.said());
    let refused = viewer.sends("/people", "set_role", &[("user", "vera"), ("role", "admin")]).await;
    assert!(refused.header("location").is_some_and(|place| place.contains("__err=")), "{refused:?}");
    assert_eq!(account(&viewer).await["grants"]["workshop"], "viewer");
    workshop.close().await;
}

#[tokio::test]
async fn people_are_given_roles_shut_out_grouped_and_removed() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    let (link, _) = invited(&workshop, "viewer").await;
    let vera = Browser::joins(&workshop, "vera", &link).await;
    let done = async |act: &str, fields: &[(&str, &str)]| {
        let answer = owner.sends("/people", act, fields).await;
        assert_eq!(answer.status, 303, "{act}: {}", answer.said());
        assert!(!answer.header("location").is_some_and(|place| place.contains("__err")), "{act}: {answer:?}");
        owner.sees("/people").await.said()
    };
    done("set_role", &[("user", "vera"), ("role", "operator")]).await;
    assert_eq!(vera.sees("/account").await.status, 303, "signed out, since her rights changed");
    assert_eq!(user(&workshop, "vera").await.role, Some(domain::Role::Operator));
    done("set_role", &[("user", "vera"), ("role", "")]).await;
    assert_eq!(user(&workshop, "vera").await.role, None);

    let sign_in = [("name", "vera"), ("password", PASSWORD)];
    let back = ask(owner.to, "POST", "/sign-in").stranger().form(&sign_in).send().await;
    let vera = Browser { to: owner.to, cookie: cookie_of(&back) };
    let page = vera.sees("/account").await;
    assert!(page.status == 200 && page.said().contains("no role"), "an account without a role is one all the same");
    assert_eq!(vera.sees("/").await.status, 403);

    let page = done("put_group", &[("name", "crew"), ("new", "true"), ("members[]", "vera"), ("role", "editor")]).await;
    assert!(page.contains("1 member, editor") && page.contains("in crew"), "{page}");
    let again = owner.sends("/people", "put_group", &[("name", "crew"), ("new", "true")]).await;
    assert!(wrong_with(&owner.follows(&again).await, "name").is_some_and(|why| why.contains("already")));
    done("remove_group", &[("name", "crew")]).await;

    let page = done("disable_user", &[("user", "vera"), ("disabled", "true")]).await;
    assert!(page.contains("shut out") && page.contains("Enable"), "{page}");
    done("disable_user", &[("user", "vera"), ("disabled", "false")]).await;
    let page = done("remove_user", &[("user", "vera")]).await;
    assert!(!page.contains("vera") && page.contains("Only you so far"), "{page}");
    let last = owner.sends("/people", "remove_user", &[("user", "owner")]).await;
    assert!(owner.follows(&last).await.contains("owner is the last admin"));
    workshop.close().await;
}

#[tokio::test]
async fn a_role_on_one_project_is_given_to_people_and_groups_and_taken_away() {
    let workshop = Workshop::open().await;
    let owner = Browser::of_owner(&workshop);
    assert!(owner.sees("/people").await.said().contains("There is no project yet."));
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&store::testing::owner(), "pods", None, projects::Origin::default()).await.unwrap();
    let project = begun.project.id.to_string();
    let (link, _) = invited(&workshop, "viewer").await;
    let vera = Browser::joins(&workshop, "vera", &link).await;
    owner.sends("/people", "put_group", &[("name", "crew"), ("new", "true")]).await;
    let set = async |who: &str, role: &str| {
        let fields = [("who", who), ("project", project.as_str()), ("role", role)];
        let answer = owner.sends("/people", "set_project_role", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/people#project-roles")), "{answer:?}");
        owner.sees("/people").await.said()
    };
    let page = set("user:vera", "editor").await;
    assert!(page.contains("editor on pods") && page.contains("Take editor on pods from vera"), "{page}");
    assert!(page.contains("Their sessions end."), "what comes of it is said before");
    assert_eq!(vera.sees("/account").await.status, 303, "signed out, since her rights changed");
    assert_eq!(user(&workshop, "vera").await.project_roles.get(&begun.project.id), Some(&domain::Role::Editor));
    let page = set("group:crew", "operator").await;
    assert!(page.contains("the group crew") && page.contains("0 members, operator on pods"), "{page}");
    // Who is in it may change, and the role stays.
    owner.sends("/people", "put_group", &[("name", "crew"), ("new", "false"), ("members[]", "vera")]).await;
    assert!(owner.sees("/people").await.said().contains("1 member, operator on pods"));
    set("user:vera", "").await;
    let page = set("group:crew", "").await;
    assert!(!page.contains("on pods") && user(&workshop, "vera").await.project_roles.is_empty(), "{page}");

    for (field, wrong) in [("who", ["", project.as_str()]), ("project", ["user:vera", ""])] {
        let fields = [("who", wrong[0]), ("project", wrong[1]), ("role", "editor")];
        let page = owner.follows(&owner.sends("/people", "set_project_role", &fields).await).await;
        assert!(wrong_with(&page, field).is_some_and(|why| why.starts_with("Choose a p")), "{field}: {page}");
    }
    let gone = [("who", "user:nobody"), ("project", project.as_str()), ("role", "editor")];
    assert!(owner.follows(&owner.sends("/people", "set_project_role", &gone).await).await.contains("no such user"));
    workshop.close().await;
}

/// Invites someone by the form: the link's secret, and the page that showed it.
async fn invited(workshop: &Workshop, role: &str) -> (String, String) {
    let owner = Browser::of_owner(workshop);
    let made = owner.sends("/people", "invite_person", &[("role", role), ("project", ""), ("days", "7")]).await;
    assert_eq!((made.status, made.header("location")), (303, Some("/people#invitations")), "{}", made.said());
    let page = owner.with(&cookie_of(&made)).sees("/people").await.said();
    let link = value_of(&page, "invitation-link").unwrap_or_else(|| panic!("no link: {page}"));
    let secret = link.strip_prefix(&format!("http://{}/join?link=", workshop.address));
    (secret.unwrap_or_else(|| panic!("{link}")).to_owned(), page)
}

async fn account(browser: &Browser) -> serde_json::Value {
    get(browser.to, "/api/v1/account").header("cookie", &browser.cookie).send().await.json()
}

async fn user(workshop: &Workshop, name: &str) -> domain::User {
    workshop.store.user(&name.parse().unwrap()).await.unwrap().unwrap()
}
