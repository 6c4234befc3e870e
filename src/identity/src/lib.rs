//! Proofs of who someone is: passwords, secrets, passkeys, OpenID Connect, tokens that others can verify, codes
//! that only we can make; and the limits on guessing them.
//!
//! Every part stands on its own, without HTTP and without a database: the caller keeps what is to be kept (hashes,
//! sealed bytes, pending ceremonies as values) and says what time it is by a [`domain::Clock`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod jwt;
pub mod limit;
pub mod mac;
pub mod oidc;
pub mod passkey;
pub mod password;
mod random;
pub mod seal;
pub mod secret;
#[cfg(test)]
mod testing;
