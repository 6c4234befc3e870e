//! One who looks at a run: what they see of it, for as long as they may.

use std::time::Duration;

use accounts::{Caller, Standing};
use domain::access::{Action, Subject};
use domain::{ProjectId, Result, Run};
use runs::{Runs, Seen, Watch};
use store::Store;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

pub(super) struct Onlooker {
    store: Store,
    standing: Standing,
    project: ProjectId,
    watch: Watch,
    head: watch::Receiver<i64>,
    /// Sessions end by the clock too.
    ask_again: Duration,
}

impl Onlooker {
    /// Looks at a run that `caller` may see, from the byte `after` on.
    ///
    /// # Errors
    /// When the database or the disk does not answer.
    pub(super) async fn new(
        store: Store,
        runs: &Runs,
        caller: Caller,
        run: &Run,
        after: u64,
        ask_again: Duration,
    ) -> Result<Self> {
        let (head, standing) = (store.log().watch(), Standing::new(&caller));
        let watch = runs.watch(run.id, after).await?;
        Ok(Self { store, standing, project: run.project, watch, head, ask_again })
    }

    /// What is seen next; none when the run is over. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// `Unauthorized` once the way in is closed, `Forbidden` once the run is out of sight; when the disk says no.
    pub(super) async fn next(&mut self) -> Result<Option<Seen>> {
        loop {
            self.head.borrow_and_update();
            self.standing.rights(&self.store)?.allow(Action::Read, Subject::Project(self.project))?;
            tokio::select! {
                biased;
                // The sender lives in the store, which is held here.
                _ = self.head.changed() => {}
                seen = self.watch.next() => return seen,
                () = sleep_until(Instant::now() + self.ask_again) => {}
            }
        }
    }
}
