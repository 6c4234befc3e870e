//! A key that signs tokens: ECDSA on P-256 with SHA-256, which services in every language can verify.

use std::fmt;

use domain::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use secrecy::SecretSlice;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::to_base64;

/// What is wrong with a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No randomness, or the platform cannot sign.
    #[error("a key for signing tokens could not be made")]
    Making,
    /// It is not the private part of a key on P-256 in PKCS #8.
    #[error("what is kept of a key for signing tokens cannot be read")]
    Reading,
}

impl From<KeyError> for domain::Error {
    fn from(error: KeyError) -> Self {
        Self::internal(error)
    }
}

/// One key, private part included.
pub struct SigningKey {
    id: String,
    pair: EcdsaKeyPair,
    private: SecretSlice<u8>,
    created_at: Timestamp,
    retired_at: Option<Timestamp>,
}

impl SigningKey {
    /// The algorithm's name in a token's header.
    pub const ALGORITHM: &str = "ES256";

    /// A new one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn generate(now: Timestamp) -> Result<Self, KeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| KeyError::Making)?;
        let private = Zeroizing::new(document.as_ref().to_vec());
        Self::from_private(&private, now, None)
    }

    /// The key that was kept as [`SigningKey::private`] and these times.
    ///
    /// # Errors
    /// When `private` is not such a key.
    pub fn from_private(
        private: &[u8],
        created_at: Timestamp,
        retired_at: Option<Timestamp>,
    ) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private, &SystemRandom::new())
            .map_err(|_| KeyError::Reading)?;
        let id = thumbprint(&pair);
        Ok(Self { id, pair, private: SecretSlice::from(private.to_vec()), created_at, retired_at })
    }

    /// Its id: the thumbprint of the public part (RFC 7638).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The private part in PKCS #8, to be kept sealed.
    #[must_use]
    pub const fn private(&self) -> &SecretSlice<u8> {
        &self.private
    }

    /// When it was made.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// From when on it signs nothing more.
    #[must_use]
    pub const fn retired_at(&self) -> Option<Timestamp> {
        self.retired_at
    }

    /// The same key, retired at `now` if it was not before.
    #[must_use]
    pub fn retired(mut self, now: Timestamp) -> Self {
        self.retired_at.get_or_insert(now);
        self
    }

    /// The public part, as JSON Web Key (RFC 7517).
    #[must_use]
    pub fn public(&self) -> Value {
        let (x, y) = coordinates(&self.pair);
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": Self::ALGORITHM, "kid": self.id })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<impl AsRef<[u8]>, KeyError> {
        self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Making)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let public = self.pair.public_key().as_ref();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("retired_at", &self.retired_at)
            .finish_non_exhaustive()
    }
}

/// Both coordinates of the public point, which stands uncompressed: 4, x, y.
fn coordinates(pair: &EcdsaKeyPair) -> (String, String) {
    let point = pair.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    (to_base64(x), to_base64(y))
}

fn thumbprint(pair: &EcdsaKeyPair) -> String {
    let (x, y) = coordinates(pair);
    let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    to_base64(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const NOW: i64 = 1_790_000_000_000;

    fn key() -> SigningKey {
        SigningKey::generate(Timestamp::from_millis(NOW)).unwrap()
    }

    #[test]
    fn a_kept_key_is_the_same_key() {
        let key = key();
        let again = SigningKey::from_private(key.private().expose_secret(), key.created_at(), None).unwrap();
        assert_eq!(again.id(), key.id());
        let signature = key.sign(b"text").unwrap();
        assert!(again.verifies(b"text", signature.as_ref()));
        assert!(!again.verifies(b"Text", signature.as_ref()));
        assert!(!super::tests::key().verifies(b"text", signature.as_ref()));
    }

    #[test]
    fn the_public_part_gives_nothing_private_away() {
        let key = key();
        let public = key.public();
        let mut names: Vec<_> = public.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!(public["x"].as_str().unwrap().len(), 43);
        assert_eq!(key.id().len(), 43);
        assert!(!format!("{key:?}").contains("private"));
    }

    #[test]
    fn a_key_retires_once() {
        let [first, later] = [NOW, NOW + 1].map(Timestamp::from_millis);
        assert_eq!(key().retired(first).retired(later).retired_at(), Some(first));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(matches!(SigningKey::from_private(b"no key", Timestamp::default(), None), Err(KeyError::Reading)));
    }
}
