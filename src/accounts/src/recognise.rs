//! Recognising who makes a request, by what they show.
//!
//! Every request waits for this. What asks the database needs much room to wait, and so has a box of its own.

use std::sync::Arc;

use domain::{Actor, Result, Session};
use identity::secret::{Kind, Secret};
use store::commands::{NoteTokenUse, TOKEN_USE_SECONDS, TOUCH_SECONDS, TouchSession};

use crate::arrive::Visit;
use crate::caller::{Caller, Way};
use crate::service::Accounts;

impl Accounts {
    /// Who shows this session's secret, if the session lasts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_cookie(&self, text: &str, visit: &Visit) -> Result<Option<Caller>> {
        let Some(secret) = Secret::parse(Kind::Session, text) else { return Ok(None) };
        let shown = secret.hash();
        let found = Box::pin(self.store.session_by_hash(&shown, self.lasting.idle_seconds)).await?;
        let Some((session, user)) = found else { return Ok(None) };
        self.touch(&session, visit).await?;
        Ok(Some(Caller { user: Arc::new(user), way: Way::Session { session, shown } }))
    }

    /// Notes that a session is in use, no more often than that is to be known.
    pub(crate) async fn touch(&self, session: &Session, visit: &Visit) -> Result<()> {
        if self.store.now() >= session.used_at.plus_seconds(TOUCH_SECONDS) {
            let touch = TouchSession { session: session.id, place: visit.address.to_string() };
            Box::pin(self.store.run(&Actor::system(), touch)).await?;
        }
        Ok(())
    }

    /// Who shows this token, if it holds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_token(&self, text: &str, visit: &Visit) -> Result<Option<Caller>> {
        let Some(secret) = Secret::parse(Kind::ApiToken, text) else { return Ok(None) };
        let Some((token, user)) = self.store.token_by_hash(&secret.hash()).await? else { return Ok(None) };
        let now = self.store.now();
        if token.used_at.is_none_or(|used| now >= used.plus_seconds(TOKEN_USE_SECONDS)) {
            let note = NoteTokenUse { token: token.id, place: visit.address.to_string() };
            Box::pin(self.store.run(&Actor::system(), note)).await?;
        }
        Ok(Some(Caller { user, way: Way::Token(token) }))
    }
}
