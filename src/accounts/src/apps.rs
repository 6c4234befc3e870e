//! The door of the apps: tickets that lead from the workshop to an app's own address, and the cookie that opens it there.
//!
//! An app lies on another origin, which must never see the cookie of the session. So its cookie only names the session,
//! by the id that is no secret, with a code that nobody else can make for that session and that app. Everything else is
//! looked up with each request, as with the session's own cookie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Result, Session, SessionId, Slug, Timestamp};
use identity::mac::Codes;
use identity::seal::Seal;
use identity::secret::Hash;

use crate::arrive::Visit;
use crate::caller::{Caller, Way};
use crate::cookie::AppCookie;
use crate::service::Accounts;

/// For how long a ticket holds, in seconds: one step from the workshop to the app.
const TICKET_SECONDS: i64 = 60;
/// Most used tickets that are remembered. Past it the one that is over first is forgotten, and might be used again.
const MOST_USED: usize = 10_000;

/// The door of the apps. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppDoor {
    accounts: Accounts,
    codes: Codes,
    /// The codes of tickets that were used, and until when they would hold.
    used: Arc<Mutex<HashMap<String, Timestamp>>>,
}

/// What a browser shows at an app's address. It proves nothing by itself.
#[derive(Debug, Clone, Copy)]
pub struct ShownToApp<'a> {
    session: SessionId,
    code: &'a str,
    /// The address of the workshop, as host and port, from which the browser came in.
    pub from: &'a str,
}

impl AppDoor {
    /// The door for those whom `accounts` knows, with a key that follows from those of `seal`.
    #[must_use]
    pub fn new(accounts: Accounts, seal: &Seal) -> Self {
        Self { accounts, codes: seal.codes_for("the door of the apps"), used: Arc::default() }
    }

    /// A ticket into `app` for the browser of `session`: it holds for a minute, and once.
    #[must_use]
    pub fn ticket(&self, session: &Session, app: &Slug) -> String {
        let until = self.accounts.clock.now().plus_seconds(TICKET_SECONDS);
        let code = self.codes.of(&ticket_parts(session.id, app, until));
        format!("{}.{}.{code}", session.id, until.micros())
    }

    /// The `Set-Cookie` text for the browser that shows `ticket` at `app`, having come from the workshop at `from`.
    /// None when the ticket does not hold there, or its session is over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn let_in(&self, ticket: &str, app: &Slug, from: &str) -> Result<Option<String>> {
        let Some(id) = self.take(ticket, app) else { return Ok(None) };
        let Some((session, _, hash)) = self.session(id).await? else { return Ok(None) };
        let code = self.codes.of(&cookie_parts(session.id, app, &hash));
        let value = format!("{}.{code}.{from}", session.id);
        Ok(Some(self.cookie().set(&value, self.accounts.lasting)))
    }

    /// What the `Cookie` headers show, if it can be read.
    pub fn shown<'a>(&self, cookies: impl Iterator<Item = &'a str>) -> Option<ShownToApp<'a>> {
        let mut parts = self.cookie().read(cookies)?.splitn(3, '.');
        let session = parts.next()?.parse().ok()?;
        Some(ShownToApp { session, code: parts.next()?, from: parts.next()? })
    }

    /// Who shows it at `app`, if it was made for that and the session lasts. Whether they may see the app is another
    /// question.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recognised(&self, shown: ShownToApp<'_>, app: &Slug, visit: &Visit) -> Result<Option<Caller>> {
        let Some((session, user, hash)) = self.session(shown.session).await? else { return Ok(None) };
        if !self.codes.holds(shown.code, &cookie_parts(session.id, app, &hash)) {
            return Ok(None);
        }
        self.accounts.touch(&session, visit).await?;
        Ok(Some(Caller { user: Arc::new(user), way: Way::Session { session, shown: hash } }))
    }

    /// The session that a ticket into `app` was made for, if it holds; a second time it does not.
    fn take(&self, ticket: &str, app: &Slug) -> Option<SessionId> {
        let mut parts = ticket.splitn(3, '.');
        let session = parts.next()?.parse().ok()?;
        let until = Timestamp::from_micros(parts.next()?.parse().ok()?);
        let code = parts.next().filter(|code| self.codes.holds(code, &ticket_parts(session, app, until)))?;
        let now = self.accounts.clock.now();
        if now >= until {
            return None;
        }
        // It is whole after every step, so one that a panic left behind is good to use.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| now < *until);
        if used.len() >= MOST_USED
            && let Some(first) = used.iter().min_by_key(|(_, until)| **until).map(|(code, _)| code.clone())
        {
            used.remove(&first);
        }
        used.insert(code.to_owned(), until).is_none().then_some(session)
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, domain::User, Hash)>> {
        self.accounts.store.session_by_id(id, self.accounts.lasting.idle_seconds).await
    }

    const fn cookie(&self) -> AppCookie {
        AppCookie { over_tls: self.accounts.cookie().over_tls }
    }
}

fn ticket_parts(session: SessionId, app: &Slug, until: Timestamp) -> [Vec<u8>; 4] {
    let until = until.micros().to_be_bytes().to_vec();
    [b"ticket".to_vec(), session.0.as_bytes().to_vec(), app.as_str().into(), until]
}

/// With the hash of the session's secret, so that a new secret makes the cookies of the old one worthless here too.
fn cookie_parts(session: SessionId, app: &Slug, hash: &Hash) -> [Vec<u8>; 4] {
    [b"cookie".to_vec(), session.0.as_bytes().to_vec(), app.as_str().into(), hash.to_vec()]
}
