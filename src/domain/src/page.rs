//! Cursor pagination, both ways: pages are cut by position, so that new entries never shift an old page.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Entries on a page unless told otherwise.
pub const DEFAULT_LIMIT: i64 = 50;
/// Most entries on a page.
pub const MAX_LIMIT: i64 = 200;

/// Which part of an ordered list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// The newest entries.
    Newest,
    /// Those just before this position.
    Before(i64),
    /// Those just after this position.
    After(i64),
}

impl Cut {
    /// From the two query parameters of a request.
    ///
    /// # Errors
    /// `Invalid` when both are given.
    pub fn from_params(before: Option<i64>, after: Option<i64>) -> Result<Self> {
        match (before, after) {
            (None, None) => Ok(Self::Newest),
            (Some(position), None) => Ok(Self::Before(position)),
            (None, Some(position)) => Ok(Self::After(position)),
            (Some(_), Some(_)) => Err(Error::invalid("before", "Give either “before” or “after”, not both.")),
        }
    }
}

/// Checks how many entries are wanted.
///
/// # Errors
/// `Invalid` outside 1 to [`MAX_LIMIT`].
pub fn check_limit(limit: Option<i64>) -> Result<i64> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        limit => Err(Error::invalid("limit", format!("“limit” must be 1 to {MAX_LIMIT}; it is {limit}."))),
    }
}

/// A part of an ordered list, oldest first, with the cursors to its neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries, oldest first.
    pub items: Vec<T>,
    /// Ask with `before` set to this for the older neighbours; none: there are none.
    pub before: Option<i64>,
    /// Ask with `after` set to this for the newer neighbours; none: there are none yet.
    pub after: Option<i64>,
}

impl<T> Page<T> {
    /// A page without entries or neighbours.
    #[must_use]
    pub const fn empty() -> Self {
        Self { items: Vec::new(), before: None, after: None }
    }
}
