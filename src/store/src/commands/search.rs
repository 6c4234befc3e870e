//! What search asks for.

use domain::Result;
use domain::access::Action;

use crate::change::{Change, Command};
use crate::tables;

/// Has the index of words know every message that is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexWords;

impl Command for IndexWords {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        tables::messages_text::catch_up(change.tx, 0).await
    }
}
