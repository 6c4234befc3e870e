//! A progressive web app being made.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::ProjectId;
use crate::name::Slug;
use crate::timestamp::Timestamp;

/// Where a project stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// Its name is reserved and its files are being made.
    Making,
    /// Its repository stands.
    Ready,
}

impl ProjectStatus {
    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Ready => "ready",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Making, Self::Ready].into_iter().find(|s| s.name() == name)
    }
}

/// A progressive web app being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its short name, also the folder's and the preview's host name.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// What it should become, in Markdown.
    pub brief: String,
    /// The template it was made from.
    pub template: String,
    /// The version of that template.
    pub template_version: String,
    /// Where it stands.
    pub status: ProjectStatus,
    /// The newest commit, in full, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// How many files it has.
    pub files: i64,
    /// Who asked for it.
    pub created_by: Actor,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
