//! Sessions and tokens on both engines: what opens the workshop, for how long, and what closes it.
#![allow(clippy::unwrap_used, missing_docs)]

mod people;

use std::sync::Arc;

use domain::access::{Action, Subject};
use domain::account::SessionEnd;
use domain::{Actor, ApiToken, ErrorCode, EventData, Grants, Rights, Role, Scope, Timestamp, TokenId};
use people::{add, hash, name, person, project, session, set_role, sign_in};
use store::commands::{
    CreateToken, DisableUser, EndSession, EndSessions, MAX_SESSIONS, MAX_TOKEN_SECONDS, NoteTokenUse, ReapSessions,
    RevokeToken, RotateSession, SetPassword, TouchSession,
};
use store::testing::{HandClock, TestStore, owner};
use store::{Store, on_both};

const HOUR: i64 = 3_600;

/// Runs `body` on each engine, by a clock that is moved by hand.
async fn with_clock(body: impl AsyncFn(Store, Arc<HandClock>)) {
    let clock = || HandClock::at(Timestamp::from_millis(1_772_373_652_000));
    let hand = clock();
    let test = TestStore::sqlite_with(hand.clone()).await;
    body(test.store.clone(), hand).await;
    test.finish().await;
    let hand = clock();
    if let Some(test) = TestStore::postgres_with(hand.clone()).await {
        body(test.store.clone(), hand).await;
        test.finish().await;
    }
}

async fn opens(store: &Store, n: u8) -> bool {
    store.session_by_hash(&hash(n), HOUR).await.unwrap().is_some()
}

/// Why sessions ended, in order.
async fn ends(store: &Store) -> Vec<SessionEnd> {
    let events = store.events(0, 200).await.unwrap();
    events
        .into_iter()
        .filter_map(|event| match event.what {
            EventData::SessionEnded(ended) => Some(ended.why),
            _ => None,
        })
        .collect()
}

fn token(user: &str, n: u8, role: Role, store: &Store) -> CreateToken {
    let scope = Scope { role, projects: None };
    CreateToken {
        hash: hash(n),
        user: name(user),
        name: "ci".into(),
        scope,
        expires_at: store.now().plus_seconds(HOUR),
    }
}

fn by(user: &str, token: TokenId) -> Actor {
    person(user).by_token(Some(token))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    with_clock(async |store, clock| {
        let begun = sign_in(&store, "owner", 1).await;
        clock.advance(HOUR - 1);
        assert!(opens(&store, 1).await);
        let touch = TouchSession { session: begun.id, place: "10.0.0.7".into() };
        assert!(store.run(&Actor::system(), touch.clone()).await.unwrap());
        clock.advance(HOUR - 1);
        let (found, user) = store.session_by_hash(&hash(1), HOUR).await.unwrap().unwrap();
        assert_eq!((found.place.as_str(), user.name), ("10.0.0.7", name("owner")));
        clock.advance(1);
        assert!(!opens(&store, 1).await, "unused for too long");
        sign_in(&store, "owner", 2).await;
        clock.advance(30 * 24 * HOUR);
        assert!(store.session_by_hash(&hash(2), i64::MAX / 2_000_000).await.unwrap().is_none(), "too old");
        assert_eq!(store.run(&Actor::system(), ReapSessions { idle_seconds: HOUR }).await.unwrap(), 2);
        assert_eq!(ends(&store).await, [SessionEnd::Expired; 2]);
        assert!(!store.run(&Actor::system(), touch).await.unwrap(), "it is gone");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_holds_for_its_time_and_its_use_is_told_once_an_hour() {
    with_clock(async |store, clock| {
        let late = store.now().plus_seconds(MAX_TOKEN_SECONDS + 1);
        for wrong in [store.now(), late] {
            let create = CreateToken { expires_at: wrong, ..token("owner", 1, Role::Viewer, &store) };
            let refused = store.run(&owner(), create).await.unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("expires_at"));
        }
        let three =
            CreateToken { expires_at: store.now().plus_seconds(3 * HOUR), ..token("owner", 1, Role::Viewer, &store) };
        let made = store.run(&owner(), three).await.unwrap();
        let before = store.log().head().seq;
        for _ in 0..8 {
            let used = NoteTokenUse { token: made.id, place: "127.0.0.1".into() };
            store.run(&Actor::system(), used).await.unwrap();
            clock.advance(900);
        }
        assert_eq!(store.log().head().seq - before, 2);
        let (found, _) = store.token_by_hash(&hash(1)).await.unwrap().unwrap();
        assert!(found.used_at.is_some());
        assert_ne!(store.rights(&by("owner", made.id)), Rights::Nobody);
        clock.advance(HOUR);
        assert!(store.token_by_hash(&hash(1)).await.unwrap().is_none());
        assert_eq!(store.rights(&by("owner", made.id)), Rights::Nobody);
    })
    .await;
}

on_both! {
    async fn a_rotated_secret_opens_and_the_stolen_one_does_not(store: Store) {
        add(&store, "ada", Some(Role::Viewer)).await;
        let begun = sign_in(&store, "ada", 1).await;
        let rotate = RotateSession { session: begun.id, from: hash(1), to: hash(2) };
        assert_eq!(store.run(&owner(), rotate.clone()).await.unwrap_err().code, ErrorCode::NotFound, "not even an admin");
        store.run(&person("ada"), rotate.clone()).await.unwrap();
        assert!(!opens(&store, 1).await && opens(&store, 2).await);
        let thief = RotateSession { to: hash(3), ..rotate };
        assert_eq!(store.run(&person("ada"), thief).await.unwrap_err().code, ErrorCode::Conflict);
        assert!(opens(&store, 2).await);
    }

    async fn sessions_are_ended_by_their_user_or_an_admin_and_by_nobody_else(store: Store) {
        for text in ["ada", "bob"] {
            add(&store, text, Some(Role::Operator)).await;
        }
        let first = sign_in(&store, "ada", 1).await;
        let second = sign_in(&store, "ada", 2).await;
        let end = |session: &domain::Session| EndSession { session: session.id, why: SessionEnd::Revoked };
        let everywhere = |except| EndSessions { user: name("ada"), except };
        assert_eq!(store.run(&person("bob"), end(&first)).await.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(store.run(&person("bob"), everywhere(None)).await.unwrap_err().code, ErrorCode::Forbidden);
        assert_eq!(store.run(&person("bob"), session("ada", 9)).await.unwrap_err().code, ErrorCode::Forbidden);
        assert_eq!(store.run(&owner(), session("ada", 9)).await.unwrap_err().code, ErrorCode::Forbidden, "nobody poses");
        let signed_out = EndSession { why: SessionEnd::SignedOut, ..end(&first) };
        store.run(&person("ada"), signed_out).await.unwrap();
        assert!(!opens(&store, 1).await && opens(&store, 2).await);
        sign_in(&store, "ada", 3).await;
        assert_eq!(store.run(&person("ada"), everywhere(Some(second.id))).await.unwrap(), 1);
        assert!(opens(&store, 2).await && !opens(&store, 3).await);
        store.run(&owner(), end(&second)).await.unwrap();
        assert!(store.sessions_of(&name("ada")).await.unwrap().is_empty());
        assert_eq!(ends(&store).await, [SessionEnd::SignedOut, SessionEnd::Revoked, SessionEnd::Revoked]);
    }

    async fn a_change_of_password_or_rights_ends_the_other_sessions(store: Store) {
        add(&store, "ada", Some(Role::Viewer)).await;
        let kept = sign_in(&store, "ada", 1).await;
        sign_in(&store, "ada", 2).await;
        sign_in(&store, "owner", 3).await;
        let password = SetPassword { user: name("ada"), password: "$argon2id$new".into(), keep: Some(kept.id) };
        store.run(&person("ada"), password).await.unwrap();
        assert!(opens(&store, 1).await && !opens(&store, 2).await);
        store.run(&owner(), set_role("ada", None, Some(Role::Viewer))).await.unwrap();
        assert!(opens(&store, 1).await, "nothing changed");
        store.run(&owner(), set_role("ada", None, Some(Role::Editor))).await.unwrap();
        assert!(!opens(&store, 1).await && opens(&store, 3).await);
        sign_in(&store, "ada", 4).await;
        store.run(&owner(), DisableUser { user: name("ada"), disabled: true }).await.unwrap();
        assert!(!opens(&store, 4).await);
        assert_eq!(store.run(&person("ada"), session("ada", 5)).await.unwrap_err().code, ErrorCode::Unauthorized);
        assert_eq!(
            ends(&store).await,
            [SessionEnd::PasswordChanged, SessionEnd::RightsChanged, SessionEnd::AccountClosed]
        );
    }

    async fn the_session_unused_for_the_longest_time_makes_room(store: Store) {
        for n in 0..=u8::try_from(MAX_SESSIONS).unwrap() {
            sign_in(&store, "owner", n).await;
        }
        assert_eq!(store.sessions_of(&name("owner")).await.unwrap().len(), MAX_SESSIONS);
        assert!(!opens(&store, 0).await && opens(&store, 1).await);
    }

    async fn a_token_gives_no_more_than_its_scope_nor_than_its_user_has(store: Store) {
        let (mine, other) = (project(&store, "pods").await.id, project(&store, "other").await.id);
        add(&store, "ada", Some(Role::Editor)).await;
        let made = store.run(&person("ada"), token("ada", 1, Role::Admin, &store)).await.unwrap();
        let rights = |made: &ApiToken| store.rights(&by("ada", made.id));
        assert_eq!(rights(&made), Rights::Token { user: name("ada"), grants: Grants::workshop(Role::Editor) });
        let scope = Scope { role: Role::Viewer, projects: Some(vec![mine]) };
        let narrow = CreateToken { scope, ..token("ada", 2, Role::Admin, &store) };
        let narrow = store.run(&person("ada"), narrow).await.unwrap();
        assert!(rights(&narrow).allow(Action::Read, Subject::Project(mine)).is_ok());
        assert!(rights(&narrow).allow(Action::Talk, Subject::Project(mine)).is_err());
        assert!(rights(&narrow).allow(Action::Read, Subject::Project(other)).is_err());
        let more = store.run(&by("ada", made.id), token("ada", 3, Role::Viewer, &store)).await;
        assert_eq!(more.unwrap_err().code, ErrorCode::Forbidden, "a token makes no tokens");
        let unknown = Scope { role: Role::Viewer, projects: Some(vec![store.new_id()]) };
        let wrong = CreateToken { scope: unknown, ..token("ada", 3, Role::Admin, &store) };
        assert_eq!(store.run(&person("ada"), wrong).await.unwrap_err().field.as_deref(), Some("project"));
    }

    async fn a_token_is_revoked_by_its_user_or_an_admin_and_is_then_nobody(store: Store) {
        for text in ["ada", "bob"] {
            add(&store, text, Some(Role::Operator)).await;
        }
        let made = store.run(&person("ada"), token("ada", 1, Role::Viewer, &store)).await.unwrap();
        let revoke = RevokeToken { token: made.id };
        assert_eq!(store.run(&person("bob"), revoke.clone()).await.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(store.run(&person("bob"), token("ada", 2, Role::Viewer, &store)).await.unwrap_err().code, ErrorCode::Forbidden);
        assert!(store.token_by_hash(&hash(1)).await.unwrap().is_some());
        store.run(&person("ada"), revoke).await.unwrap();
        assert!(store.token_by_hash(&hash(1)).await.unwrap().is_none());
        assert_eq!(store.rights(&by("ada", made.id)), Rights::Nobody);
        let by_admin = store.run(&owner(), token("ada", 2, Role::Viewer, &store)).await.unwrap();
        store.run(&owner(), RevokeToken { token: by_admin.id }).await.unwrap();
        assert!(store.tokens_of(&name("ada")).await.unwrap().iter().all(|token| token.revoked));
        let of_another = person("bob").by_token(Some(by_admin.id));
        assert_eq!(store.rights(&of_another), Rights::Nobody);
    }
}
