//! What is tried: one function a target, each takes any bytes and panics only when something is wrong.

#[cfg(feature = "server")]
pub mod files;
#[path = "../../server/tests/suite/html.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod html;
pub mod words;
