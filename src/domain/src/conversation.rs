//! A named thread with participants.

use serde::{Deserialize, Serialize};

use crate::actor::Party;
use crate::id::{ConversationId, ProjectId};
use crate::timestamp::Timestamp;

/// Longest title, in characters.
pub const MAX_TITLE: usize = 120;
/// Most helpers' deliveries that one message of a person may set off, counted over the whole thread of answers.
pub const HOP_BUDGET: i32 = 16;

/// A named thread with participants; belongs to a project or to the whole workshop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its name, at most [`MAX_TITLE`] characters.
    pub title: String,
    /// The project it belongs to; none: the whole workshop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Everyone who takes part, in the order of joining.
    pub participants: Vec<Party>,
    /// How many messages it holds; also the position of the newest.
    pub message_count: i64,
    /// The newest message in short, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Excerpt>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last said in it, or when it was made.
    pub active_at: Timestamp,
}

impl Conversation {
    /// The helpers who take part.
    pub fn helpers(&self) -> impl Iterator<Item = &crate::name::HelperName> {
        self.participants.iter().filter_map(Party::helper)
    }
}

/// The newest message of a conversation in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Excerpt {
    /// Who said it.
    pub sender: Party,
    /// Its first line, at most 140 characters.
    pub text: String,
}

impl Excerpt {
    /// Takes the first line that says something, cut at 140 characters.
    #[must_use]
    pub fn of(sender: Party, body: &str) -> Self {
        let line = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        // Characters have a byte at least, and most lines need not be counted.
        let cut = line.len() > 140 && line.chars().nth(140).is_some();
        let text = if cut { line.chars().take(139).chain(['…']).collect() } else { line.to_owned() };
        Self { sender, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(body: &str) -> String {
        Excerpt::of(Party::System, body).text
    }

    #[test]
    fn an_excerpt_is_the_first_line_that_says_something() {
        assert_eq!(excerpt("\n \n  The pods are gone. \nAll of them."), "The pods are gone.");
        assert_eq!(excerpt(" \n"), "");
    }

    #[test]
    fn an_excerpt_has_140_characters_at_most_however_many_bytes_they_take() {
        for letter in ["a", "ä", "狼"] {
            assert_eq!(excerpt(&letter.repeat(140)), letter.repeat(140));
            assert_eq!(excerpt(&letter.repeat(141)), letter.repeat(139) + "…");
        }
    }
}
