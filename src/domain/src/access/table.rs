//! The table of who may do what.

use super::Action;
use crate::role::Role;

/// What an action takes of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByPerson {
    /// No person may.
    No,
    /// Whoever is signed in, whatever their roles; not with a token.
    SignedIn,
    /// At least this role, where the action takes place. A token gives it as far as its scope goes.
    Least(Role),
}

/// What an action takes of a helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByHelper {
    /// No helper may.
    No,
    /// Only for a person who holds at least this role, where the action takes place.
    For(Role),
    /// For such a person, and also when there is nobody behind it.
    ForOrAlone(Role),
}

/// One row: an action, and who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// What it takes of a person.
    pub person: ByPerson,
    /// What it takes of a helper.
    pub helper: ByHelper,
    /// Whether the workshop itself may.
    pub system: bool,
}

/// Who may do what. An action that has no row may be done by nobody.
///
/// The workshop itself neither answers for a helper nor acts as if it were a person at their own account.
pub const TABLE: [Row; 15] = {
    use ByHelper::{For, ForOrAlone};
    use ByPerson::{Least, SignedIn};
    use Role::{Admin, Editor, Operator, Viewer};
    [
        row(Action::Read, Least(Viewer), ForOrAlone(Viewer), true),
        row(Action::Talk, Least(Editor), ForOrAlone(Editor), true),
        row(Action::Answer, ByPerson::No, ForOrAlone(Editor), false),
        row(Action::MakeProject, Least(Editor), For(Editor), true),
        row(Action::CancelTask, Least(Editor), ByHelper::No, true),
        row(Action::Run, Least(Editor), For(Editor), true),
        row(Action::Decide, Least(Editor), ByHelper::No, true),
        row(Action::Tighten, Least(Operator), ByHelper::No, false),
        row(Action::Operate, Least(Operator), ByHelper::No, true),
        row(Action::Import, Least(Admin), ByHelper::No, true),
        row(Action::ManagePeople, Least(Admin), ByHelper::No, true),
        row(Action::ManageSettings, Least(Admin), ByHelper::No, true),
        row(Action::ManageTokens, Least(Admin), ByHelper::No, true),
        row(Action::OwnAccount, SignedIn, ByHelper::No, false),
        row(Action::Observe, ByPerson::No, ByHelper::No, true),
    ]
};

const fn row(action: Action, person: ByPerson, helper: ByHelper, system: bool) -> Row {
    Row { action, person, helper, system }
}

impl Row {
    /// The row of an action.
    #[must_use]
    pub fn of(action: Action) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.action == action)
    }
}

/// The table as Markdown, for the documents.
#[must_use]
pub fn table_markdown() -> String {
    let mut text =
        String::from("| to | a person | a token | a helper for a person | a helper alone | the workshop |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for row in TABLE {
        let (person, token) = match row.person {
            ByPerson::No => ("no".to_owned(), "no".to_owned()),
            ByPerson::SignedIn => ("whoever is signed in".to_owned(), "no".to_owned()),
            ByPerson::Least(role) => (role.name().to_owned(), format!("{role}, within its scope")),
        };
        let (behind, alone) = match row.helper {
            ByHelper::No => ("no".to_owned(), "no"),
            ByHelper::For(role) => (format!("who is {role}"), "no"),
            ByHelper::ForOrAlone(role) => (format!("who is {role}"), "yes"),
        };
        let system = if row.system { "yes" } else { "no" };
        let name = row.action.name();
        let meaning = row.action.meaning();
        text.push_str(&format!("| `{name}`: {meaning} | {person} | {token} | {behind} | {alone} | {system} |\n"));
    }
    text
}
