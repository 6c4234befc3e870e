//! Runs of helpers.

use domain::access::Action;
use domain::{EventData, Process, Result};

use crate::change::{Change, Command};
use crate::tables;

/// Records where a process stands.
#[derive(Debug, Clone)]
pub struct RecordProcess {
    /// The process as it stands now.
    pub process: Process,
}

impl Command for RecordProcess {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        tables::processes::put(change.tx, &self.process, change.node).await?;
        change.record(EventData::ProcessStatusChanged(self.process.clone()));
        Ok(())
    }
}
