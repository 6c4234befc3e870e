//! Refusals, for the audit log.

use domain::access::Action;
use domain::event::Refusal;
use domain::{EventData, Party, Result};

use crate::change::{Change, Command};
use crate::tables::accounts::users;

/// Longest of its words, in characters.
const MAX_WORDS: usize = 300;

/// Notes that someone was refused, at the door or inside.
#[derive(Debug, Clone)]
pub struct NoteRefusal {
    /// Who, or whose name was claimed. The name of a user that does not exist is not kept: it may be a password.
    pub who: Option<Party>,
    /// What they wanted to do, like `operate` or `sign_in`.
    pub action: String,
    /// To what, like `workshop`.
    pub subject: String,
    /// Why not, in words.
    pub reason: String,
    /// The network address it came from, where that is known.
    pub place: Option<String>,
}

impl Command for NoteRefusal {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let who = match &self.who {
            Some(Party::User(name)) if users::get(change.tx, name).await?.is_none() => None,
            who => who.clone(),
        };
        let cut = |words: &str| words.chars().take(MAX_WORDS).collect::<String>();
        change.record(EventData::AccessRefused(Refusal {
            who,
            action: cut(&self.action),
            subject: cut(&self.subject),
            reason: cut(&self.reason),
            place: self.place.as_deref().map(cut),
        }));
        Ok(())
    }
}
