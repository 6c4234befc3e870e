//! Projects in the making: names, templates, scaffolding, their git repositories and their preview.
//!
//! A [`ProjectName`] and a [`Template`] become files by [`template::render`], and a git repository by
//! [`scaffold::scaffold`]; [`repo`] reads it back, and [`preview`] maps web paths to its work tree.
//! Nothing here knows a database or a user: the service layer decides who may, and maps
//! [`ProjectsError`] to what people see.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod blocking;
mod colour;
mod error;
mod git;
pub mod icon;
mod name;
pub mod preview;
pub mod repo;
pub mod scaffold;
pub mod template;
#[cfg(test)]
mod testing;

pub use error::ProjectsError;
pub use name::{NameError, NameRule, ProjectName};
pub use scaffold::{Scaffolded, Step, StepState, clean_staging};
pub use template::{RenderedFile, Template, templates};
