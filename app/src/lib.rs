//! The pages of the workshop: rendered on the server, then moved on in the browser by the live stream.
#![recursion_limit = "512"]
// The component macro makes what it generates public, however private the component is.
#![allow(unreachable_pub)]

#[cfg(feature = "ssr")]
pub mod aside;
pub mod components;
#[cfg(feature = "hydrate")]
pub mod crash;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod door;
pub mod error;
pub mod few;
pub mod format;
pub mod frame;
pub mod json;
pub mod live;
#[cfg(feature = "ssr")]
mod once;
pub mod pages;
pub mod plain;
mod raw;
pub mod reached;
#[cfg(feature = "ssr")]
pub mod server;
pub mod theme;
mod zone;

#[cfg(feature = "ssr")]
pub use document::shell;
pub use error::AppError;
pub use pages::App;
