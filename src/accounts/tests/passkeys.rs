//! Passkeys at a real store, with an authenticator: added, shown, and everything that must not get anyone in.

#![allow(clippy::unwrap_used)]

use std::net::IpAddr;
use std::sync::Arc;

use accounts::{Accounts, Caller, Lasting, NewPerson, SessionCookie, SignedIn, Visit};
use domain::access::Scope;
use domain::{Error, ErrorCode, EventData, Passkey, Role, Timestamp};
use identity::limit::Patience;
use identity::passkey::authenticator::Authenticator;
use serde_json::Value;
use store::commands::{DisableUser, RemovePasskey};
use store::testing::{HandClock, TestStore, owner};
use url::Url;

const PASSWORD: &str = "a lamp of seven colours";

struct Hall {
    accounts: Accounts,
    clock: Arc<HandClock>,
    test: TestStore,
}

impl Hall {
    async fn open() -> Self {
        let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
        let test = TestStore::sqlite_with(clock.clone()).await;
        let cookie = SessionCookie { over_tls: false };
        let (store, patience) = (test.store.clone(), Patience::default());
        let accounts = Accounts::new(store, Lasting::default(), patience, cookie, clock.clone()).unwrap();
        Self { accounts, clock, test }
    }

    /// Someone with a password, in a session.
    async fn person(&self, name: &str) -> Caller {
        let who = NewPerson { name: name.into(), display_name: String::new(), password: PASSWORD.into() };
        self.accounts.create_user(&owner(), who, Some(Role::Editor)).await.unwrap();
        let signed_in = self.accounts.sign_in(name, PASSWORD.into(), &visit(1)).await.unwrap();
        self.accounts.by_cookie(signed_in.secret.reveal(), &visit(1)).await.unwrap().unwrap()
    }

    async fn add(&self, caller: &Caller, browser: &mut Authenticator, name: &str) -> Result<Passkey, Error> {
        let (options, secret) = self.accounts.begin_adding_passkey(caller, &here(), &visit(1)).await?;
        let answer = json(browser.create(&options));
        self.accounts.finish_adding_passkey(caller, &here(), secret.reveal(), name, &answer).await
    }

    async fn show(&self, browser: &mut Authenticator) -> Result<SignedIn, Error> {
        let (options, secret) = self.accounts.begin_passkey_sign_in(&here(), &visit(1)).unwrap();
        browser.counter += 1;
        let answer = json(browser.get(&options));
        self.accounts.finish_passkey_sign_in(&here(), secret.reveal(), &answer, &visit(1)).await
    }

    async fn refusals(&self) -> Vec<String> {
        let events = self.test.store.events(0, 1000).await.unwrap();
        let refusals = events.into_iter().filter_map(|event| match event.what {
            EventData::AccessRefused(refusal) => {
                Some(format!("{} {}", refusal.who.map_or("somebody".into(), |who| who.to_string()), refusal.reason))
            }
            _ => None,
        });
        refusals.collect()
    }
}

fn here() -> Url {
    "http://localhost:3000/".parse().unwrap()
}

fn browser() -> Authenticator {
    Authenticator::at("http://localhost:3000", "localhost")
}

fn json(bytes: Vec<u8>) -> Value {
    serde_json::from_slice(&bytes).unwrap()
}

fn visit(from: u8) -> Visit {
    Visit { device: "Firefox on Linux".into(), address: IpAddr::from([192, 0, 2, from]) }
}

fn code<T>(result: Result<T, Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code)
}

#[tokio::test]
async fn a_passkey_is_added_used_and_removed() {
    let hall = Hall::open().await;
    let ada = hall.person("ada").await;
    let mut laptop = browser();
    assert_eq!(code(hall.show(&mut laptop).await), Some(ErrorCode::Unauthorized), "nobody knows it yet");
    let added = hall.add(&ada, &mut laptop, " my  laptop ").await.unwrap();
    assert_eq!((added.name.as_str(), added.used_at), ("my laptop", None));

    hall.clock.advance(60);
    let signed_in = hall.show(&mut laptop).await.unwrap();
    assert_eq!(signed_in.user.name.as_str(), "ada");
    let by_it = hall.accounts.by_cookie(signed_in.secret.reveal(), &visit(1)).await.unwrap();
    assert!(by_it.is_some_and(|caller| caller.session().is_some()));
    let kept = hall.test.store.passkeys_of(&ada.user.name).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].passkey.used_at.is_some() && kept[0].counter == 2, "{kept:?}");

    hall.test.store.run(&ada.actor(), RemovePasskey { passkey: added.id }).await.unwrap();
    assert_eq!(code(hall.show(&mut laptop).await), Some(ErrorCode::Unauthorized));
    hall.test.finish().await;
}

#[tokio::test]
async fn each_step_is_taken_once_in_time_and_by_the_one_who_began() {
    let hall = Hall::open().await;
    let (ada, bob) = (hall.person("ada").await, hall.person("bob").await);
    let mut laptop = browser();
    let (options, secret) = hall.accounts.begin_adding_passkey(&ada, &here(), &visit(1)).await.unwrap();
    let answer = json(laptop.create(&options));
    let finish = async |caller: &Caller, shown: &str| {
        hall.accounts.finish_adding_passkey(caller, &here(), shown, "laptop", &answer).await
    };
    assert_eq!(code(finish(&ada, "").await), Some(ErrorCode::Invalid));
    assert_eq!(code(finish(&bob, secret.reveal()).await), Some(ErrorCode::Invalid), "bob did not begin it");
    assert_eq!(code(finish(&ada, secret.reveal()).await), Some(ErrorCode::Invalid), "and now it is used up");

    hall.add(&ada, &mut laptop, "laptop").await.unwrap();
    let again = hall.add(&bob, &mut laptop, "stolen").await.unwrap_err();
    assert_eq!((again.code, again.message.as_str()), (ErrorCode::Conflict, "This passkey is in use here already."));

    // The browser belongs to bob's account by now as far as it knows; it is made ada's again.
    hall.accounts
        .begin_adding_passkey(&ada, &here(), &visit(1))
        .await
        .map(|(options, _)| laptop.create(&options))
        .unwrap();
    let (options, secret) = hall.accounts.begin_passkey_sign_in(&here(), &visit(1)).unwrap();
    laptop.counter = 1;
    let answer = json(laptop.get(&options));
    let finish = async || hall.accounts.finish_passkey_sign_in(&here(), secret.reveal(), &answer, &visit(1)).await;
    assert_eq!(finish().await.unwrap().user.name.as_str(), "ada");
    let replayed = finish().await.unwrap_err();
    assert_eq!(replayed.code, ErrorCode::Unauthorized);
    assert!(replayed.message.contains("used already"), "{}", replayed.message);

    let (options, secret) = hall.accounts.begin_passkey_sign_in(&here(), &visit(1)).unwrap();
    laptop.counter = 2;
    let answer = json(laptop.get(&options));
    hall.clock.advance(301);
    let late = hall.accounts.finish_passkey_sign_in(&here(), secret.reveal(), &answer, &visit(1)).await;
    assert_eq!(code(late), Some(ErrorCode::Unauthorized));
    hall.test.finish().await;
}

#[tokio::test]
async fn who_is_shut_out_stays_out_and_wrong_ones_are_counted_and_noted() {
    let hall = Hall::open().await;
    let ada = hall.person("ada").await;
    let mut laptop = browser();
    hall.add(&ada, &mut laptop, "laptop").await.unwrap();
    let disable = |disabled| DisableUser { user: ada.user.name.clone(), disabled };
    hall.test.store.run(&owner(), disable(true)).await.unwrap();
    let refused = hall.show(&mut laptop).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Unauthorized, None));
    assert!(
        hall.refusals().await.contains(&"user:ada a passkey was not accepted".to_owned()),
        "{:?}",
        hall.refusals().await
    );
    hall.test.store.run(&owner(), disable(false)).await.unwrap();

    let mut elsewhere = browser();
    elsewhere.origin = "https://evil.example".into();
    for _ in 0..9 {
        assert_eq!(code(hall.show(&mut elsewhere).await), Some(ErrorCode::Unauthorized));
    }
    assert_eq!(code(hall.show(&mut laptop).await), Some(ErrorCode::TooMany));
    hall.test.finish().await;
}

#[tokio::test]
async fn passkeys_are_for_people_in_a_session_and_for_names() {
    let hall = Hall::open().await;
    let ada = hall.person("ada").await;
    let scope = Scope { role: Role::Editor, projects: None };
    let made = hall.accounts.create_token(&ada.actor(), &ada.user.name, "ci", scope, 3_600).await.unwrap();
    let by_token = hall.accounts.by_token(made.1.reveal(), &visit(1)).await.unwrap().unwrap();
    let refused = hall.accounts.begin_adding_passkey(&by_token, &here(), &visit(1)).await;
    assert_eq!(code(refused), Some(ErrorCode::Forbidden));

    let by_number = "http://127.0.0.1:3000/";
    assert!(hall.accounts.passkeys_at("http://localhost:3000").is_ok());
    assert!(hall.accounts.passkeys_at(by_number).unwrap_err().message.contains("localhost"));
    assert!(hall.accounts.begin_passkey_sign_in(&by_number.parse().unwrap(), &visit(1)).is_err());
    hall.test.finish().await;
}
