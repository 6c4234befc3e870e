//! Leases: of several servers, one works on a thing. They are no events: nothing a person would want to know.

use domain::access::Action;
use domain::{Result, Timestamp};
use uuid::Uuid;

use super::LEASE_SECONDS;
use crate::change::{Change, Command};
use crate::tables;

/// Takes a lease, or renews one that the same holder has. `None`: another holds it.
#[derive(Debug, Clone)]
pub struct TakeLease {
    /// What it is for, like `helper:the_author`.
    pub name: String,
    /// Who takes it: one run of one server.
    pub holder: Uuid,
}

/// A lease in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Grows with every new holder.
    pub token: i64,
    /// Until when it lasts unless renewed.
    pub until: Timestamp,
}

impl Command for TakeLease {
    const ACTION: Action = Action::Observe;
    type Output = Option<Lease>;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Option<Lease>> {
        let until = change.now.plus_seconds(LEASE_SECONDS);
        let token = tables::leases::take(change.tx, &self.name, self.holder, change.now, until).await?;
        Ok(token.map(|token| Lease { token, until }))
    }
}

/// Gives a lease back.
#[derive(Debug, Clone)]
pub struct DropLease {
    /// What it is for.
    pub name: String,
    /// Who gives it back.
    pub holder: Uuid,
}

impl Command for DropLease {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        tables::leases::give_back(change.tx, &self.name, self.holder).await
    }
}
