//! Who may do what: the one place that decides. Whatever is not allowed here is refused.
//!
//! [`TABLE`] says who may do an [`Action`]. [`Rights`] are what one actor holds; [`Rights::allow`] looks them up.
//! [`may_see`] and [`Sight`] say what a reader gets to see.

mod grants;
mod rights;
mod sight;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

pub use grants::{Grants, Scope};
pub use rights::Rights;
pub use sight::{Sight, may_hear, may_see};
pub use table::{ByHelper, ByPerson, Row, TABLE, table_markdown};

use crate::id::ProjectId;

/// What an actor may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Read conversations, projects, tasks, helpers, events, and mark what was read.
    Read,
    /// Open a conversation, say something in it.
    Talk,
    /// Answer a delivery that was handed over.
    Answer,
    /// Make a project, and report on the task that makes it.
    MakeProject,
    /// Cancel a task.
    CancelTask,
    /// Run commands in a project's sandbox, and stop them.
    Run,
    /// Answer what helpers ask permission for.
    Decide,
    /// Tighten a sandbox's limits and its rules. Loosening them takes [`Self::ManageSettings`].
    Tighten,
    /// Start, stop, restart and pause helpers, edit their personas, requeue deliveries.
    Operate,
    /// Bring messages in from elsewhere.
    Import,
    /// Manage users, groups, invitations and roles.
    ManagePeople,
    /// Manage settings, stored secrets and signing keys.
    ManageSettings,
    /// Manage other people's tokens.
    ManageTokens,
    /// Manage one's own profile, password, sessions, tokens and passkeys.
    OwnAccount,
    /// Record what the workshop itself observes: processes, deliveries, registrations, refusals.
    Observe,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Read,
        Self::Talk,
        Self::Answer,
        Self::MakeProject,
        Self::CancelTask,
        Self::Run,
        Self::Decide,
        Self::Tighten,
        Self::Operate,
        Self::Import,
        Self::ManagePeople,
        Self::ManageSettings,
        Self::ManageTokens,
        Self::OwnAccount,
        Self::Observe,
    ];

    /// As written in events and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Talk => "talk",
            Self::Answer => "answer",
            Self::MakeProject => "make_project",
            Self::CancelTask => "cancel_task",
            Self::Run => "run",
            Self::Decide => "decide",
            Self::Tighten => "tighten",
            Self::Operate => "operate",
            Self::Import => "import",
            Self::ManagePeople => "manage_people",
            Self::ManageSettings => "manage_settings",
            Self::ManageTokens => "manage_tokens",
            Self::OwnAccount => "own_account",
            Self::Observe => "observe",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Read => "read conversations, projects, tasks, helpers and events, and mark what was read",
            Self::Talk => "open conversations and say something in them",
            Self::Answer => "answer a delivery that was handed over",
            Self::MakeProject => "make a project, and report on the task that makes it",
            Self::CancelTask => "cancel a task",
            Self::Run => "run commands in a project's sandbox, and stop them",
            Self::Decide => "answer what helpers ask permission for",
            Self::Tighten => "tighten a sandbox's limits and its rules",
            Self::Operate => "start, stop, restart and pause helpers, edit their personas, requeue deliveries",
            Self::Import => "bring messages in from elsewhere",
            Self::ManagePeople => "manage users, groups, invitations and roles",
            Self::ManageSettings => "manage settings, stored secrets and signing keys",
            Self::ManageTokens => "manage other people's tokens",
            Self::OwnAccount => "manage one's own profile, password, sessions, tokens and passkeys",
            Self::Observe => "record what the workshop itself observes",
        }
    }
}

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The workshop as a whole: whatever belongs to no project.
    Workshop,
    /// One project and what belongs to it. A role for the whole workshop counts here too.
    Project(ProjectId),
    /// Any part of the workshop in which one has a role: what everyone shares, like the helpers' names and status.
    /// Also what is asked before it is known which project something belongs to.
    Anywhere,
}

impl Subject {
    /// The project, or the workshop as a whole.
    #[must_use]
    pub fn of(project: Option<ProjectId>) -> Self {
        project.map_or(Self::Workshop, Self::Project)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workshop => f.write_str("workshop"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Anywhere => f.write_str("anywhere"),
        }
    }
}
