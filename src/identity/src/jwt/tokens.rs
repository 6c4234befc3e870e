//! Issues and verifies tokens.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use domain::{Clock, Error, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::verify::{self, Refusal};
use super::{Claims, Grant, SigningKey, to_base64};
use crate::random;

/// How far clocks of other machines may be off, in seconds.
pub(super) const LEEWAY: i64 = 60;

/// Issues and verifies the tokens of one workshop.
#[derive(Debug)]
pub struct Tokens {
    issuer: String,
    lifetime: i64,
    keys: RwLock<Vec<SigningKey>>,
    clock: Arc<dyn Clock>,
}

/// A new token.
#[derive(Debug)]
pub struct Issued {
    /// The token itself.
    pub token: SecretString,
    /// What it says.
    pub claims: Claims,
}

impl Tokens {
    /// The tokens of `issuer` (the workshop's public address), good for `lifetime` (whole seconds; minutes are wise,
    /// because nothing can take one back). Without a key that is in use none can be issued.
    #[must_use]
    pub fn new(issuer: impl Into<String>, lifetime: Duration, keys: Vec<SigningKey>, clock: Arc<dyn Clock>) -> Self {
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX / 2).max(1);
        Self { issuer: issuer.into(), lifetime, keys: RwLock::new(keys), clock }
    }

    /// Uses these keys from now on: after one was added or retired, here or by another server.
    pub fn set_keys(&self, keys: Vec<SigningKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Issues a token that says what `grant` says.
    ///
    /// # Errors
    /// `Invalid` when a word of the scope holds a space; `Internal` when no key is in use.
    pub fn issue(&self, grant: Grant) -> domain::Result<Issued> {
        if let Some(word) = grant.scope.iter().find(|word| word.is_empty() || word.contains(' ')) {
            return Err(Error::invalid("scope", format!("“{word}” is not a scope: a scope is one word")));
        }
        let now = self.clock.now();
        let issued = now.micros().div_euclid(1_000_000);
        let claims = Claims {
            issuer: self.issuer.clone(),
            subject: grant.subject,
            audience: vec![grant.audience],
            expires: issued.saturating_add(self.lifetime),
            issued,
            id: to_base64(random::bytes::<16>()?),
            client: grant.client,
            scope: grant.scope,
            roles: grant.roles,
        };
        let keys = self.keys();
        let key = keys
            .iter()
            .filter(|key| key.retired_at().is_none_or(|at| now < at))
            .max_by_key(|key| key.created_at())
            .ok_or_else(|| Error::internal("there is no key in use for signing tokens"))?;
        let header = json!({ "typ": verify::TYPE, "alg": SigningKey::ALGORITHM, "kid": key.id() });
        let body = serde_json::to_vec(&claims).map_err(Error::internal)?;
        let mut token = format!("{}.{}", to_base64(header.to_string()), to_base64(body));
        let signature = to_base64(key.sign(token.as_bytes())?);
        token.push('.');
        token.push_str(&signature);
        Ok(Issued { token: token.into(), claims })
    }

    /// Verifies a token that this workshop issued for `audience`.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn verify(&self, token: &str, audience: &str) -> Result<Claims, Refusal> {
        let now = self.clock.now();
        let keys = self.keys();
        let find = |id: &str| keys.iter().find(|key| key.id() == id && self.still_verifies(key, now));
        let claims = verify::signed_by(token, find)?;
        verify::good_for(&claims, &self.issuer, audience, now.micros().div_euclid(1_000_000))?;
        Ok(claims)
    }

    /// The public keys by which tokens can be verified now, as JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn key_set(&self) -> Value {
        let now = self.clock.now();
        let keys: Vec<_> =
            self.keys().iter().filter(|key| self.still_verifies(key, now)).map(SigningKey::public).collect();
        json!({ "keys": keys })
    }

    /// Whether what `key` signed may still be good.
    #[must_use]
    pub fn still_verifies(&self, key: &SigningKey, now: Timestamp) -> bool {
        key.retired_at().is_none_or(|at| now < at.plus_seconds(self.lifetime.saturating_add(LEEWAY)))
    }

    fn keys(&self) -> RwLockReadGuard<'_, Vec<SigningKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
