//! Who may do what: the one place that decides. Whatever is not allowed here is refused.

use crate::actor::{Actor, Party};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;

/// What an actor may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read conversations, projects, tasks, helpers, events.
    Read,
    /// Open a conversation, say something in it, mark it as read.
    Talk,
    /// Answer a delivery that was handed over.
    Answer,
    /// Make a project, and report on the task that makes it.
    MakeProject,
    /// Cancel a task.
    CancelTask,
    /// Start, stop, restart and pause helpers, edit their personas, requeue deliveries.
    Operate,
    /// Record what the workshop itself observes: processes, deliveries, registrations.
    Observe,
    /// Bring messages in from elsewhere.
    Import,
}

/// Whether `actor` may do `action`.
///
/// Until the workshop has accounts its one person may do everything; helpers talk, answer and make
/// projects; the workshop itself does the rest.
///
/// # Errors
/// `Forbidden`, in words.
pub fn check(actor: &Actor, action: Action) -> Result<()> {
    let allowed = match &actor.by {
        Party::User(_) => !matches!(action, Action::Observe | Action::Answer),
        Party::Helper(_) => matches!(action, Action::Read | Action::Talk | Action::Answer | Action::MakeProject),
        Party::System => true,
    };
    if allowed {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Forbidden,
        format!("{} may not do this: it needs the right “{action:?}”.", actor.by.name()),
    ))
}

/// Whether `actor` may see `event`. Asked for every event that leaves the workshop.
#[must_use]
pub fn may_see(actor: &Actor, _event: &Event) -> bool {
    check(actor, Action::Read).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_may_not_operate_helpers_and_people_may_not_forge_observations() {
        let helper = Actor::helper("the_author".parse().unwrap(), None);
        let person = Actor::user("owner".parse().unwrap());
        for action in [Action::Operate, Action::Observe, Action::Import, Action::CancelTask] {
            assert_eq!(check(&helper, action).unwrap_err().code, ErrorCode::Forbidden, "{action:?}");
        }
        for action in [Action::Observe, Action::Answer] {
            assert!(check(&person, action).is_err(), "{action:?}");
        }
        assert!(check(&person, Action::Operate).is_ok());
    }
}
