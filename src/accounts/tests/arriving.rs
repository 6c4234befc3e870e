//! Arriving at a real store: set up, sign in, join, and everything that must not get anyone in.

#![allow(clippy::unwrap_used)]

use std::net::IpAddr;
use std::sync::Arc;

use accounts::{Accounts, Caller, Lasting, NewPerson, SessionCookie, SignedIn, Standing, Visit};
use domain::access::Scope;
use domain::{Actor, ErrorCode, EventData, Rights, Role, Timestamp};
use identity::limit::Patience;
use secrecy::SecretString;
use store::Store;
use store::commands::{DisableUser, EndSession, SetRole};
use store::testing::{HandClock, TestStore};

const PASSWORD: &str = "a lamp of seven colours";
const DAY: i64 = 24 * 3_600;

struct Hall {
    accounts: Accounts,
    store: Store,
    clock: Arc<HandClock>,
    test: TestStore,
}

impl Hall {
    /// A workshop in which there is nobody yet.
    async fn empty() -> Self {
        let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
        let test = TestStore::bare_sqlite(clock.clone()).await;
        let cookie = SessionCookie { over_tls: false };
        let accounts =
            Accounts::new(test.store.clone(), Lasting::default(), Patience::default(), cookie, clock.clone()).unwrap();
        Self { accounts, store: test.store.clone(), clock, test }
    }

    /// A workshop with its admin, `ada`.
    async fn set_up() -> (Self, SignedIn) {
        let hall = Self::empty().await;
        let link = hall.accounts.offer_set_up().await.unwrap().unwrap();
        let ada = hall.accounts.set_up(link.reveal(), person("ada"), &visit(1)).await.unwrap();
        (hall, ada)
    }

    async fn sign_in(&self, name: &str, password: &str, from: u8) -> Result<SignedIn, domain::Error> {
        self.accounts.sign_in(name, SecretString::from(password), &visit(from)).await
    }

    async fn recognised(&self, text: &str) -> Option<Caller> {
        self.accounts.by_cookie(text, &visit(1)).await.unwrap()
    }

    async fn refusals(&self) -> Vec<String> {
        let events = self.store.events(0, 1000).await.unwrap();
        events
            .into_iter()
            .filter_map(|event| match event.what {
                EventData::AccessRefused(refusal) => {
                    Some(format!("{} {}", refusal.who.map_or("somebody".into(), |who| who.to_string()), refusal.reason))
                }
                _ => None,
            })
            .collect()
    }
}

fn person(name: &str) -> NewPerson {
    NewPerson { name: name.into(), display_name: String::new(), password: PASSWORD.into() }
}

fn visit(from: u8) -> Visit {
    Visit { device: "Firefox on Linux".into(), address: IpAddr::from([192, 0, 2, from]) }
}

fn code<T>(result: Result<T, domain::Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code)
}

#[tokio::test]
async fn the_first_admin_comes_by_a_link_that_holds_once_and_for_half_an_hour() {
    let hall = Hall::empty().await;
    let old = hall.accounts.offer_set_up().await.unwrap().unwrap();
    let link = hall.accounts.offer_set_up().await.unwrap().unwrap();
    assert!(!hall.accounts.set_up_link_holds(old.reveal()).await.unwrap(), "a newer one was made");
    assert!(hall.accounts.set_up_link_holds(link.reveal()).await.unwrap());
    for wrong in ["", "tau_", "tau_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", old.reveal()] {
        let done = hall.accounts.set_up(wrong, person("mallory"), &visit(9)).await;
        assert_eq!(code(done), Some(ErrorCode::NotFound), "{wrong}");
    }
    let weak = NewPerson { password: "password123".into(), ..person("ada") };
    let refused = hall.accounts.set_up(link.reveal(), weak, &visit(1)).await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("password"));

    hall.clock.advance(29 * 60);
    let ada = hall.accounts.set_up(link.reveal(), person("ada"), &visit(1)).await.unwrap();
    assert_eq!((ada.user.role, ada.user.display_name.as_str()), (Some(Role::Admin), "ada"));
    assert!(hall.accounts.offer_set_up().await.unwrap().is_none(), "it is set up");
    assert!(hall.accounts.set_up(link.reveal(), person("mallory"), &visit(9)).await.is_err());
    hall.test.finish().await;

    let hall = Hall::empty().await;
    let link = hall.accounts.offer_set_up().await.unwrap().unwrap();
    hall.clock.advance(31 * 60);
    let late = hall.accounts.set_up(link.reveal(), person("ada"), &visit(1)).await;
    assert_eq!(code(late), Some(ErrorCode::NotFound));
    assert!(!hall.store.has_admin());
    hall.test.finish().await;
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike_and_noted() {
    let (hall, _) = Hall::set_up().await;
    let answers = [
        hall.sign_in("ada", "not the password", 1).await.unwrap_err().to_string(),
        hall.sign_in("nobody", "not the password", 1).await.unwrap_err().to_string(),
        hall.sign_in("No Such Name!", PASSWORD, 1).await.unwrap_err().to_string(),
        hall.sign_in("", "", 1).await.unwrap_err().to_string(),
    ];
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let noted = hall.refusals().await;
    assert_eq!(noted.len(), 4);
    assert_eq!(noted[0], "user:ada wrong name or password");
    assert!(noted[1..].iter().all(|note| note.starts_with("somebody ")), "no unknown name is kept: {noted:?}");
    // Capitals and spaces around a name are how phones write it.
    assert_eq!(hall.sign_in(" Ada ", PASSWORD, 1).await.unwrap().user.name.as_str(), "ada");
    hall.test.finish().await;
}

#[tokio::test]
async fn after_ten_wrong_guesses_even_the_right_password_waits() {
    let (hall, _) = Hall::set_up().await;
    for n in 0..10 {
        assert_eq!(code(hall.sign_in("ada", "wrong guess", n).await), Some(ErrorCode::Unauthorized), "guess {n}");
    }
    let waits = hall.sign_in("ada", PASSWORD, 77).await.unwrap_err();
    assert_eq!(waits.code, ErrorCode::TooMany, "counted by account, whatever the address");
    hall.clock.advance(15 * 60);
    assert!(hall.sign_in("ada", PASSWORD, 77).await.is_ok());

    for n in 0..10 {
        assert_eq!(code(hall.sign_in(&format!("user{n}"), "x", 66).await), Some(ErrorCode::Unauthorized));
    }
    assert_eq!(code(hall.sign_in("ada", PASSWORD, 66).await), Some(ErrorCode::TooMany), "and by address");
    assert!(hall.sign_in("ada", PASSWORD, 67).await.is_ok(), "which leaves other addresses alone");
    hall.test.finish().await;
}

#[tokio::test]
async fn a_session_ends_by_hand_by_age_unused_and_with_its_person() {
    let (hall, ada) = Hall::set_up().await;
    let shown = ada.secret.reveal();
    let caller = hall.recognised(shown).await.unwrap();
    assert_eq!(caller.actor(), Actor::user("ada".parse().unwrap()));
    let mut standing = Standing::new(&caller);
    assert!(standing.rights(&hall.store).is_ok());
    for wrong in ["", "tas_", &shown.to_uppercase(), &format!("{shown}x"), &shown.replace("tas_", "tat_")] {
        assert!(hall.recognised(wrong).await.is_none(), "{wrong}");
    }
    hall.store
        .run(&caller.actor(), EndSession { session: ada.session.id, why: domain::account::SessionEnd::SignedOut })
        .await
        .unwrap();
    assert!(hall.recognised(shown).await.is_none());
    assert_eq!(
        code(standing.rights(&hall.store).cloned()),
        Some(ErrorCode::Unauthorized),
        "at once, for an event tells"
    );

    let unused = hall.sign_in("ada", PASSWORD, 1).await.unwrap();
    hall.clock.advance(7 * DAY + 1);
    assert!(hall.recognised(unused.secret.reveal()).await.is_none(), "a week without use");

    let used = hall.sign_in("ada", PASSWORD, 1).await.unwrap();
    for day in 1..=30 {
        assert!(hall.recognised(used.secret.reveal()).await.is_some(), "day {day}");
        hall.clock.advance(DAY);
    }
    assert!(hall.recognised(used.secret.reveal()).await.is_none(), "thirty days, however much it is used");
    hall.test.finish().await;
}

#[tokio::test]
async fn an_invitation_gives_its_role_once_and_a_change_of_rights_ends_sessions() {
    let (hall, ada) = Hall::set_up().await;
    let admin = Actor::user(ada.user.name.clone());
    let (_, link) = hall.accounts.invite(&admin, Role::Editor, None, DAY).await.unwrap();
    let bob = hall.accounts.join(link.reveal(), person("bob"), &visit(2)).await.unwrap();
    assert_eq!(bob.user.role, Some(Role::Editor));
    let again = hall.accounts.join(link.reveal(), person("mallory"), &visit(2)).await;
    assert_eq!(code(again), Some(ErrorCode::NotFound));
    let by_bob = Actor::user(bob.user.name.clone());
    assert_eq!(code(hall.accounts.invite(&by_bob, Role::Admin, None, DAY).await), Some(ErrorCode::Forbidden));

    let set = SetRole { user: bob.user.name.clone(), project: None, role: Some(Role::Viewer), keep: None };
    hall.store.run(&admin, set).await.unwrap();
    assert!(hall.recognised(bob.secret.reveal()).await.is_none(), "signs in again with other rights");

    let back = hall.sign_in("bob", PASSWORD, 2).await.unwrap();
    hall.store.run(&admin, DisableUser { user: bob.user.name.clone(), disabled: true }).await.unwrap();
    assert!(hall.recognised(back.secret.reveal()).await.is_none());
    assert_eq!(code(hall.sign_in("bob", PASSWORD, 2).await), Some(ErrorCode::Unauthorized));
    hall.test.finish().await;
}

#[tokio::test]
async fn a_new_password_ends_other_sessions_and_rotates_this_one() {
    let (hall, here) = Hall::set_up().await;
    let there = hall.sign_in("ada", PASSWORD, 2).await.unwrap();
    let caller = hall.recognised(here.secret.reveal()).await.unwrap();
    let new = "another lamp of eight";
    let wrong = hall.accounts.change_password(&caller, "not it".into(), new.into()).await.unwrap_err();
    assert_eq!(wrong.field.as_deref(), Some("current"));
    assert!(hall.recognised(there.secret.reveal()).await.is_some());

    let secret = hall.accounts.change_password(&caller, PASSWORD.into(), new.into()).await.unwrap().unwrap();
    assert!(hall.recognised(secret.reveal()).await.is_some());
    assert!(hall.recognised(here.secret.reveal()).await.is_none(), "whoever stole the old cookie is out");
    assert!(hall.recognised(there.secret.reveal()).await.is_none());
    assert!(hall.sign_in("ada", PASSWORD, 3).await.is_err());
    assert!(hall.sign_in("ada", new, 3).await.is_ok());
    hall.test.finish().await;
}

#[tokio::test]
async fn a_token_goes_as_far_as_its_scope_and_no_further() {
    let (hall, ada) = Hall::set_up().await;
    let admin = Actor::user(ada.user.name.clone());
    let scope = Scope { role: Role::Viewer, projects: None };
    let (token, secret) = hall.accounts.create_token(&admin, &ada.user.name, "ci", scope, DAY).await.unwrap();
    let by = async |text: &str| hall.accounts.by_token(text, &visit(1)).await.unwrap();
    let caller = by(secret.reveal()).await.unwrap();
    assert_eq!(caller.actor().token, Some(token.id));
    let invited = hall.accounts.invite(&caller.actor(), Role::Viewer, None, DAY).await;
    assert_eq!(code(invited), Some(ErrorCode::Forbidden), "an admin's token for reading does no more than read");
    let more = Scope { role: Role::Admin, projects: None };
    let made = hall.accounts.create_token(&caller.actor(), &ada.user.name, "more", more, DAY).await;
    assert_eq!(code(made), Some(ErrorCode::Forbidden), "tokens make no tokens");
    assert!(hall.recognised(secret.reveal()).await.is_none(), "a token is no cookie");
    assert!(by(ada.secret.reveal()).await.is_none(), "a cookie is no token");

    let mut standing = Standing::new(&caller);
    assert!(matches!(standing.rights(&hall.store), Ok(Rights::Token { .. })));
    hall.clock.advance(DAY);
    assert!(by(secret.reveal()).await.is_none());
    assert_eq!(
        code(standing.rights(&hall.store).cloned()),
        Some(ErrorCode::Unauthorized),
        "by the clock, which tells nobody"
    );
    hall.test.finish().await;
}
