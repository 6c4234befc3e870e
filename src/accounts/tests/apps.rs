//! The door of the apps: whom its tickets and cookies let in, and for how long.

#![allow(clippy::unwrap_used)]

use std::net::IpAddr;
use std::sync::Arc;

use accounts::{Accounts, AppDoor, Caller, Lasting, NewPerson, SessionCookie, SignedIn, Visit};
use domain::account::SessionEnd;
use domain::{Actor, Role, SessionId, Slug, Timestamp};
use identity::limit::Patience;
use identity::seal::Seal;
use identity::secret::{Kind, Secret};
use store::Store;
use store::commands::{DisableUser, EndSession, RotateSession};
use store::testing::{HandClock, TestStore, owner};
use tempfile::TempDir;

const DAY: i64 = 24 * 3_600;

struct Hall {
    accounts: Accounts,
    door: AppDoor,
    ada: SignedIn,
    store: Store,
    clock: Arc<HandClock>,
    test: TestStore,
    folder: TempDir,
}

impl Hall {
    /// A workshop in which `ada` is signed in.
    async fn open() -> Self {
        let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
        let test = TestStore::sqlite_with(clock.clone()).await;
        let (store, cookie) = (test.store.clone(), SessionCookie { over_tls: false });
        let (lasting, patience) = (Lasting::default(), Patience::default());
        let accounts = Accounts::new(store.clone(), lasting, patience, cookie, clock.clone()).unwrap();
        let password = "a lamp of seven colours";
        let who = NewPerson { name: "ada".into(), display_name: String::new(), password: password.into() };
        accounts.create_user(&Actor::system(), who, Some(Role::Viewer)).await.unwrap();
        let ada = accounts.sign_in("ada", password.into(), &visit()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let door = AppDoor::new(accounts.clone(), &Seal::open_or_create(folder.path().join("secrets.key")).unwrap());
        Self { accounts, door, ada, store, clock, test, folder }
    }

    fn ticket(&self) -> String {
        self.door.ticket(&self.ada.session, &pods())
    }

    /// The cookie that a ticket gives, as a browser shows it.
    async fn enters(&self, ticket: &str, app: &Slug) -> Option<String> {
        let cookie = self.door.let_in(ticket, app, "localhost:3000").await.unwrap()?;
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    async fn recognised(&self, cookie: &str, app: &Slug) -> Option<Caller> {
        let shown = self.door.shown([cookie].into_iter())?;
        self.door.recognised(shown, app, &visit()).await.unwrap()
    }

    async fn opens(&self, cookie: &str) -> bool {
        self.recognised(cookie, &pods()).await.is_some()
    }
}

fn pods() -> Slug {
    "pods".parse().unwrap()
}

fn other() -> Slug {
    "other".parse().unwrap()
}

fn visit() -> Visit {
    Visit { device: "Firefox on Linux".into(), address: IpAddr::from([192, 0, 2, 1]) }
}

#[tokio::test]
async fn a_ticket_holds_once_for_a_minute_and_for_one_app() {
    let hall = Hall::open().await;
    let ticket = hall.ticket();
    assert_eq!(hall.enters(&ticket, &other()).await, None, "of another app");
    assert!(hall.enters(&ticket, &pods()).await.is_some());
    assert_eq!(hall.enters(&ticket, &pods()).await, None, "twice");

    hall.clock.advance(1);
    let late = hall.ticket();
    hall.clock.advance(1);
    let in_time = hall.ticket();
    hall.clock.advance(59);
    assert_eq!(hall.enters(&late, &pods()).await, None, "late");
    assert!(hall.enters(&in_time, &pods()).await.is_some());
    hall.test.finish().await;
}

#[tokio::test]
async fn a_forged_ticket_or_cookie_opens_nothing() {
    let hall = Hall::open().await;
    let ticket = hall.ticket();
    let (session, rest) = ticket.split_once('.').unwrap();
    let (until, code) = rest.split_once('.').unwrap();
    let later = until.parse::<i64>().unwrap() + 1;
    let other_key = Seal::open_or_create(hall.folder.path().join("another.key")).unwrap();
    let foreign = AppDoor::new(hall.accounts.clone(), &other_key);
    for forged in [
        String::new(),
        "..".into(),
        format!("{session}.{until}."),
        format!("{session}.{until}.{}", code.to_uppercase()),
        format!("{session}.{later}.{code}"),
        format!("{}.{until}.{code}", hall.store.new_id::<SessionId>()),
        foreign.ticket(&hall.ada.session, &pods()),
    ] {
        assert_eq!(hall.enters(&forged, &pods()).await, None, "{forged}");
    }
    let cookie = hall.enters(&ticket, &pods()).await.unwrap();
    assert!(hall.opens(&cookie).await);
    assert!(hall.recognised(&cookie, &other()).await.is_none(), "the cookie of another app");
    let theirs = foreign.let_in(&foreign.ticket(&hall.ada.session, &pods()), &pods(), "x").await.unwrap().unwrap();
    assert!(!hall.opens(theirs.split(';').next().unwrap()).await, "a cookie of another key");
    for forged in [
        cookie.replace(&code_of(&cookie), &code_of(&cookie).to_lowercase()),
        cookie.replace(&code_of(&cookie), code),
        cookie.replace(&code_of(&cookie), ""),
        format!("tatwats_app={}", hall.ada.secret.reveal()),
        format!("tatwats_session={}", hall.ada.secret.reveal()),
    ] {
        assert!(!hall.opens(&forged).await, "{forged}");
    }
    hall.test.finish().await;
}

#[tokio::test]
async fn an_app_closes_with_the_session() {
    for end in ["signed out", "too old", "unused", "disabled", "a new secret"] {
        let hall = Hall::open().await;
        let (waiting, cookie) = (hall.ticket(), {
            hall.clock.advance(1);
            hall.enters(&hall.ticket(), &pods()).await.unwrap()
        });
        assert!(hall.opens(&cookie).await);
        let (ada, session) = (Actor::user("ada".parse().unwrap()), hall.ada.session.id);
        match end {
            "signed out" => hall.store.run(&ada, EndSession { session, why: SessionEnd::SignedOut }).await.unwrap(),
            "too old" => {
                for _ in 0..10 {
                    hall.clock.advance(3 * DAY - 1);
                    assert!(hall.opens(&cookie).await, "it is in use");
                }
                hall.clock.advance(10);
            }
            "unused" => hall.clock.advance(7 * DAY + 60),
            "disabled" => {
                hall.store.run(&owner(), DisableUser { user: "ada".parse().unwrap(), disabled: true }).await.unwrap();
            }
            _ => {
                let (from, to) = (hall.ada.secret.hash(), Secret::generate(Kind::Session).unwrap().hash());
                hall.store.run(&ada, RotateSession { session, from, to }).await.unwrap();
            }
        }
        assert!(!hall.opens(&cookie).await, "{end}");
        // A ticket is no way around it.
        let by_ticket = hall.enters(&waiting, &pods()).await;
        assert_eq!(by_ticket.is_some(), end == "a new secret", "{end}");
        hall.test.finish().await;
    }
}

#[tokio::test]
async fn looking_at_an_app_is_noted_no_more_often_than_anything_else() {
    let hall = Hall::open().await;
    let cookie = hall.enters(&hall.ticket(), &pods()).await.unwrap();
    let used_at = async || hall.store.sessions_of(&"ada".parse().unwrap()).await.unwrap()[0].used_at;
    let first = used_at().await;
    for _ in 0..5 {
        hall.clock.advance(10);
        assert!(hall.opens(&cookie).await);
    }
    assert_eq!(used_at().await, first, "within a minute");
    hall.clock.advance(10);
    assert!(hall.opens(&cookie).await);
    assert_eq!(used_at().await, first.plus_seconds(60));
    hall.test.finish().await;
}

fn code_of(cookie: &str) -> String {
    cookie.split('.').nth(1).unwrap().to_owned()
}
