//! The namespace room with real bubblewrap: as root and not, with control groups and watched from inside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
mod files;
mod leftovers;
mod limits;
mod many;
mod seen;
mod talk;
mod unprivileged;
mod warm;
