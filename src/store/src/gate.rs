//! What every act is checked against: the accounts in memory, kept in step by the log.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::projection::Accounts;
use domain::{Actor, Event, Result, Rights, Timestamp};

use crate::db::Tx;
use crate::tables;
use crate::tables::accounts::{groups, sessions, tokens, users};

/// The accounts in memory. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    accounts: Arc<RwLock<Accounts>>,
}

impl Gate {
    /// Reads the accounts as they stand at event `seq`, which must be what `tx` sees.
    pub(crate) async fn load(tx: &mut Tx, seq: i64) -> Result<Self> {
        let (users, groups) = (users::all(tx).await?, groups::all(tx).await?);
        let (tokens, sessions) = (tokens::all(tx).await?, sessions::owners(tx).await?);
        let accounts = Accounts::new(seq, users, groups, tokens, sessions);
        Ok(Self { accounts: Arc::new(RwLock::new(accounts)) })
    }

    /// What `actor` may do at `now`.
    pub(crate) fn rights(&self, actor: &Actor, now: Timestamp) -> Rights {
        self.read().rights(actor, now)
    }

    /// Moves on by one event, which must follow the one before.
    pub(crate) fn apply(&self, event: &Event) {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).apply(event);
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log's epoch and newest event, and the accounts as they stand there.
pub(crate) async fn begin(tx: &mut Tx) -> Result<(uuid::Uuid, i64, Gate)> {
    let state = tables::events::state(tx).await?;
    let (epoch, seq) = state.ok_or_else(|| domain::Error::internal("the log has no state row"))?;
    Ok((epoch, seq, Gate::load(tx, seq).await?))
}
