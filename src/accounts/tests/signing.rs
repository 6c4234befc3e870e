//! Access tokens, and the keys behind them: made, kept sealed, replaced in time, sealed anew.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use accounts::{AccessTokens, Caller, Way, rotate_secrets};
use domain::access::Scope;
use domain::{Actor, ApiToken, Role, Timestamp};
use identity::jwt::{Refusal, Tokens};
use identity::seal::Seal;
use secrecy::ExposeSecret as _;
use store::commands::CreateToken;
use store::testing::{HandClock, TestStore, owner};

const DAY: i64 = 24 * 3_600;

async fn caller(test: &TestStore) -> Caller {
    let user = test.store.user(&"owner".parse().unwrap()).await.unwrap().unwrap();
    let create = CreateToken {
        hash: [7; 32],
        user: user.name.clone(),
        name: "ci".into(),
        scope: Scope { role: Role::Viewer, projects: None },
        expires_at: test.store.now().plus_seconds(300 * DAY),
    };
    let token: ApiToken = test.store.run(&owner(), create).await.unwrap();
    Caller { user: user.into(), way: Way::Token(token.into()) }
}

#[tokio::test]
async fn a_token_says_who_it_is_and_no_more_than_the_way_in_allows() {
    let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
    let test = TestStore::sqlite_with(clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let seal = Arc::new(Seal::open_or_create(folder.path().join("secrets.key")).unwrap());
    let issuer = "https://workshop.example";
    let access = AccessTokens::open(test.store.clone(), seal.clone(), issuer.into(), clock.clone()).await.unwrap();
    let caller = caller(&test).await;
    assert!(access.issue(&caller, " ").is_err() && access.issue(&caller, "two words").is_err());

    let issued = access.issue(&caller, "https://mail.example").unwrap();
    assert_eq!((issued.claims.subject.as_str(), issued.claims.issuer.as_str()), ("owner", issuer));
    assert_eq!(issued.claims.roles, ["viewer"], "the token's scope, although its owner is an admin");
    assert_eq!(issued.claims.expires - issued.claims.issued, 600);
    let first = access.key_set();
    let kid = |set: &serde_json::Value, n: usize| set["keys"][n]["kid"].as_str().map(str::to_owned);
    assert!(first.to_string().contains("\"crv\":\"P-256\"") && !first.to_string().contains("\"d\""));

    // Another server over the same database finds the same key.
    let other = AccessTokens::open(test.store.clone(), seal.clone(), issuer.into(), clock.clone()).await.unwrap();
    assert_eq!(other.key_set(), first);

    clock.advance(90 * DAY);
    access.refresh().await.unwrap();
    let both = access.key_set();
    assert_eq!(both["keys"].as_array().unwrap().len(), 2, "what the old key signed may still be good");
    clock.advance(DAY);
    access.refresh().await.unwrap();
    let later = access.key_set();
    assert_eq!(later["keys"].as_array().unwrap().len(), 1);
    assert_ne!(kid(&later, 0), kid(&first, 0));
    test.finish().await;
}

#[tokio::test]
async fn secrets_are_sealed_anew_and_the_old_key_is_gone() {
    let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
    let test = TestStore::sqlite_with(clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.key");
    let seal = Arc::new(Seal::open_or_create(&path).unwrap());
    let access = AccessTokens::open(test.store.clone(), seal.clone(), "i".into(), clock.clone()).await.unwrap();
    let before = (std::fs::read_to_string(&path).unwrap(), test.store.signing_keys().await.unwrap());
    assert_eq!(rotate_secrets(&test.store, seal.clone(), &Actor::system()).await.unwrap(), 1);
    let after = (std::fs::read_to_string(&path).unwrap(), test.store.signing_keys().await.unwrap());
    assert_ne!(before.0, after.0);
    assert_ne!(before.1[0].sealed, after.1[0].sealed);
    assert_eq!(before.1[0].kid, after.1[0].kid);
    access.refresh().await.unwrap();
    let caller = caller(&test).await;
    assert!(access.issue(&caller, "service").unwrap().token.expose_secret().split('.').count() == 3);

    // With the old key file nothing opens any more.
    std::fs::write(&path, before.0).unwrap();
    let old = Arc::new(Seal::open_or_create(&path).unwrap());
    assert!(AccessTokens::open(test.store.clone(), old, "i".into(), clock).await.is_err());
    test.finish().await;
}

#[tokio::test]
async fn a_token_of_another_workshop_is_refused() {
    let clock = HandClock::at(Timestamp::from_millis(1_800_000_000_000));
    let test = TestStore::sqlite_with(clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let seal = Arc::new(Seal::open_or_create(folder.path().join("secrets.key")).unwrap());
    let access = AccessTokens::open(test.store.clone(), seal, "https://a.example".into(), clock.clone()).await.unwrap();
    let issued = access.issue(&caller(&test).await, "service").unwrap();
    let elsewhere = Tokens::new("https://b.example", std::time::Duration::from_secs(600), Vec::new(), clock);
    let refused: Result<_, Refusal> = elsewhere.verify(issued.token.expose_secret(), "service");
    assert!(refused.is_err());
    test.finish().await;
}
