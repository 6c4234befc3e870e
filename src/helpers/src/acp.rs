//! The client side of the Agent Client Protocol: what the workshop says to a helper's process, and what it answers.

mod host;
mod link;
mod requests;
mod transport;
mod turn;

pub(crate) use host::Host;
pub(crate) use link::{Link, Said};
pub(crate) use transport::transport;
pub(crate) use turn::{Turn, Turns};
