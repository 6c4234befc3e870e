//! What a reader gets to see: asked for everything that leaves the workshop.

use super::{Action, Rights, Subject};
use crate::event::{Event, EventData};
use crate::id::ProjectId;
use crate::stream::Notice;

/// The part of the workshop that a reader may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Everything,
    /// These projects only.
    Projects(Vec<ProjectId>),
}

impl Sight {
    /// Whether what belongs to `project` (none: to no project) lies in it.
    #[must_use]
    pub fn covers(&self, project: Option<ProjectId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Projects(projects) => project.is_some_and(|id| projects.contains(&id)),
        }
    }
}

/// Whether `rights` let someone see `event`.
///
/// What happens in a project is seen by those who may read there. Helpers' names and status are seen by everyone with
/// a role anywhere. What concerns accounts is seen by admins, and by the person it is about.
#[must_use]
pub fn may_see(rights: &Rights, event: &Event) -> bool {
    if event.what.is_about_accounts() {
        return rights.allow(Action::ManagePeople, Subject::Workshop).is_ok()
            || rights.user().is_some_and(|user| event.what.account() == Some(user));
    }
    let subject = match &event.what {
        EventData::HelperChanged(_) | EventData::HelperRemoved(_) | EventData::ProcessStatusChanged(_) => {
            Subject::Anywhere
        }
        _ => Subject::of(event.project),
    };
    rights.allow(Action::Read, subject).is_ok()
}

/// Whether `rights` let someone hear `notice`.
#[must_use]
pub fn may_hear(rights: &Rights, notice: &Notice) -> bool {
    let subject = match notice {
        Notice::Draft(draft) => Subject::of(draft.project),
        Notice::Measured(_) => Subject::Anywhere,
        Notice::Log(_) => Subject::Workshop,
    };
    rights.allow(Action::Read, subject).is_ok()
}
