//! Secrets that someone carries: 256 random bits with a prefix that says what they open. Only their hash is kept.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::Result;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::random;

/// What is kept of a secret: the SHA-256 of its text. A plain hash is enough, because 256 random bits cannot be guessed.
pub type Hash = [u8; 32];

/// What a secret opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A browser's session, in a cookie.
    Session,
    /// The interface for programs, as a bearer token.
    ApiToken,
    /// A new account, by a link.
    Invitation,
    /// The first administrator's account, by a link.
    SetUp,
    /// A ceremony under way in this browser, in a short-lived cookie.
    Ceremony,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Session, Self::ApiToken, Self::Invitation, Self::SetUp, Self::Ceremony];

    /// How the text of such a secret begins, so that people and scanners of leaked secrets recognise it.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "tas_",
            Self::ApiToken => "tat_",
            Self::Invitation => "tai_",
            Self::SetUp => "tau_",
            Self::Ceremony => "tac_",
        }
    }
}

/// One secret. Never printed, wiped when dropped; its text fits into addresses, headers and cookies as it is.
#[derive(Clone)]
pub struct Secret {
    kind: Kind,
    text: SecretString,
}

/// Characters that 32 bytes take in base64.
const BODY: usize = 43;

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no randomness.
    pub fn generate(kind: Kind) -> Result<Self> {
        let bytes = Zeroizing::new(random::bytes::<32>()?);
        let mut text = String::with_capacity(kind.prefix().len() + BODY);
        text.push_str(kind.prefix());
        BASE64_URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(Self { kind, text: text.into() })
    }

    /// Reads a secret of this kind; `None` when `text` cannot be one, which saves asking the database.
    #[must_use]
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix()).filter(|body| body.len() == BODY)?;
        Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(body).ok()?);
        Some(Self { kind, text: text.into() })
    }

    /// What it opens.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The text itself, for the one who carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }

    /// What to keep of it. The prefix is hashed too, so what opens one thing never opens another.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.reveal().as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        hash
    }

    /// Whether `kept` is what was kept of it. Takes the same time wherever the two differ.
    #[must_use]
    pub fn is(&self, kept: &Hash) -> bool {
        self.hash().ct_eq(kept).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…(not shown)", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_new_one_can_be_read_again_and_has_the_same_hash() {
        for kind in Kind::ALL {
            let secret = Secret::generate(kind).unwrap();
            let again = Secret::parse(kind, secret.reveal()).unwrap();
            assert_eq!(again.kind(), kind);
            assert!(again.is(&secret.hash()));
        }
    }

    #[test]
    fn it_opens_nothing_of_another_kind() {
        let token = Secret::generate(Kind::ApiToken).unwrap();
        assert!(token.reveal().starts_with("tat_"));
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::ApiToken) {
            assert!(Secret::parse(kind, token.reveal()).is_none());
            let renamed = token.reveal().replace("tat_", kind.prefix());
            assert!(!Secret::parse(kind, &renamed).unwrap().is(&token.hash()));
        }
        let prefixes: HashSet<_> = Kind::ALL.map(Kind::prefix).into();
        assert_eq!(prefixes.len(), Kind::ALL.len());
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let secret = Secret::generate(Kind::Session).unwrap();
        assert_eq!(format!("{secret:?}"), "tas_…(not shown)");
    }

    #[test]
    fn the_hash_is_the_sha256_of_the_whole_text() {
        let secret = Secret::parse(Kind::ApiToken, "tat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let hex: String = secret.hash().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "1d456e10542007d105743d5c060b552f9781039041b2ab259e71d8e11621475e");
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        let good = Secret::generate(Kind::Session).unwrap();
        let body = &good.reveal()[4..];
        let too_many_bits = format!("tas_{}_", "A".repeat(42));
        for text in ["", "tas_", body, &format!("tas_{body}A"), &format!("tas_{}", &body[1..]), &too_many_bits] {
            assert!(Secret::parse(Kind::Session, text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_fails_otherwise_than_by_none(text in "(tas_)?.{0,60}") {
            if let Some(secret) = Secret::parse(Kind::Session, &text) {
                prop_assert_eq!(secret.reveal(), text);
            }
        }
    }
}
