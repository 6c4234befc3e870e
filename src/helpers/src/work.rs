//! Where a helper works for the people of a project: a sandbox of that project, with its files and terminals, open for as
//! long as one prompt is being answered.

mod ask;
mod files;
mod place;
mod terminal;

use domain::sandbox::Profile;
use sandbox::archive::Limits;

pub(crate) use ask::{Judged, ask, judge};
pub(crate) use place::{Place, Terms};
pub(crate) use terminal::{Ended, Order};

/// What goes into a sandbox and comes out of it at most: as much as there is room for inside.
pub(crate) fn limits(profile: &Profile) -> Limits {
    Limits { bytes: profile.work_bytes, entries: profile.inodes, file_bytes: profile.file_bytes, ..Limits::default() }
}
