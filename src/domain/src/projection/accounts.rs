//! Who there is and what they may do: what every request is checked against.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::{Grants, Rights, Scope};
use crate::account::{ApiToken, Group, User};
use crate::actor::{Actor, Party};
use crate::event::{Event, EventData};
use crate::id::{SessionId, TokenId};
use crate::name::{GroupName, UserName};
use crate::role::Role;
use crate::timestamp::Timestamp;

/// The users, groups, tokens and sessions, up to one event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    /// The last event in it.
    pub seq: i64,
    users: BTreeMap<UserName, Arc<User>>,
    groups: BTreeMap<GroupName, Group>,
    tokens: BTreeMap<TokenId, Arc<ApiToken>>,
    sessions: BTreeMap<SessionId, UserName>,
}

impl Accounts {
    /// The accounts as they stand at event `seq`.
    pub fn new(
        seq: i64,
        users: impl IntoIterator<Item = User>,
        groups: impl IntoIterator<Item = Group>,
        tokens: impl IntoIterator<Item = ApiToken>,
        sessions: impl IntoIterator<Item = (SessionId, UserName)>,
    ) -> Self {
        Self {
            seq,
            users: users.into_iter().map(|user| (user.name.clone(), Arc::new(user))).collect(),
            groups: groups.into_iter().map(|group| (group.name.clone(), group)).collect(),
            tokens: tokens.into_iter().map(|token| (token.id, Arc::new(token))).collect(),
            sessions: sessions.into_iter().collect(),
        }
    }

    /// Moves on by one event. Events already seen change nothing.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        match &event.what {
            EventData::UserChanged(user) => drop(self.users.insert(user.name.clone(), Arc::new(user.clone()))),
            EventData::UserRemoved(user) => {
                self.users.remove(&user.name);
                self.tokens.retain(|_, token| token.user != user.name);
            }
            EventData::GroupChanged(group) => drop(self.groups.insert(group.name.clone(), group.clone())),
            EventData::GroupRemoved(group) => drop(self.groups.remove(&group.name)),
            EventData::TokenChanged(token) => drop(self.tokens.insert(token.id, Arc::new(token.clone()))),
            EventData::TokenUsed(used) => drop(self.tokens.insert(used.token.id, Arc::new(used.token.clone()))),
            EventData::SessionStarted(session) => drop(self.sessions.insert(session.id, session.user.clone())),
            EventData::SessionEnded(ended) => drop(self.sessions.remove(&ended.session)),
            _ => {}
        }
    }

    /// What `actor` may do at `now`.
    #[must_use]
    pub fn rights(&self, actor: &Actor, now: Timestamp) -> Rights {
        match &actor.by {
            Party::System => Rights::System,
            Party::User(user) => self.rights_of_person(user, actor.token, now),
            Party::Helper(_) => Rights::Helper {
                // A person who may nothing any more leaves their helpers without rights, not without a person.
                of: actor.on_behalf_of.as_ref().map(|user| match self.rights_of_person(user, actor.token, now) {
                    Rights::Person { grants, .. } | Rights::Token { grants, .. } => grants,
                    _ => Grants::default(),
                }),
            },
        }
    }

    /// The roles of a user and their groups; none for one who is unknown or disabled.
    #[must_use]
    pub fn grants(&self, user: &UserName) -> Option<Grants> {
        let own = self.users.get(user).filter(|user| !user.disabled)?.grants();
        let groups = self.groups.values().filter(|group| group.members.contains(user));
        Some(groups.fold(own, |grants, group| grants.union(&group.grants())))
    }

    /// The user of that name.
    #[must_use]
    pub fn user(&self, name: &UserName) -> Option<&User> {
        self.users.get(name).map(Arc::as_ref)
    }

    /// The users, by name.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values().map(Arc::as_ref)
    }

    /// The groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// Whose session it is, while it lasts.
    #[must_use]
    pub fn session(&self, id: SessionId) -> Option<&UserName> {
        self.sessions.get(&id)
    }

    /// A token and whose it is, if it holds at `now`: neither revoked nor too old, nor of someone disabled.
    #[must_use]
    pub fn token(&self, id: TokenId, now: Timestamp) -> Option<(Arc<ApiToken>, Arc<User>)> {
        let token = self.tokens.get(&id).filter(|token| token.holds(now))?;
        let user = self.users.get(&token.user).filter(|user| !user.disabled)?;
        Some((token.clone(), user.clone()))
    }

    /// Whether someone can manage the workshop: an admin who is not disabled.
    #[must_use]
    pub fn has_admin(&self) -> bool {
        self.users.values().any(|user| !user.disabled && user.role == Some(Role::Admin))
    }

    fn rights_of_person(&self, user: &UserName, token: Option<TokenId>, now: Timestamp) -> Rights {
        let Some(grants) = self.grants(user) else { return Rights::Nobody };
        let Some(token) = token else { return Rights::Person { user: user.clone(), grants } };
        match self.scope(token, user, now) {
            Some(scope) => Rights::Token { user: user.clone(), grants: grants.capped_by(scope) },
            None => Rights::Nobody,
        }
    }

    fn scope(&self, token: TokenId, user: &UserName, now: Timestamp) -> Option<&Scope> {
        let token = self.tokens.get(&token).filter(|token| token.user == *user && token.holds(now))?;
        Some(&token.scope)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::access::{Action, Subject};
    use crate::error::ErrorCode;
    use crate::id::{EventId, ProjectId};

    fn ada() -> UserName {
        "ada".parse().unwrap()
    }

    fn user(role: Option<Role>) -> User {
        User {
            name: ada(),
            display_name: "Ada".into(),
            role,
            project_roles: BTreeMap::new(),
            time_zone: "UTC".into(),
            disabled: false,
            created_at: Timestamp::default(),
            has_password: true,
            passkeys: 0,
        }
    }

    fn token(role: Role) -> ApiToken {
        ApiToken {
            id: TokenId(Uuid::from_u128(7)),
            user: ada(),
            name: "ci".into(),
            scope: Scope { role, projects: None },
            expires_at: Timestamp::from_millis(1_000),
            created_at: Timestamp::default(),
            used_at: None,
            revoked: false,
        }
    }

    fn accounts(events: impl IntoIterator<Item = EventData>) -> Accounts {
        let mut accounts = Accounts::default();
        for (seq, what) in (1..).zip(events) {
            let id = EventId(Uuid::from_u128(1));
            let actor = Actor::system();
            accounts.apply(&Event { seq, id, at: Timestamp::default(), actor, project: None, what });
        }
        accounts
    }

    fn operate(accounts: &Accounts, actor: &Actor) -> Result<(), ErrorCode> {
        let rights = accounts.rights(actor, Timestamp::default());
        rights.allow(Action::Operate, Subject::Workshop).map_err(|error| error.code)
    }

    #[test]
    fn an_empty_workshop_knows_nobody_but_itself() {
        let accounts = Accounts::default();
        assert_eq!(operate(&accounts, &Actor::user(ada())), Err(ErrorCode::Unauthorized));
        assert_eq!(operate(&accounts, &Actor::system()), Ok(()));
        assert!(!accounts.has_admin());
    }

    #[test]
    fn roles_come_from_the_user_and_from_their_groups() {
        let group = Group {
            name: "crew".parse().unwrap(),
            members: vec![ada()],
            role: Some(Role::Operator),
            project_roles: BTreeMap::new(),
        };
        let actor = Actor::user(ada());
        let viewer = EventData::UserChanged(user(Some(Role::Viewer)));
        assert_eq!(operate(&accounts([viewer.clone()]), &actor), Err(ErrorCode::Forbidden));
        let grouped = [viewer.clone(), EventData::GroupChanged(group.clone())];
        assert_eq!(operate(&accounts(grouped.clone()), &actor), Ok(()));
        let gone = grouped.into_iter().chain([EventData::GroupRemoved(group)]);
        assert_eq!(operate(&accounts(gone), &actor), Err(ErrorCode::Forbidden));
    }

    #[test]
    fn who_is_disabled_or_gone_is_nobody_and_so_are_their_tokens_and_helpers() {
        let by_token = Actor::user(ada()).by_token(Some(token(Role::Admin).id));
        let helper = Actor::helper("the_author".parse().unwrap(), Some(ada()));
        let known = [EventData::UserChanged(user(Some(Role::Admin))), EventData::TokenChanged(token(Role::Admin))];
        assert_eq!(operate(&accounts(known.clone()), &by_token), Ok(()));
        let ends = [
            EventData::UserChanged(User { disabled: true, ..user(Some(Role::Admin)) }),
            EventData::UserRemoved(user(None)),
        ];
        for end in ends {
            let accounts = accounts(known.clone().into_iter().chain([end]));
            for actor in [Actor::user(ada()), by_token.clone()] {
                assert_eq!(operate(&accounts, &actor), Err(ErrorCode::Unauthorized));
            }
            let rights = accounts.rights(&helper, Timestamp::default());
            assert_eq!(rights, Rights::Helper { of: Some(Grants::default()) });
            assert!(!accounts.has_admin());
        }
    }

    #[test]
    fn a_token_ends_when_it_is_revoked_or_its_time_has_come_and_never_opens_anothers_account() {
        let actor = Actor::user(ada()).by_token(Some(token(Role::Admin).id));
        let known = |token| accounts([EventData::UserChanged(user(Some(Role::Admin))), EventData::TokenChanged(token)]);
        let rights = |token, at| known(token).rights(&actor, Timestamp::from_millis(at));
        let capped = Rights::Token { user: ada(), grants: Grants::workshop(Role::Viewer) };
        assert_eq!(rights(token(Role::Viewer), 999), capped);
        assert_eq!(rights(token(Role::Viewer), 1_000), Rights::Nobody);
        assert_eq!(rights(ApiToken { revoked: true, ..token(Role::Viewer) }, 0), Rights::Nobody);
        assert_eq!(rights(ApiToken { user: "bob".parse().unwrap(), ..token(Role::Viewer) }, 0), Rights::Nobody);
        let helper = Actor::helper("the_author".parse().unwrap(), Some(ada())).by_token(actor.token);
        let behind = known(token(Role::Viewer)).rights(&helper, Timestamp::default());
        assert_eq!(behind, Rights::Helper { of: Some(Grants::workshop(Role::Viewer)) }, "the scope binds helpers too");
    }

    #[test]
    fn a_role_on_one_project_counts_there() {
        let project = ProjectId(Uuid::from_u128(3));
        let local = User { project_roles: BTreeMap::from([(project, Role::Operator)]), ..user(None) };
        let rights = accounts([EventData::UserChanged(local)]).rights(&Actor::user(ada()), Timestamp::default());
        assert!(rights.allow(Action::Operate, Subject::Project(project)).is_ok());
        assert!(rights.allow(Action::Read, Subject::Workshop).is_err());
    }
}
