//! Passkeys: the relying party's side of WebAuthn, for registering one and for signing in without a name.
//!
//! Each ceremony has two steps. The first gives options for the browser (`navigator.credentials`) and a pending value
//! that the caller keeps, once, with the browser's session; the second takes that value away, together with what the
//! browser answered. No attestation is asked for: any authenticator will do.

#[cfg(any(test, feature = "testing"))]
pub mod authenticator;
mod kept;

use std::sync::Arc;

use domain::{Clock, Error, Result, Timestamp, UserName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::auth::{AuthenticationVerificationOptions, DiscoverableCredentialRequestOptions};
use webauthn_rp::request::register::{
    CredProtect, PublicKeyCredentialCreationOptions, PublicKeyCredentialUserEntity, RegistrationServerState,
    RegistrationVerificationOptions, UserHandle,
};
use webauthn_rp::request::{AsciiDomain, RpId, UserVerificationRequirement};
use webauthn_rp::response::auth::DiscoverableAuthentication;
use webauthn_rp::{AuthenticatedCredential, DiscoverableAuthenticationServerState, Registration};

pub use kept::Passkey;

/// Registers and checks passkeys for one public address.
#[derive(Debug)]
pub struct Passkeys {
    id: RpId,
    origins: [String; 1],
    clock: Arc<dyn Clock>,
}

/// A registration that a browser was asked for. Keep it with the session of the user, and use it once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registering(Pending);

/// A sign-in that a browser was asked for. Keep it under a secret in a cookie, and use it once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningIn(Pending);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    #[serde(with = "kept::base64")]
    state: Vec<u8>,
    until: Timestamp,
}

/// What a browser answered when it was asked to sign in.
#[derive(Debug)]
pub struct Answer(DiscoverableAuthentication<HANDLE>);

/// Seconds that people have for a ceremony.
const PATIENCE: i64 = 300;
/// Bytes of a user's handle.
const HANDLE: usize = 32;

impl Passkeys {
    /// For the workshop at `address`, like `https://workshop.example`. Passkeys belong to its host name for good.
    ///
    /// # Errors
    /// `Invalid` when `address` has no host name (browsers know no passkeys for bare addresses), or is not HTTPS where
    /// it must be.
    pub fn new(address: &Url, clock: Arc<dyn Clock>) -> Result<Self> {
        let wrong = |why: &str| Error::invalid("public address", format!("Passkeys need {why}; this is {address}"));
        let Some(Host::Domain(host)) = address.host() else {
            return Err(wrong("a host name, like workshop.example or localhost"));
        };
        let on_this_machine = host == "localhost" || host.ends_with(".localhost");
        if address.scheme() != "https" && !on_this_machine {
            return Err(wrong("https, except on localhost"));
        }
        let domain = AsciiDomain::try_from(host.to_owned())
            .map_err(|error| wrong("a host name of letters, digits and hyphens").because(error))?;
        Ok(Self { id: RpId::Domain(domain), origins: [address.origin().ascii_serialization()], clock })
    }

    /// Begins the registration of one more passkey. The options are for `navigator.credentials.create`; authenticators
    /// that hold one of `present` already will refuse.
    ///
    /// # Errors
    /// `Internal` when one of `present` cannot be read.
    pub fn begin_registration(
        &self,
        user: &UserName,
        display_name: &str,
        present: &[Passkey],
    ) -> Result<(Value, Registering)> {
        let handle = self.handle(user);
        let exclude = present.iter().map(Passkey::descriptor).collect::<Result<Vec<_>>>()?;
        let entity = PublicKeyCredentialUserEntity {
            name: user.as_str().try_into().map_err(Error::internal)?,
            id: &handle,
            // Only shown by the browser: a name it would not take is left out.
            display_name: display_name.try_into().ok(),
        };
        let mut options = PublicKeyCredentialCreationOptions::passkey(&self.id, entity, exclude);
        options.authenticator_selection.user_verification = UserVerificationRequirement::Preferred;
        options.extensions.cred_protect = CredProtect::None;
        let (server, client) = options.start_ceremony().map_err(Error::internal)?;
        let pending = self.pending(server.encode().map_err(Error::internal)?);
        Ok((serde_json::to_value(&client).map_err(Error::internal)?, Registering(pending)))
    }

    /// Ends a registration with what the browser answered (`PublicKeyCredential.toJSON()`). The caller keeps the passkey
    /// for the user it began this for, and refuses an id that is taken.
    ///
    /// # Errors
    /// `Invalid` when the answer does not fit, is too late, or comes from another site.
    pub fn finish_registration(&self, pending: &Registering, answer: &[u8]) -> Result<Passkey> {
        let state = RegistrationServerState::<HANDLE>::decode(self.in_time(&pending.0)?).map_err(Error::internal)?;
        let answer = Registration::from_json_relaxed(answer).map_err(unfit)?;
        let options = RegistrationVerificationOptions::<String, String> {
            allowed_origins: &self.origins,
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        let credential = state.verify(&self.id, &answer, &options).map_err(unfit)?;
        Ok(Passkey::from_registered(&credential))
    }

    /// Begins a sign-in. The options are for `navigator.credentials.get`, which offers all passkeys for this workshop.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn begin_sign_in(&self) -> Result<(Value, SigningIn)> {
        let mut options = DiscoverableCredentialRequestOptions::passkey(&self.id);
        options.0.user_verification = UserVerificationRequirement::Preferred;
        let (server, client) = options.start_ceremony().map_err(Error::internal)?;
        let pending = self.pending(server.encode().map_err(Error::internal)?);
        Ok((serde_json::to_value(&client).map_err(Error::internal)?, SigningIn(pending)))
    }

    /// Ends a sign-in. `user` and `passkey` are what the caller keeps under [`Answer::passkey_id`]. Answers the passkey
    /// as it is to be kept from now on: its counter has moved.
    ///
    /// # Errors
    /// `Invalid` when the answer does not fit, is too late, comes from another site, or from a copy of the authenticator
    /// whose counter lags behind.
    pub fn finish_sign_in(
        &self,
        pending: &SigningIn,
        answer: &Answer,
        user: &UserName,
        passkey: &Passkey,
    ) -> Result<Passkey> {
        let state =
            DiscoverableAuthenticationServerState::decode(self.in_time(&pending.0)?).map_err(Error::internal)?;
        let handle = self.handle(user);
        let (id, fixed, moving) = passkey.parts()?;
        let mut credential = AuthenticatedCredential::new(id, &handle, fixed, moving).map_err(Error::internal)?;
        let options = AuthenticationVerificationOptions::<String, String> {
            allowed_origins: &self.origins,
            error_on_unsolicited_extensions: false,
            update_uv: true,
            ..Default::default()
        };
        state.verify(&self.id, &answer.0, &mut credential, &options).map_err(unfit)?;
        Ok(passkey.moved_to(credential.dynamic_state()))
    }

    /// What authenticators know a user by: it does not give the name away, and is the same for all passkeys of a user.
    fn handle(&self, user: &UserName) -> UserHandle<HANDLE> {
        let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
        hash.update(b"passkeys of a user\0");
        hash.update(self.id.as_ref().as_bytes());
        hash.update(b"\0");
        hash.update(user.as_str().as_bytes());
        let mut bytes = [0; HANDLE];
        bytes.copy_from_slice(hash.finish().as_ref());
        let Ok(handle) = UserHandle::decode(bytes);
        handle
    }

    fn pending(&self, state: Vec<u8>) -> Pending {
        Pending { state, until: self.clock.now().plus_seconds(PATIENCE) }
    }

    fn in_time<'a>(&self, pending: &'a Pending) -> Result<&'a [u8]> {
        if self.clock.now() < pending.until {
            Ok(&pending.state)
        } else {
            Err(Error::invalid("passkey", "That took longer than five minutes. Please try again."))
        }
    }
}

impl Registering {
    /// From when on it is of no use and can be thrown away.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.0.until
    }
}

impl SigningIn {
    /// From when on it is of no use and can be thrown away.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.0.until
    }
}

impl Answer {
    /// Reads what the browser answered (`PublicKeyCredential.toJSON()`). Nothing is proven by it yet.
    ///
    /// # Errors
    /// `Invalid` when it is no such answer.
    pub fn read(json: &[u8]) -> Result<Self> {
        DiscoverableAuthentication::from_json_relaxed(json).map(Self).map_err(unfit)
    }

    /// The id of the passkey that was used, by which to find it and its user.
    #[must_use]
    pub fn passkey_id(&self) -> &[u8] {
        self.0.raw_id().into_inner()
    }
}

fn unfit(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid("passkey", "This passkey was not accepted. Please try again, or sign in another way.").because(error)
}

#[cfg(test)]
mod tests;
