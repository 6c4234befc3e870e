//! The ways in: setting up, signing in, being invited, and who makes a request.
//!
//! [`Accounts`] puts proofs of identity and the stored accounts together. What people do with accounts once they are
//! in (roles, profiles, taking something back) goes through [`store::Store::run`] like everything else.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod apps;
mod arrive;
mod caller;
mod cookie;
mod credentials;
mod newcomer;
mod passkeys;
mod pending;
mod provider;
mod recognise;
mod service;
mod signing;
mod standing;

pub use apps::{AppDoor, ShownToApp};
pub use arrive::{NewPerson, SignedIn, Visit};
pub use caller::{Caller, Way};
pub use cookie::{Ceremony, SessionCookie};
pub use provider::{Elsewhere, Returned};
pub use service::{Accounts, Lasting};
pub use signing::{AccessTokens, rotate_secrets};
pub use standing::Standing;
