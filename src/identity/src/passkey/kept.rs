//! A passkey as it is kept: its id, its public key, and what moves with every use.

use domain::{Error, Result};
use serde::{Deserialize, Serialize};
use webauthn_rp::RegisteredCredential;
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::PublicKeyCredentialDescriptor;
use webauthn_rp::response::register::{CompressedPubKey, DynamicState, StaticState};
use webauthn_rp::response::{AuthTransports, Backup, CredentialId};

/// A passkey as it is kept. Nothing of it is secret. As JSON it is one object of a few hundred bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    #[serde(with = "base64")]
    id: Vec<u8>,
    /// The public key, and what was agreed on for good.
    #[serde(with = "base64")]
    key: Vec<u8>,
    /// The counter, and whether it is backed up.
    #[serde(with = "base64")]
    state: Vec<u8>,
    /// How the authenticator can be reached, for browsers.
    transports: u8,
}

pub(super) type Fixed = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

impl Passkey {
    /// Its id, by which the browser's answer names it. At most 1023 bytes.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// How often it was used, as its authenticator counts; 0 where it does not.
    ///
    /// # Errors
    /// `Internal` when what is kept cannot be read.
    pub fn counter(&self) -> Result<u32> {
        self.moving().map(|state| state.sign_count)
    }

    /// Whether it lives on more than one device.
    ///
    /// # Errors
    /// `Internal` when what is kept cannot be read.
    pub fn is_backed_up(&self) -> Result<bool> {
        self.moving().map(|state| state.backup == Backup::Exists)
    }

    /// Whether its authenticator has asked for a finger, a face or a PIN at least once.
    ///
    /// # Errors
    /// `Internal` when what is kept cannot be read.
    pub fn is_user_verified(&self) -> Result<bool> {
        self.moving().map(|state| state.user_verified)
    }

    pub(super) fn from_registered<const N: usize>(credential: &RegisteredCredential<'_, N>) -> Self {
        let (id, transports, _, fixed, moving, _) = credential.as_parts();
        let Ok(key) = fixed.encode();
        let Ok(state) = moving.encode();
        let Ok(transports) = transports.encode();
        Self { id: id.into_inner().to_vec(), key, state: state.to_vec(), transports }
    }

    pub(super) fn descriptor(&self) -> Result<PublicKeyCredentialDescriptor<Vec<u8>>> {
        Ok(PublicKeyCredentialDescriptor {
            id: CredentialId::decode(self.id.clone()).map_err(unreadable)?,
            transports: AuthTransports::decode(self.transports).map_err(unreadable)?,
        })
    }

    pub(super) fn parts(&self) -> Result<(CredentialId<&[u8]>, Fixed, DynamicState)> {
        let id = CredentialId::decode(self.id.as_slice()).map_err(unreadable)?;
        Ok((id, Fixed::decode(&self.key).map_err(unreadable)?, self.moving()?))
    }

    pub(super) fn moved_to(&self, state: DynamicState) -> Self {
        let Ok(state) = state.encode();
        Self { state: state.to_vec(), ..self.clone() }
    }

    fn moving(&self) -> Result<DynamicState> {
        let state = self.state.as_slice().try_into().map_err(unreadable)?;
        DynamicState::decode(state).map_err(unreadable)
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(error)
}

/// Bytes as text, in JSON.
pub(super) mod base64 {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map_err(serde::de::Error::custom)
    }
}
