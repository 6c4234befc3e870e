//! The running server: checks, lock, wiring, answering, and an orderly end.

mod around;
mod compress;
mod connections;
mod cors;
mod headers;
mod health;
mod helpers;
mod host;
mod hourglass;
mod key_set;
pub(crate) mod lock;
mod node;
mod origin;
mod pages;
mod pieces;
mod renderers;
mod request_id;
mod router;
mod run;
mod runs;
mod sandboxes;
mod start;
pub(crate) mod tls;

pub use headers::PageNonce;
pub(crate) use headers::add_strict_transport;
pub(crate) use host::{Addresses, Meant};
pub use renderers::Renderers;
pub(crate) use router::nothing_here;
pub use run::run;
pub use start::{Refusal, Server, listen, start};
