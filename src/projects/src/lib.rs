//! Projects in the making: names, templates, scaffolding, their git repositories and their preview.
//!
//! A [`ProjectName`] and a [`Template`] become files by [`template::render`], and a git repository by
//! [`scaffold::scaffold`]; [`repo`] reads it back, [`working`] lets others work on a copy of its files, and [`preview`] maps web paths to its work tree.
//! [`Projects`] keeps row, task and folder in step; below it nothing knows a database or a user.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod blocking;
mod build;
mod colour;
mod error;
mod git;
pub mod icon;
mod name;
pub mod preview;
pub mod repo;
mod run;
pub mod scaffold;
mod service;
mod staging;
mod take_in;
pub mod template;
#[cfg(test)]
mod testing;
mod usable;
pub mod working;

pub use error::ProjectsError;
pub use name::{NameError, NameRule, ProjectName};
pub use run::Ordered;
pub use scaffold::{Build, Scaffolded, Step, StepState};
pub use service::{Origin, Projects};
pub use staging::clean_staging;
pub use template::{RenderedFile, Template, templates};
pub use usable::Listed;
