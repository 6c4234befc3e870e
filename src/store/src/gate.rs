//! What every act is checked against: the accounts in memory, kept in step by the log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::projection::Accounts;
use domain::{Actor, ApiToken, Event, Result, Rights, Timestamp, TokenId, User};

use crate::Hash;
use crate::db::Tx;
use crate::tables;
use crate::tables::accounts::{groups, sessions, tokens, users};

/// The accounts in memory. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    accounts: Arc<RwLock<Accounts>>,
    /// Which token it is that was shown. No more than there ever were: what is no token is not remembered.
    shown: Arc<RwLock<HashMap<Hash, TokenId>>>,
    changes: Arc<AtomicU64>,
}

impl Gate {
    /// Reads the accounts as they stand at event `seq`, which must be what `tx` sees.
    pub(crate) async fn load(tx: &mut Tx, seq: i64) -> Result<Self> {
        let (users, groups) = (users::all(tx).await?, groups::all(tx).await?);
        let (tokens, sessions) = (tokens::all(tx).await?, sessions::owners(tx).await?);
        let accounts = Accounts::new(seq, users, groups, tokens, sessions);
        Ok(Self { accounts: Arc::new(RwLock::new(accounts)), shown: Arc::default(), changes: Arc::default() })
    }

    /// What `actor` may do at `now`.
    pub(crate) fn rights(&self, actor: &Actor, now: Timestamp) -> Rights {
        self.read().rights(actor, now)
    }

    /// The token of that hash and whose it is, if it was shown before and holds at `now`.
    pub(crate) fn token(&self, hash: &Hash, now: Timestamp) -> Option<(Arc<ApiToken>, Arc<User>)> {
        let id = *self.shown.read().unwrap_or_else(PoisonError::into_inner).get(hash)?;
        self.read().token(id, now)
    }

    /// Remembers which token has that hash, which never changes.
    pub(crate) fn remember(&self, hash: Hash, token: TokenId) {
        self.shown.write().unwrap_or_else(PoisonError::into_inner).insert(hash, token);
    }

    /// Moves on by one event, which must follow the one before.
    pub(crate) fn apply(&self, event: &Event) {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).apply(event);
        if event.what.is_about_accounts() {
            self.changes.fetch_add(1, Ordering::Release);
        }
    }

    /// How often the accounts changed. Whoever asks before it looks at them does not miss the next change.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
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
