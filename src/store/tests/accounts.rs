//! Accounts on both engines: the first admin and the last one, invitations, groups, passkeys and secrets.
#![allow(clippy::unwrap_used, missing_docs)]

mod people;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::{Action, Subject};
use domain::projection::Accounts;
use domain::{Actor, ErrorCode, Group, Role, Timestamp};
use people::{add, hash, name, new, person, project, set_role, sign_in};
use serde_json::json;
use store::clock::SystemClock;
use store::commands::{
    AcceptInvitation, AddPasskey, AdmitOidc, BeginSetup, ChangeProfile, CreateFirstAdmin, CreateUser, DisableUser,
    Invite, LinkOidc, PutGroup, PutSecret, PutSigningKey, RemoveGroup, RemovePasskey, RemoveSecret, RemoveUser, Reseal,
    RetireSigningKey, RevokeInvitation, SETUP_SECONDS, SetGroupRole, SetPassword, UnlinkOidc, UsePasskey, UseSetupLink,
};
use store::testing::{HandClock, TestStore, owner};
use store::{Store, on_both};

/// Runs `body` with a store in which there is nobody yet, on each engine, by a clock that is moved by hand.
async fn with_nobody(body: impl AsyncFn(Store, Arc<HandClock>)) {
    let clock = || HandClock::at(Timestamp::from_millis(1_772_373_652_000));
    let hand = clock();
    let test = TestStore::bare_sqlite(hand.clone()).await;
    body(test.store.clone(), hand).await;
    test.finish().await;
    let hand = clock();
    if let Some(test) = TestStore::bare_postgres(hand.clone()).await {
        body(test.store.clone(), hand).await;
        test.finish().await;
    }
}

fn ada() -> CreateFirstAdmin {
    CreateFirstAdmin { name: name("ada"), display_name: "Ada".into(), password: Some("$argon2id$made-up".into()) }
}

fn invite(n: u8, store: &Store) -> Invite {
    Invite { hash: hash(n), role: Role::Editor, project: None, expires_at: store.now().plus_seconds(3_600) }
}

fn accept(n: u8, text: &str) -> AcceptInvitation {
    AcceptInvitation { hash: hash(n), name: name(text), display_name: text.into(), password: None }
}

fn group(members: &[&str], role: Option<Role>) -> PutGroup {
    let members = members.iter().map(|text| name(text)).collect();
    let group = Group { name: "crew".parse().unwrap(), members, role, project_roles: BTreeMap::new() };
    PutGroup { group, keep: None }
}

/// The kinds of the events after `seq`.
async fn kinds(store: &Store, seq: i64) -> Vec<&'static str> {
    store.events(seq, 200).await.unwrap().iter().map(|event| event.what.kind()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workshop_without_people_gives_rights_to_nobody_but_itself_until_the_link_is_used() {
    with_nobody(async |store, clock| {
        assert!(!store.has_admin());
        for action in Action::ALL {
            let refused = store.rights(&owner()).allow(action, Subject::Workshop).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Unauthorized, "{}", action.name());
        }
        let system = Actor::system();
        store.run(&system, BeginSetup { hash: hash(1) }).await.unwrap();
        assert!(store.setup_link_holds(&hash(1)).await.unwrap());
        clock.advance(SETUP_SECONDS);
        assert!(!store.setup_link_holds(&hash(1)).await.unwrap());
        let late = store.run(&system, UseSetupLink { hash: hash(1), admin: ada() }).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::NotFound);
        store.run(&system, BeginSetup { hash: hash(2) }).await.unwrap();
        let wrong = store.run(&system, UseSetupLink { hash: hash(3), admin: ada() }).await;
        assert_eq!(wrong.unwrap_err().code, ErrorCode::NotFound);
        let made = store.run(&system, UseSetupLink { hash: hash(2), admin: ada() }).await.unwrap();
        assert_eq!((made.role, made.has_password), (Some(Role::Admin), true));
        assert!(
            store.has_admin() && store.rights(&person("ada")).allow(Action::ManagePeople, Subject::Workshop).is_ok()
        );
        assert!(!store.setup_link_holds(&hash(2)).await.unwrap());
        let second = CreateFirstAdmin { name: name("bob"), ..ada() };
        for _ in 0..2 {
            let again = UseSetupLink { hash: hash(2), admin: second.clone() };
            assert_eq!(store.run(&system, again).await.unwrap_err().code, ErrorCode::NotFound);
        }
        assert_eq!(store.run(&system, second).await.unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(store.run(&system, BeginSetup { hash: hash(4) }).await.unwrap_err().code, ErrorCode::Conflict);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_make_one_first_admin() {
    let Some(test) = TestStore::bare_postgres(Arc::new(SystemClock)).await else { return };
    let other = test.another().await;
    let bob = CreateFirstAdmin { name: name("bob"), ..ada() };
    let system = Actor::system();
    let (one, two) = tokio::join!(test.store.run(&system, ada()), other.run(&system, bob));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    other.close().await;
    test.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_that_demote_two_admins_at_once_leave_one() {
    let Some(test) = TestStore::postgres().await else { return };
    add(&test.store, "ada", Some(Role::Admin)).await;
    let other = test.another().await;
    let system = Actor::system();
    let (one, two) = tokio::join!(
        test.store.run(&system, set_role("ada", None, None)),
        other.run(&system, set_role("owner", None, Some(Role::Viewer)))
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    let users = test.store.users().await.unwrap();
    assert_eq!(users.iter().filter(|user| user.role == Some(Role::Admin)).count(), 1);
    other.close().await;
    test.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_let_one_of_two_come_by_one_invitation() {
    let Some(test) = TestStore::postgres().await else { return };
    let other = test.another().await;
    test.store.run(&owner(), invite(1, &test.store)).await.unwrap();
    let system = Actor::system();
    let (one, two) = tokio::join!(test.store.run(&system, accept(1, "ada")), other.run(&system, accept(1, "bob")));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    assert_eq!(test.store.users().await.unwrap().len(), 2);
    other.close().await;
    test.finish().await;
}

on_both! {
    async fn the_last_admin_stays_one(store: Store) {
        let closing = async |text: &str| {
            let disable = DisableUser { user: name(text), disabled: true };
            let demote = set_role(text, None, Some(Role::Operator));
            let outcomes = [
                store.run(&owner(), disable).await.map(drop),
                store.run(&owner(), demote).await.map(drop),
                store.run(&owner(), RemoveUser { user: name(text) }).await,
            ];
            outcomes.map(|outcome| outcome.map_err(|error| error.code))
        };
        assert_eq!(closing("owner").await, [Err(ErrorCode::Conflict); 3]);
        add(&store, "ada", Some(Role::Admin)).await;
        store.run(&owner(), DisableUser { user: name("ada"), disabled: true }).await.unwrap();
        assert_eq!(closing("owner").await, [Err(ErrorCode::Conflict); 3], "who is shut out is no admin");
        store.run(&owner(), DisableUser { user: name("ada"), disabled: false }).await.unwrap();
        store.run(&owner(), set_role("owner", None, None)).await.unwrap();
        let refused = store.run(&person("ada"), DisableUser { user: name("ada"), disabled: true }).await.unwrap_err();
        assert!(refused.message.contains("last admin"), "{refused}");
    }

    async fn one_of_two_comes_by_an_invitation(store: Store) {
        store.run(&owner(), invite(1, &store)).await.unwrap();
        assert!(store.invitation_by_hash(&hash(1)).await.unwrap().is_some());
        let system = Actor::system();
        let (one, two) = tokio::join!(store.run(&system, accept(1, "ada")), store.run(&system, accept(1, "bob")));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|won| **won).count(), 1);
        assert_eq!(store.users().await.unwrap().len(), 2, "the one who lost is no user");
        assert!(store.invitation_by_hash(&hash(1)).await.unwrap().is_none());
        let used = &store.invitations(10).await.unwrap()[0];
        let taken_back = store.run(&owner(), RevokeInvitation { invitation: used.id }).await;
        assert_eq!(taken_back.unwrap_err().code, ErrorCode::Conflict);
    }

    async fn an_invitation_ends_when_it_is_revoked_or_its_author_goes_or_its_name_is_taken(store: Store) {
        let system = Actor::system();
        let gone = async |n| store.run(&system, accept(n, "eve")).await.map(drop).map_err(|error| error.code);
        let revoked = store.run(&owner(), invite(1, &store)).await.unwrap();
        store.run(&owner(), RevokeInvitation { invitation: revoked.id }).await.unwrap();
        assert_eq!(gone(1).await, Err(ErrorCode::NotFound));
        add(&store, "ada", Some(Role::Admin)).await;
        store.run(&person("ada"), invite(2, &store)).await.unwrap();
        store.run(&owner(), set_role("ada", None, Some(Role::Editor))).await.unwrap();
        assert_eq!(gone(2).await, Err(ErrorCode::NotFound));
        store.run(&owner(), invite(3, &store)).await.unwrap();
        let taken = store.run(&system, accept(3, "ada")).await.unwrap_err();
        assert_eq!((taken.code, taken.field.as_deref()), (ErrorCode::Conflict, Some("name")));
        assert_eq!(gone(3).await, Ok(()), "a name that is taken does not use it up");
        let past = Invite { expires_at: store.now(), ..invite(4, &store) };
        assert_eq!(store.run(&owner(), past).await.unwrap_err().field.as_deref(), Some("expires_at"));
    }

    async fn an_invitation_to_a_project_gives_a_role_there_and_its_admin_can_make_one(store: Store) {
        let (mine, other) = (project(&store, "pods").await.id, project(&store, "other").await.id);
        add(&store, "ada", None).await;
        store.run(&owner(), set_role("ada", Some(mine), Some(Role::Admin))).await.unwrap();
        let there = Invite { project: Some(mine), ..invite(1, &store) };
        store.run(&person("ada"), there.clone()).await.unwrap();
        for elsewhere in [Some(other), None] {
            let refused = store.run(&person("ada"), Invite { project: elsewhere, hash: hash(2), ..there.clone() }).await;
            assert_eq!(refused.unwrap_err().code, ErrorCode::Forbidden);
        }
        let bob = store.run(&Actor::system(), accept(1, "bob")).await.unwrap();
        assert_eq!((bob.role, bob.project_roles.get(&mine)), (None, Some(&Role::Editor)));
        let rights = store.rights(&person("bob"));
        assert!(rights.allow(Action::Talk, Subject::Project(mine)).is_ok());
        assert!(rights.allow(Action::Read, Subject::Project(other)).is_err());
    }

    async fn a_name_is_someones_for_ever(store: Store) {
        add(&store, "ada", None).await;
        assert_eq!(store.run(&owner(), new("ada", None)).await.unwrap_err().code, ErrorCode::Conflict);
        store.run(&owner(), group(&["ada", "owner"], None)).await.unwrap();
        let session = sign_in(&store, "ada", 1).await;
        let before = store.log().head().seq;
        store.run(&owner(), RemoveUser { user: name("ada") }).await.unwrap();
        assert_eq!(kinds(&store, before).await, ["session.ended", "group.changed", "user.removed"]);
        assert_eq!(store.run(&owner(), new("ada", None)).await.unwrap_err().code, ErrorCode::Conflict);
        assert!(store.session_by_hash(&hash(1), 3_600).await.unwrap().is_none());
        assert!(store.password(&name("ada")).await.unwrap().is_none());
        assert!(store.accounts().session(session.id).is_none());
    }

    async fn people_change_their_own_profile_and_nobody_elses(store: Store) {
        add(&store, "ada", None).await;
        add(&store, "bob", Some(Role::Operator)).await;
        let change = ChangeProfile {
            user: name("ada"),
            display_name: Some("  Ada   Lovelace".into()),
            time_zone: Some("Europe/London".into()),
        };
        let changed = store.run(&person("ada"), change.clone()).await.unwrap();
        assert_eq!((changed.display_name.as_str(), changed.time_zone.as_str()), ("Ada Lovelace", "Europe/London"));
        assert_eq!(store.display_names()[&name("ada")], "Ada Lovelace");
        assert_eq!(store.run(&person("bob"), change.clone()).await.unwrap_err().code, ErrorCode::Forbidden);
        for nowhere in ["../etc", "Europe/Nowhere"] {
            let zone = ChangeProfile { time_zone: Some(nowhere.into()), ..change.clone() };
            assert_eq!(store.run(&person("ada"), zone).await.unwrap_err().field.as_deref(), Some("time_zone"));
        }
        store.run(&owner(), change).await.unwrap();
        let password = SetPassword { user: name("ada"), password: "$argon2id$new".into(), keep: None };
        assert_eq!(store.run(&person("bob"), password.clone()).await.unwrap_err().code, ErrorCode::Forbidden);
        assert!(!format!("{password:?}").contains("argon2id"), "a hash is never shown");
        store.run(&person("ada"), password).await.unwrap();
    }

    async fn a_group_gives_roles_on_single_projects_and_takes_them_back(store: Store) {
        let (mine, other) = (project(&store, "pods").await.id, project(&store, "other").await.id);
        for text in ["ada", "bob"] {
            add(&store, text, None).await;
        }
        store.run(&owner(), group(&["ada"], None)).await.unwrap();
        sign_in(&store, "ada", 1).await;
        sign_in(&store, "bob", 2).await;
        let set = |project, role| SetGroupRole { group: "crew".parse().unwrap(), project: Some(project), role, keep: None };
        let given = store.run(&owner(), set(mine, Some(Role::Editor))).await.unwrap();
        assert_eq!((given.role, given.project_roles), (None, [(mine, Role::Editor)].into()));
        let talks = |text, project| store.rights(&person(text)).allow(Action::Talk, Subject::Project(project)).is_ok();
        assert!(talks("ada", mine) && !talks("ada", other) && !talks("bob", mine));
        assert!(store.session_by_hash(&hash(1), 3_600).await.unwrap().is_none(), "whose rights changed signs in again");
        assert!(store.session_by_hash(&hash(2), 3_600).await.unwrap().is_some(), "whose did not stays");
        let seq = store.log().head().seq;
        store.run(&owner(), set(mine, Some(Role::Editor))).await.unwrap();
        assert!(kinds(&store, seq).await.is_empty(), "nothing changed");

        store.run(&owner(), set_role("bob", Some(mine), Some(Role::Admin))).await.unwrap();
        assert_eq!(store.run(&person("bob"), set(other, Some(Role::Viewer))).await.unwrap_err().code, ErrorCode::Forbidden);
        store.run(&person("bob"), set(mine, None)).await.unwrap();
        assert!(!talks("ada", mine) && store.groups().await.unwrap()[0].project_roles.is_empty());
        let unknown = set(domain::ProjectId(Default::default()), Some(Role::Viewer));
        assert_eq!(store.run(&owner(), unknown).await.unwrap_err().field.as_deref(), Some("project"));
        let nobody = SetGroupRole { group: "nobody".parse().unwrap(), ..set(mine, None) };
        assert_eq!(store.run(&owner(), nobody).await.unwrap_err().code, ErrorCode::NotFound);
    }

    async fn a_group_gives_its_roles_to_its_members_and_takes_them_back(store: Store) {
        add(&store, "ada", Some(Role::Viewer)).await;
        add(&store, "bob", None).await;
        sign_in(&store, "ada", 1).await;
        sign_in(&store, "bob", 2).await;
        let operates = |text| store.rights(&person(text)).allow(Action::Operate, Subject::Workshop).is_ok();
        store.run(&owner(), group(&["ada"], Some(Role::Operator))).await.unwrap();
        assert!(operates("ada") && !operates("bob"));
        assert!(store.session_by_hash(&hash(1), 3_600).await.unwrap().is_none(), "whose rights changed signs in again");
        assert!(store.session_by_hash(&hash(2), 3_600).await.unwrap().is_some(), "whose did not stays");
        let unknown = store.run(&owner(), group(&["nobody"], None)).await.unwrap_err();
        assert_eq!(unknown.field.as_deref(), Some("members"));
        store.run(&owner(), group(&["bob", "ada", "bob"], Some(Role::Operator))).await.unwrap();
        assert!(operates("ada") && operates("bob"));
        let remove = RemoveGroup { name: "crew".parse().unwrap(), keep: None };
        assert_eq!(store.run(&person("ada"), remove.clone()).await.unwrap_err().code, ErrorCode::Forbidden);
        store.run(&owner(), remove).await.unwrap();
        assert!(!operates("ada") && !operates("bob"));
    }

    async fn a_passkey_that_may_be_a_copy_is_refused_and_the_last_way_in_stays(store: Store) {
        store.run(&owner(), CreateUser { password: None, ..new("ada", None) }).await.unwrap();
        let passkey = AddPasskey {
            user: name("ada"),
            name: "Key ring".into(),
            credential: vec![7; 16],
            public_key: json!({ "x": 1 }),
            counter: 4,
        };
        let system = Actor::system();
        let added = store.run(&person("ada"), passkey.clone()).await.unwrap();
        assert_eq!(store.run(&person("ada"), passkey).await.unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(store.user(&name("ada")).await.unwrap().unwrap().passkeys, 1);
        let show = |counter| UsePasskey { passkey: added.id, counter, public_key: json!({ "x": 1, "n": counter }) };
        store.run(&system, show(5)).await.unwrap();
        for old in [5, 4, 0] {
            assert_eq!(store.run(&system, show(old)).await.unwrap_err().code, ErrorCode::Unauthorized, "{old}");
        }
        let kept = store.passkey_by_credential(&[7; 16]).await.unwrap().unwrap();
        assert_eq!((kept.counter, kept.public_key["n"].as_i64()), (5, Some(5)));
        let remove = RemovePasskey { passkey: added.id };
        assert_eq!(store.run(&person("ada"), remove.clone()).await.unwrap_err().code, ErrorCode::Conflict);
        add(&store, "bob", Some(Role::Operator)).await;
        assert_eq!(store.run(&person("bob"), remove.clone()).await.unwrap_err().code, ErrorCode::NotFound);
        let link = LinkOidc { user: name("ada"), issuer: "https://id.example".into(), subject: "42".into() };
        store.run(&person("ada"), link.clone()).await.unwrap();
        store.run(&person("ada"), remove).await.unwrap();
        assert_eq!(store.user_by_oidc("https://id.example", "42").await.unwrap(), Some(name("ada")));
        let stolen = LinkOidc { user: name("bob"), ..link };
        assert_eq!(store.run(&person("bob"), stolen).await.unwrap_err().code, ErrorCode::Conflict);
        let unlink = UnlinkOidc { user: name("ada"), issuer: "https://id.example".into() };
        assert_eq!(store.run(&person("ada"), unlink).await.unwrap_err().code, ErrorCode::Conflict, "the last way in");
        assert_eq!(store.issuers_of(&name("ada")).await.unwrap(), ["https://id.example"]);
    }

    async fn who_comes_from_a_provider_is_known_again_by_it_alone(store: Store) {
        let admit = |subject: &str, wished: &str| AdmitOidc {
            issuer: "https://id.example".into(),
            subject: subject.into(),
            name: name(wished),
            display_name: "Ada".into(),
            role: Role::Viewer,
        };
        let system = Actor::system();
        let ada = store.run(&system, admit("1", "ada")).await.unwrap();
        assert_eq!((ada.name.as_str(), ada.role, ada.has_password), ("ada", Some(Role::Viewer), false));
        assert_eq!(store.run(&system, admit("1", "another")).await.unwrap().name, ada.name);
        assert_eq!(store.run(&system, admit("2", "ada")).await.unwrap().name, name("ada-2"));
        store.run(&owner(), RemoveUser { user: name("ada-2") }).await.unwrap();
        assert_eq!(store.run(&system, admit("2", "ada")).await.unwrap().name, name("ada-3"), "names are for ever");
        let long = "a".repeat(40);
        store.run(&system, admit("4", &long)).await.unwrap();
        let second = store.run(&system, admit("5", &long)).await.unwrap();
        assert_eq!(second.name.as_str(), format!("{}-2", &long[..38]));
        assert_eq!(store.run(&person("ada"), admit("6", "eve")).await.unwrap_err().code, ErrorCode::Forbidden);
        assert_eq!(store.user_by_oidc("https://id.example", "5").await.unwrap(), Some(second.name));
    }

    async fn what_is_sealed_is_sealed_anew_whole_or_not_at_all(store: Store) {
        let put = |name: &str| PutSecret { name: name.into(), sealed: vec![1] };
        store.run(&owner(), put("model_key")).await.unwrap();
        let key = PutSigningKey { kid: "k1".into(), algorithm: "EdDSA".into(), sealed: vec![2], public_jwk: json!({ "kty": "OKP" }) };
        store.run(&Actor::system(), key).await.unwrap();
        let secrets = vec![("model_key".to_owned(), vec![9])];
        let half = Reseal { secrets: secrets.clone(), signing_keys: vec![] };
        assert_eq!(store.run(&owner(), half).await.unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(store.secret("model_key").await.unwrap(), Some(vec![1]), "nothing was written");
        let whole = Reseal { secrets, signing_keys: vec![("k1".into(), vec![8])] };
        store.run(&owner(), whole).await.unwrap();
        assert_eq!(store.secrets().await.unwrap(), [("model_key".to_owned(), vec![9])]);
        store.run(&Actor::system(), RetireSigningKey { kid: "k1".into() }).await.unwrap();
        let kept = store.signing_keys().await.unwrap().pop().unwrap();
        assert!(kept.sealed == [8] && kept.retired_at.is_some());
        add(&store, "bob", Some(Role::Operator)).await;
        assert_eq!(store.run(&person("bob"), put("x")).await.unwrap_err().code, ErrorCode::Forbidden);
        assert_eq!(store.run(&owner(), put("No/Name")).await.unwrap_err().field.as_deref(), Some("name"));
        store.run(&owner(), RemoveSecret { name: "model_key".into() }).await.unwrap();
        let log = serde_json::to_string(&store.events(0, 200).await.unwrap()).unwrap();
        assert!(log.contains("model_key") && !log.contains("argon2id") && !log.contains("sealed"), "{log}");
    }
}

/// What is kept in memory is what the tables say, and what events alone lead to.
async fn memory_tables_and_log_agree(test: TestStore) {
    let store = &test.store;
    let pods = project(store, "pods").await.id;
    for (text, role) in [("ada", Some(Role::Editor)), ("bob", None), ("eve", Some(Role::Admin))] {
        add(store, text, role).await;
    }
    sign_in(store, "ada", 1).await;
    sign_in(store, "bob", 2).await;
    store.run(&owner(), group(&["ada", "bob"], Some(Role::Viewer))).await.unwrap();
    store.run(&owner(), set_role("bob", Some(pods), Some(Role::Operator))).await.unwrap();
    sign_in(store, "bob", 3).await;
    store.run(&owner(), DisableUser { user: name("eve"), disabled: true }).await.unwrap();
    store.run(&owner(), RemoveUser { user: name("ada") }).await.unwrap();
    let mut replayed = Accounts::default();
    for event in store.events(0, 200).await.unwrap() {
        replayed.apply(&event);
    }
    assert_eq!(store.accounts(), replayed);
    let people = store.people(10).await.unwrap();
    assert_eq!(people.seq, replayed.seq);
    assert_eq!(people.users, store.users().await.unwrap());
    assert_eq!(people.groups, store.groups().await.unwrap());
    assert_eq!(people.projects.iter().map(|project| project.id).collect::<Vec<_>>(), [pods]);
    assert!(people.last_seen.contains_key(&name("bob")) && !people.last_seen.contains_key(&name("ada")));
    let fresh = test.another().await;
    assert_eq!(store.accounts(), fresh.accounts());
    fresh.close().await;
    test.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_tables_and_log_agree_on_sqlite() {
    memory_tables_and_log_agree(TestStore::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_tables_and_log_agree_on_postgres() {
    if let Some(test) = TestStore::postgres().await {
        memory_tables_and_log_agree(test).await;
    }
}
