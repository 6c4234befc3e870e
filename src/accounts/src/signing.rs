//! Access tokens for other services: short-lived, verified by them without asking back (RFC 9068). Their signing keys
//! are kept in the database, sealed by a key file.

use std::sync::Arc;
use std::time::Duration;

use domain::access::Subject;
use domain::{Actor, Clock, Error, Result};
use identity::jwt::{Grant, Issued, SigningKey, Tokens};
use identity::seal::Seal;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use store::Store;
use store::accounts::SigningKey as StoredKey;
use store::commands::{PutSigningKey, Reseal, RetireSigningKey};

use crate::caller::Caller;

/// How long an access token is good for. Nothing can take one back before.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a key signs, in seconds: ninety days.
const KEY_SECONDS: i64 = 90 * 24 * 3_600;
/// Longest name of a service, in bytes.
const MAX_AUDIENCE: usize = 200;

/// Issues access tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    store: Store,
    seal: Arc<Seal>,
    tokens: Arc<Tokens>,
}

impl AccessTokens {
    /// The tokens of the workshop at `issuer`, its public address. Makes the first key.
    ///
    /// # Errors
    /// When the database does not answer, or a key does not open.
    pub async fn open(store: Store, seal: Arc<Seal>, issuer: String, clock: Arc<dyn Clock>) -> Result<Self> {
        let tokens = Arc::new(Tokens::new(issuer, LIFETIME, Vec::new(), clock));
        let access = Self { store, seal, tokens };
        access.refresh().await?;
        Ok(access)
    }

    /// A token that says who `caller` is to `audience`, with the roles that they hold by their way in.
    ///
    /// # Errors
    /// `Invalid`, naming `audience`.
    pub fn issue(&self, caller: &Caller, audience: &str) -> Result<Issued> {
        let audience = audience.trim();
        let fits = (1..=MAX_AUDIENCE).contains(&audience.len()) && audience.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            let rule = format!("Name the service that is to accept it, with 1 to {MAX_AUDIENCE} visible characters.");
            return Err(Error::invalid("audience", rule));
        }
        let rights = self.store.rights(&caller.actor());
        let role = rights.role_on(Subject::Workshop).map(|role| role.name().to_owned());
        let client = match (caller.session(), caller.token()) {
            (Some(session), _) => session.id.to_string(),
            (None, Some(token)) => token.id.to_string(),
            (None, None) => String::new(),
        };
        self.tokens.issue(Grant {
            subject: caller.user.name.to_string(),
            audience: audience.to_owned(),
            client,
            scope: Vec::new(),
            roles: role.into_iter().collect(),
        })
    }

    /// The public keys, for services that verify tokens (RFC 7517).
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.tokens.key_set()
    }

    /// Takes up keys that another server made, and makes a new one when the newest is old. To be called now and then.
    ///
    /// # Errors
    /// When the database does not answer, or a key does not open.
    pub async fn refresh(&self) -> Result<()> {
        let mut kept = self.store.signing_keys().await?;
        let now = self.store.now();
        let signs = |key: &StoredKey| key.retired_at.is_none() && now < key.created_at.plus_seconds(KEY_SECONDS);
        if !kept.iter().any(signs) {
            self.add_key().await?;
            for old in kept.iter().filter(|key| key.retired_at.is_none()) {
                self.store.run(&Actor::system(), RetireSigningKey { kid: old.kid.clone() }).await?;
            }
            kept = self.store.signing_keys().await?;
        }
        let seal = Arc::clone(&self.seal);
        // Reads the key file.
        let keys = tokio::task::spawn_blocking(move || kept.iter().map(|key| opened(&seal, key)).collect());
        let keys: Result<Vec<_>> = keys.await.map_err(Error::internal)?;
        self.tokens.set_keys(keys?);
        Ok(())
    }

    async fn add_key(&self) -> Result<()> {
        let (seal, now) = (Arc::clone(&self.seal), self.store.now());
        let made = tokio::task::spawn_blocking(move || {
            let key = SigningKey::generate(now).map_err(Error::internal)?;
            let sealed = seal.seal(&sealed_name(key.id()), key.private().expose_secret())?;
            let (kid, public_jwk) = (key.id().to_owned(), key.public());
            Ok::<_, Error>(PutSigningKey { kid, algorithm: SigningKey::ALGORITHM.into(), sealed, public_jwk })
        });
        self.store.run(&Actor::system(), made.await.map_err(Error::internal)??).await.map(drop)
    }
}

/// Seals everything that is stored sealed with a new key, and drops the old one. Tells how many secrets there were.
/// Interrupted at any point nothing is lost: run it again.
///
/// # Errors
/// When the key file cannot be used, a secret does not open, or the database does not answer.
pub async fn rotate_secrets(store: &Store, seal: Arc<Seal>, actor: &Actor) -> Result<usize> {
    let (secrets, keys) = (store.secrets().await?, store.signing_keys().await?);
    let count = secrets.len() + keys.len();
    let sealing = Arc::clone(&seal);
    let resealed = tokio::task::spawn_blocking(move || {
        sealing.begin_rotation()?;
        let again = |name: &str, sealed: Vec<u8>| Ok::<_, Error>(sealing.reseal(name, &sealed)?.unwrap_or(sealed));
        let secrets = secrets.into_iter().map(|(name, sealed)| {
            let sealed = again(&name, sealed)?;
            Ok((name, sealed))
        });
        let signing_keys = keys.into_iter().map(|key| {
            let sealed = again(&sealed_name(&key.kid), key.sealed)?;
            Ok((key.kid, sealed))
        });
        Ok::<_, Error>(Reseal {
            secrets: secrets.collect::<Result<_>>()?,
            signing_keys: signing_keys.collect::<Result<_>>()?,
        })
    });
    store.run(actor, resealed.await.map_err(Error::internal)??).await?;
    // Only now that nothing needs the old keys.
    let dropped = tokio::task::spawn_blocking(move || seal.finish_rotation());
    dropped.await.map_err(Error::internal)??;
    Ok(count)
}

fn opened(seal: &Seal, key: &StoredKey) -> Result<SigningKey> {
    let private = seal.open(&sealed_name(&key.kid), &key.sealed)?;
    SigningKey::from_private(private.expose_secret(), key.created_at, key.retired_at).map_err(Error::internal)
}

/// Under which name a signing key is sealed.
fn sealed_name(kid: &str) -> String {
    format!("signing_key:{kid}")
}
