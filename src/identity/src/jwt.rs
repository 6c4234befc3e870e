//! Short-lived access tokens that other services verify by themselves: JSON Web Tokens by RFC 9068, signed by ES256.
//!
//! [`Tokens`] issues and verifies. Its [`SigningKey`]s are the caller's to keep (the private part sealed); a retired key
//! signs nothing more, but what it signed is good until it expires. Others find the public parts in [`Tokens::key_set`].

mod claims;
mod key;
mod tokens;
mod verify;

pub use claims::{Claims, Grant};
pub use key::{KeyError, SigningKey};
pub use tokens::{Issued, Tokens};
pub use verify::Refusal;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

fn to_base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}
