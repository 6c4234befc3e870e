//! What keeps guests within bounds, besides the walls of the sandbox itself.

pub(crate) mod landlock;
pub(crate) mod limits;
pub(crate) mod seccomp;
