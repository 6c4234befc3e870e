//! What a caller may do for as long as a connection lasts.

use domain::{Actor, Error, ErrorCode, Result, Rights, SessionId};
use store::Store;

use crate::Caller;

/// What a caller may do, for long connections to ask at every step. It is looked up anew only once accounts changed or
/// a second went by: what ends by the clock tells nobody.
#[derive(Debug)]
pub struct Standing {
    actor: Actor,
    /// The session by which they came, if they came by one.
    session: Option<SessionId>,
    rights: Rights,
    /// How often accounts had changed, and in which second it was.
    looked_up: Option<(u64, i64)>,
}

impl Standing {
    /// That of `caller`.
    #[must_use]
    pub fn new(caller: &Caller) -> Self {
        let session = caller.session().map(|session| session.id);
        Self { actor: caller.actor(), session, rights: Rights::Nobody, looked_up: None }
    }

    /// The rights as they are now.
    ///
    /// # Errors
    /// `Unauthorized` once the way in is closed: the session was ended, the token holds no more, the person is shut out.
    pub fn rights(&mut self, store: &Store) -> Result<&Rights> {
        let now = (store.account_changes(), store.now().micros().div_euclid(1_000_000));
        if self.looked_up != Some(now) {
            let signed_in = self.session.is_none_or(|session| store.is_signed_in(session));
            self.rights = if signed_in { store.rights(&self.actor) } else { Rights::Nobody };
            self.looked_up = Some(now);
        }
        match &self.rights {
            Rights::Nobody => Err(Error::new(ErrorCode::Unauthorized, "This session is over. Sign in again.")),
            rights => Ok(rights),
        }
    }
}
