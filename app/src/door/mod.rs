//! The pages at the door: setting the workshop up, signing in, joining by an invitation, and waiting for an admin.
//!
//! Rendered on the server alone, without a line of script: whoever is not in yet gets nothing that runs.

mod entry;
mod page;

use axum::http::request::Parts;
use domain::error::Problem;
use domain::{Invitation, ProjectId, Role};
use leptos::config::LeptosOptions;
use leptos::prelude::*;

pub use page::Door;

/// What was typed, and what is wrong with it. Passwords are never given back.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// What an invitation gives, in words for the one who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The role.
    pub role: Role,
    /// For which project; none: for the whole workshop.
    pub project: Option<ProjectId>,
    /// Who invites.
    pub by: Option<String>,
}

impl From<&Invitation> for Offer {
    fn from(invitation: &Invitation) -> Self {
        Self {
            role: invitation.role,
            project: invitation.project,
            by: invitation.created_by.as_ref().map(ToString::to_string),
        }
    }
}

/// The whole document for `door`, as HTML. `request` tells the theme.
#[must_use]
pub fn render(options: &LeptosOptions, request: Parts, door: Door) -> String {
    // Of no other request that this thread may have worked on.
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        provide_context(request);
        page::document(options.clone(), door).to_html()
    });
    format!("<!DOCTYPE html>{html}")
}
