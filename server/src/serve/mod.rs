//! The running server: checks, lock, wiring, answering, and an orderly end.

mod headers;
mod health;
mod helpers;
mod host;
pub(crate) mod lock;
mod node;
mod origin;
mod pages;
mod renderers;
mod request_id;
mod router;
mod run;
mod start;

pub use headers::PageNonce;
pub(crate) use host::Meant;
pub use renderers::Renderers;
pub use router::router;
pub use run::run;
pub use start::{Refusal, Server, listen, start};
