//! A command, and the change it makes: rows and events of one transaction.

use std::future::Future;

use domain::access::Action;
use domain::{Actor, Event, EventData, Result, Timestamp};
use uuid::Uuid;

use crate::db::Tx;
use crate::ids::Ids;

/// Something to be done. Applied in a transaction, possibly more than once when the database asks for a retry,
/// so it keeps its hands off everything but the [`Change`].
pub trait Command: Send + Sync + 'static {
    /// The right it takes.
    const ACTION: Action;
    /// What the caller gets once it is durable.
    type Output: Send + 'static;

    /// Checks the rules, writes the rows, and records what happened.
    fn apply(&self, change: &mut Change<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// The transaction a command works in: who acts, when, and what has happened so far.
pub struct Change<'a> {
    pub(crate) tx: &'a mut Tx,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Timestamp,
    pub(crate) node: &'a str,
    pub(crate) ids: &'a Ids,
    pub(crate) happened: Vec<Event>,
}

impl Change<'_> {
    /// Records what happened. It gets its number when the transaction is about to be committed.
    pub(crate) fn record(&mut self, what: EventData) {
        self.happened.push(Event {
            seq: 0,
            id: self.ids.next(self.now).into(),
            at: self.now,
            actor: self.actor.clone(),
            project: what.project(),
            what,
        });
    }

    /// A new id.
    pub(crate) fn new_id<T: From<Uuid>>(&self) -> T {
        self.ids.next(self.now).into()
    }
}
