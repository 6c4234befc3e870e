//! What can be asked about accounts. Secrets are found by their hash and never given out.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Sight;
use domain::projection::{Accounts, ProjectEntry};
use domain::{ApiToken, Group, Invitation, Passkey, Result, Session, SessionId, Timestamp, User, UserName};
use secrecy::SecretString;
use serde_json::Value;

use crate::Hash;
use crate::store::Store;
use crate::tables;
use crate::tables::accounts::{groups, identities, invitations, passkeys, secrets, sessions, setup, tokens, users};

/// A passkey, with what the relying party keeps of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPasskey {
    /// The passkey.
    pub passkey: Passkey,
    /// Its credential id.
    pub credential: Vec<u8>,
    /// What the relying party keeps of it, its public key above all.
    pub public_key: Value,
    /// How often it said it was used.
    pub counter: i64,
}

/// Who there is, and what those who manage them look at beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct People {
    /// The last event in it. What happened later may be in it too.
    pub seq: i64,
    /// All users, by name.
    pub users: Vec<User>,
    /// All groups, by name.
    pub groups: Vec<Group>,
    /// When each user was last here, for those who have a session.
    pub last_seen: BTreeMap<UserName, Timestamp>,
    /// The newest invitations, newest first.
    pub invitations: Vec<Invitation>,
    /// All projects, newest first.
    pub projects: Vec<ProjectEntry>,
}

/// A key that signs what others verify.
#[derive(Debug, Clone, PartialEq)]
pub struct SigningKey {
    /// Its key id.
    pub kid: String,
    /// Its algorithm, like `EdDSA`.
    pub algorithm: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// The public key, as others get it.
    pub public_jwk: Value,
    /// Since when it is used.
    pub created_at: Timestamp,
    /// Since when it signs nothing more.
    pub retired_at: Option<Timestamp>,
}

/// Reads one thing in a transaction of its own.
macro_rules! reads {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $($path:ident)::+;)+) => {
        impl Store {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// When the database does not answer.
            pub async fn $name(&self, $($arg: $ty),*) -> Result<$out> {
                $($path)::+(&mut self.db().read().await?, $($arg),*).await
            }
        )+}
    };
}

reads! {
    /// All users, by name.
    users() -> Vec<User> = users::all;
    /// One user.
    user(name: &UserName) -> Option<User> = users::get;
    /// All groups, by name.
    groups() -> Vec<Group> = groups::all;
    /// The newest invitations, newest first.
    invitations(limit: i64) -> Vec<Invitation> = invitations::newest;
    /// All tokens, newest first.
    tokens() -> Vec<ApiToken> = tokens::all;
    /// A user's tokens, newest first.
    tokens_of(user: &UserName) -> Vec<ApiToken> = tokens::of_user;
    /// A user's passkeys, oldest first.
    passkeys_of(user: &UserName) -> Vec<StoredPasskey> = passkeys::of_user;
    /// The passkey with that credential id.
    passkey_by_credential(credential: &[u8]) -> Option<StoredPasskey> = passkeys::by_credential;
    /// The user who is `subject` at the OpenID provider `issuer`.
    user_by_oidc(issuer: &str, subject: &str) -> Option<UserName> = identities::user;
    /// The OpenID providers at which a user has an identity.
    issuers_of(user: &UserName) -> Vec<String> = identities::issuers_of;
    /// The signing keys, newest first.
    signing_keys() -> Vec<SigningKey> = secrets::signing_keys;
    /// The stored secrets, sealed, by name.
    secrets() -> Vec<(String, Vec<u8>)> = secrets::all;
    /// One stored secret, sealed.
    secret(name: &str) -> Option<Vec<u8>> = secrets::get;
}

impl Store {
    /// What the hash function made of a user's password, if they have one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn password(&self, user: &UserName) -> Result<Option<SecretString>> {
        Ok(users::password(&mut self.db().read().await?, user).await?.map(SecretString::from))
    }

    /// The session of that hash and whose it is, if it still lasts: neither too old, nor unused for `idle_seconds`,
    /// nor of someone who is disabled.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session_by_hash(&self, hash: &Hash, idle_seconds: i64) -> Result<Option<(Session, User)>> {
        let now = self.now();
        let mut tx = self.db().read().await?;
        let found = sessions::by_hash(&mut tx, hash, now, now.plus_seconds(-idle_seconds)).await?;
        let Some(session) = found else { return Ok(None) };
        let user = users::get(&mut tx, &session.user).await?.filter(|user| !user.disabled);
        Ok(user.map(|user| (session, user)))
    }

    /// The session of that id, whose it is, and the hash of the secret that it has now; if it still lasts, as in
    /// [`Self::session_by_hash`]. An id is no proof of anything: it is for whoever has one from us.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session_by_id(&self, id: SessionId, idle_seconds: i64) -> Result<Option<(Session, User, Hash)>> {
        let hash = sessions::hash(&mut self.db().read().await?, id).await?;
        let Some(hash) = hash else { return Ok(None) };
        Ok(self.session_by_hash(&hash, idle_seconds).await?.map(|(session, user)| (session, user, hash)))
    }

    /// A user's sessions that are not too old, the one used last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sessions_of(&self, user: &UserName) -> Result<Vec<Session>> {
        sessions::of_user(&mut self.db().read().await?, user, self.now()).await
    }

    /// Who there is, with so many of the newest invitations. Users and groups come from memory, where they all are anyway.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn people(&self, invitations: i64) -> Result<People> {
        let (seq, users, groups) = {
            let accounts = self.gate().read();
            (accounts.seq, accounts.users().cloned().collect(), accounts.groups().cloned().collect())
        };
        let mut tx = self.db().read().await?;
        Ok(People {
            seq,
            users,
            groups,
            last_seen: sessions::last_used(&mut tx).await?.into_iter().collect(),
            invitations: invitations::newest(&mut tx, invitations).await?,
            projects: tables::projects::entries(&mut tx, &Sight::Everything).await?,
        })
    }

    /// The token of that hash and whose it is, if it holds: neither revoked nor too old, nor of someone disabled. From
    /// memory once it was shown.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn token_by_hash(&self, hash: &Hash) -> Result<Option<(Arc<ApiToken>, Arc<User>)>> {
        if let Some(known) = self.gate().token(hash, self.now()) {
            return Ok(Some(known));
        }
        // Seldom, and in a box: it needs more room to wait than all else that a request waits for.
        Box::pin(self.unknown_token(hash)).await
    }

    async fn unknown_token(&self, hash: &Hash) -> Result<Option<(Arc<ApiToken>, Arc<User>)>> {
        let mut tx = self.db().read().await?;
        let found = tokens::by_hash(&mut tx, hash).await?.filter(|token| token.holds(self.now()));
        let Some(token) = found else { return Ok(None) };
        self.gate().remember(*hash, token.id);
        let user = users::get(&mut tx, &token.user).await?.filter(|user| !user.disabled);
        Ok(user.map(|user| (Arc::new(token), Arc::new(user))))
    }

    /// The invitation of that hash, if someone can still come by it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn invitation_by_hash(&self, hash: &Hash) -> Result<Option<Invitation>> {
        let found = invitations::by_hash(&mut self.db().read().await?, hash).await?;
        Ok(found.filter(|invitation| invitation.is_open(self.now())))
    }

    /// Whether a set-up link still holds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn setup_link_holds(&self, hash: &Hash) -> Result<bool> {
        setup::holds(&mut self.db().read().await?, hash, self.now()).await
    }

    /// Whether someone can manage the workshop. One that nobody can serves nothing but its set-up. From memory.
    #[must_use]
    pub fn has_admin(&self) -> bool {
        self.gate().read().has_admin()
    }

    /// Whether a session lasts, as far as events tell: it was not ended. From memory.
    #[must_use]
    pub fn is_signed_in(&self, session: SessionId) -> bool {
        self.gate().read().session(session).is_some()
    }

    /// How often accounts, roles, tokens and sessions changed since this server started: while it stays the same, only
    /// the clock can change what someone may do. From memory.
    #[must_use]
    pub fn account_changes(&self) -> u64 {
        self.gate().changes()
    }

    /// What people are called, by name: no secret, since everyone sees what they say. From memory.
    #[must_use]
    pub fn display_names(&self) -> BTreeMap<UserName, String> {
        let accounts = self.gate().read();
        accounts.users().map(|user| (user.name.clone(), user.display_name.clone())).collect()
    }

    /// The accounts as they stand in memory.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        self.gate().read().clone()
    }
}
