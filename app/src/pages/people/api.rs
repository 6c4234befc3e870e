//! What the page asks the server: who there is, who was invited, and which groups there are.

use domain::{Group, Invitation, Timestamp, User, UserName};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;
use crate::pages::account::ProjectName;

/// Most invitations that are looked through for open ones.
#[cfg(feature = "ssr")]
const INVITATIONS: i64 = 500;

/// The people of the workshop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleView {
    /// The last event known when this was read.
    pub seq: i64,
    /// Who looks.
    pub me: UserName,
    /// Everyone, by name.
    pub people: Vec<Person>,
    /// The invitations that can still be used, newest first.
    pub invitations: Vec<Invitation>,
    /// The groups, by name.
    pub groups: Vec<Group>,
    /// The projects.
    pub projects: Vec<ProjectName>,
    /// The link of an invitation that a form without a script made just now.
    pub link: Option<String>,
}

/// Someone with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user.
    pub user: User,
    /// When they were last here.
    pub seen_at: Option<Timestamp>,
    /// By which groups they have more roles.
    pub groups: Vec<String>,
}

/// Reads the people of the workshop.
///
/// # Errors
/// `Forbidden` for who may not manage them.
#[server(prefix = "/api/fn", endpoint = "load_people", input = GetUrl, output = Json)]
pub async fn load_people() -> Result<PeopleView, AppError> {
    let (store, caller) = (crate::server::store()?, crate::server::caller()?);
    crate::server::keep_nowhere();
    let link = crate::once::take(super::acts::ADDRESS, identity::secret::Kind::Invitation.prefix())?;
    let link = link.map(|secret| super::acts::join_address(&secret)).transpose()?;
    let (action, subject) = (domain::access::Action::ManagePeople, domain::access::Subject::Workshop);
    store.require(&caller.actor(), action, subject).await?;
    let now = store.now();
    // What happens while it is read comes again over the stream.
    let store::accounts::People { seq, users, groups, last_seen, mut invitations, projects } =
        store.people(INVITATIONS).await?;
    invitations.retain(|invitation| invitation.is_open(now));
    let person = |user: User| Person {
        seen_at: last_seen.get(&user.name).copied(),
        groups: groups.iter().filter(|group| group.members.contains(&user.name)).map(|g| g.name.to_string()).collect(),
        user,
    };
    let people = users.into_iter().map(person).collect();
    Ok(PeopleView {
        seq,
        me: caller.user.name.clone(),
        people,
        invitations,
        groups,
        projects: projects.into_iter().map(|project| ProjectName { id: project.id, slug: project.slug }).collect(),
        link,
    })
}
