//! Who has a turn: given to those who wait as others give theirs back, until the server closes.

use super::Runs;
use crate::job::Ending;
use crate::live::Stop;
use crate::queue::Who;

impl Runs {
    /// Gives their turn to all that can have it.
    pub(super) fn give_turns(&self) {
        loop {
            let next = {
                let mut desk = self.desk();
                if desk.closed { None } else { desk.queue.next() }
            };
            let Some((who, job)) = next else { break };
            job.live.stands_at(None);
            let turn = Turn { runs: self.clone(), who };
            self.spawn(async move { job.perform(&turn.runs).await });
        }
        self.tell_places();
    }

    pub(super) fn tell_places(&self) {
        for (place, job) in self.desk().queue.places() {
            job.live.stands_at(Some(place));
        }
    }

    /// Stops everything, and takes nothing new.
    pub(super) async fn close(&self) {
        let (waiting, live) = {
            let mut desk = self.desk();
            desk.closed = true;
            (desk.queue.drain(), desk.live.values().cloned().collect::<Vec<_>>())
        };
        for live in live {
            live.stop(Stop::Shutdown);
        }
        for job in waiting {
            self.end(&job.live, Ending::shutdown()).await;
        }
    }
}

/// A run's turn, given back when it is dropped.
struct Turn {
    runs: Runs,
    who: Who,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.runs.desk().queue.done(&self.who);
        self.runs.give_turns();
    }
}
