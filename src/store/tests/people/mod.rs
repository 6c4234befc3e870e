//! People for the tests: made by the admin, with a role and a secret.
#![allow(dead_code, reason = "each test binary takes what it needs")]

use domain::{Actor, ConversationId, Message, Project, ProjectId, Role, Session, User, UserName};
use store::commands::{BeginProject, CreateUser, OpenConversation, PostMessage, SetRole, StartSession};
use store::testing::owner;
use store::{Hash, Store};

pub(crate) fn name(text: &str) -> UserName {
    text.parse().unwrap()
}

pub(crate) fn person(text: &str) -> Actor {
    Actor::user(name(text))
}

/// A hash as of some secret.
pub(crate) fn hash(n: u8) -> Hash {
    [n; 32]
}

pub(crate) fn new(text: &str, role: Option<Role>) -> CreateUser {
    CreateUser { name: name(text), display_name: text.into(), role, password: Some("$argon2id$made-up".into()) }
}

pub(crate) async fn add(store: &Store, text: &str, role: Option<Role>) -> User {
    store.run(&owner(), new(text, role)).await.unwrap()
}

pub(crate) fn set_role(text: &str, project: Option<ProjectId>, role: Option<Role>) -> SetRole {
    SetRole { user: name(text), project, role, keep: None }
}

pub(crate) fn session(text: &str, n: u8) -> StartSession {
    let (device, place) = ("Firefox on Linux".into(), "127.0.0.1".into());
    StartSession { hash: hash(n), user: name(text), device, place, lasts_seconds: 30 * 24 * 3_600 }
}

pub(crate) async fn sign_in(store: &Store, text: &str, n: u8) -> Session {
    store.run(&person(text), session(text, n)).await.unwrap()
}

pub(crate) async fn project(store: &Store, slug: &str) -> Project {
    let begin = BeginProject {
        slug: slug.parse().unwrap(),
        title: slug.into(),
        brief: String::new(),
        template: "pwa".into(),
        template_version: "1".into(),
        steps: vec!["Write".into()],
        conversation: None,
        message: None,
    };
    store.run(&owner(), begin).await.unwrap().project
}

pub(crate) async fn open(store: &Store, project: Option<ProjectId>) -> ConversationId {
    let open = OpenConversation { title: "Pods".into(), participants: vec![], project };
    store.run(&owner(), open).await.unwrap().id
}

pub(crate) fn post(conversation: ConversationId, body: &str) -> PostMessage {
    PostMessage { conversation, recipient: None, body: body.into(), reply_to: None, key: None }
}

pub(crate) async fn say(store: &Store, actor: &Actor, conversation: ConversationId, body: &str) -> Message {
    store.run(actor, post(conversation, body)).await.unwrap().message
}
