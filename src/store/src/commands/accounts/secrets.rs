//! Stored secrets and signing keys, sealed before they come here.

use domain::access::Action;
use domain::event::SecretChanged;
use domain::{Error, EventData, Result};
use serde_json::Value;

use crate::accounts::SigningKey;
use crate::change::{Change, Command};
use crate::tables::accounts::secrets;

/// Longest name of a secret, in bytes.
const MAX_NAME: usize = 100;
/// Most bytes of a sealed secret.
const MAX_SEALED: usize = 64 * 1024;

/// Keeps a secret, in place of what it was.
#[derive(Debug, Clone)]
pub struct PutSecret {
    /// Its name: small letters, digits and `. _ - :`.
    pub name: String,
    /// What it holds, sealed.
    pub sealed: Vec<u8>,
}

impl Command for PutSecret {
    const ACTION: Action = Action::ManageSettings;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-' | b':');
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.bytes().all(fits) {
            let rule = format!("A secret's name has 1 to {MAX_NAME} of a to z, digits, “.”, “_”, “-” and “:”.");
            return Err(Error::invalid("name", rule));
        }
        if self.sealed.len() > MAX_SEALED {
            return Err(Error::invalid("sealed", format!("A sealed secret has at most {MAX_SEALED} bytes.")));
        }
        secrets::put(change.tx, &self.name, &self.sealed, change.now).await?;
        tell(change, self.name.clone(), false);
        Ok(())
    }
}

/// Forgets a secret.
#[derive(Debug, Clone)]
pub struct RemoveSecret {
    /// Its name.
    pub name: String,
}

impl Command for RemoveSecret {
    const ACTION: Action = Action::ManageSettings;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        if !secrets::delete(change.tx, &self.name).await? {
            return Err(Error::not_found("secret"));
        }
        tell(change, self.name.clone(), true);
        Ok(())
    }
}

/// Begins to use a signing key.
#[derive(Debug, Clone)]
pub struct PutSigningKey {
    /// Its key id.
    pub kid: String,
    /// Its algorithm, like `EdDSA`.
    pub algorithm: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// The public key, as others get it.
    pub public_jwk: Value,
}

impl Command for PutSigningKey {
    const ACTION: Action = Action::ManageSettings;
    type Output = SigningKey;

    async fn apply(&self, change: &mut Change<'_>) -> Result<SigningKey> {
        let key = SigningKey {
            kid: self.kid.clone(),
            algorithm: self.algorithm.clone(),
            sealed: self.sealed.clone(),
            public_jwk: self.public_jwk.clone(),
            created_at: change.now,
            retired_at: None,
        };
        secrets::insert_key(change.tx, &key).await?;
        tell(change, format!("signing_key:{}", self.kid), false);
        Ok(key)
    }
}

/// Signs nothing more with a key. What it signed can still be verified.
#[derive(Debug, Clone)]
pub struct RetireSigningKey {
    /// Its key id.
    pub kid: String,
}

impl Command for RetireSigningKey {
    const ACTION: Action = Action::ManageSettings;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        if !secrets::retire_key(change.tx, &self.kid, change.now).await? {
            return Err(Error::not_found("signing key"));
        }
        tell(change, format!("signing_key:{}", self.kid), true);
        Ok(())
    }
}

/// Puts everything that was sealed with one key file in place again, sealed with another: all of it or nothing.
#[derive(Debug, Clone)]
pub struct Reseal {
    /// The secrets, by name.
    pub secrets: Vec<(String, Vec<u8>)>,
    /// The private signing keys, by key id.
    pub signing_keys: Vec<(String, Vec<u8>)>,
}

impl Command for Reseal {
    const ACTION: Action = Action::ManageSettings;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let kept = secrets::all(change.tx).await?.len() + secrets::signing_keys(change.tx).await?.len();
        for (name, sealed) in &self.secrets {
            if secrets::get(change.tx, name).await?.is_none() {
                return Err(changed_meanwhile());
            }
            secrets::put(change.tx, name, sealed, change.now).await?;
        }
        for (kid, sealed) in &self.signing_keys {
            if !secrets::reseal_key(change.tx, kid, sealed).await? {
                return Err(changed_meanwhile());
            }
        }
        if kept != self.secrets.len() + self.signing_keys.len() {
            return Err(changed_meanwhile());
        }
        tell(change, "*".into(), false);
        Ok(())
    }
}

fn changed_meanwhile() -> Error {
    Error::conflict("The stored secrets changed in the meantime. Try again.")
}

fn tell(change: &mut Change<'_>, name: String, removed: bool) {
    change.record(EventData::SecretChanged(SecretChanged { name, removed }));
}
