//! What an import would do, without doing it.

use domain::Result;

use crate::commands::{ImportOutcome, ImportedMessage};
use crate::store::Store;
use crate::tables;

impl Store {
    /// What [`crate::commands::ImportMessages`] would make of each message. Writes nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn compare_import(&self, messages: &[ImportedMessage]) -> Result<Vec<ImportOutcome>> {
        let mut tx = self.db().read().await?;
        let mut outcomes = Vec::with_capacity(messages.len());
        for message in messages {
            let kept = tables::messages::by_key(&mut tx, &message.sender.to_string(), &message.key).await?;
            outcomes.push(match kept {
                None => ImportOutcome::Imported,
                Some(kept) if kept.body == message.body => ImportOutcome::AlreadyThere,
                Some(_) => ImportOutcome::Differs,
            });
        }
        Ok(outcomes)
    }
}
