//! Sessions: begun, used, rotated and ended.

use domain::access::{Action, Subject};
use domain::account::SessionEnd;
use domain::event::SessionEnded;
use domain::{Error, ErrorCode, EventData, Result, Session, SessionId, UserName};

use super::locked_user;
use crate::Hash;
use crate::change::{Change, Command};
use crate::tables::accounts::sessions;

/// Most sessions of one user; past it the one that was not used for the longest time ends.
pub const MAX_SESSIONS: usize = 50;
/// How exactly it is known when a session was last used, in seconds: touch one no more often.
pub const TOUCH_SECONDS: i64 = 60;
/// Longest description of a device or place, in characters.
const MAX_WORDS: usize = 120;

/// Signs someone in. Run as that person, once they have shown who they are.
#[derive(Debug, Clone)]
pub struct StartSession {
    /// The hash of the session's secret.
    pub hash: Hash,
    /// Who.
    pub user: UserName,
    /// The device in short.
    pub device: String,
    /// The network address.
    pub place: String,
    /// How long it lasts at most, in seconds.
    pub lasts_seconds: i64,
}

impl Command for StartSession {
    const ACTION: Action = Action::OwnAccount;
    type Output = Session;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Session> {
        change.require_account(&self.user, Action::Observe)?;
        if locked_user(change, &self.user).await?.disabled {
            return Err(Error::new(ErrorCode::Unauthorized, "This account is disabled. Ask an admin."));
        }
        let others = sessions::of_user(change.tx, &self.user, change.now).await?;
        for oldest in others.into_iter().skip(MAX_SESSIONS - 1) {
            end(change, &oldest, SessionEnd::Expired).await?;
        }
        let session = Session {
            id: change.new_id(),
            user: self.user.clone(),
            device: self.device.chars().take(MAX_WORDS).collect(),
            place: self.place.chars().take(MAX_WORDS).collect(),
            created_at: change.now,
            used_at: change.now,
            expires_at: change.now.plus_seconds(self.lasts_seconds),
        };
        sessions::insert(change.tx, &session, &self.hash).await?;
        change.record(EventData::SessionStarted(session.clone()));
        Ok(session)
    }
}

/// Notes that a session is in use, and from where. No event: it would be one per minute and person.
#[derive(Debug, Clone)]
pub struct TouchSession {
    /// Which session.
    pub session: SessionId,
    /// The network address.
    pub place: String,
}

impl Command for TouchSession {
    const ACTION: Action = Action::Observe;
    type Output = bool;

    async fn apply(&self, change: &mut Change<'_>) -> Result<bool> {
        let place: String = self.place.chars().take(MAX_WORDS).collect();
        sessions::touch(change.tx, self.session, &place, change.now).await
    }
}

/// Puts a new secret in place of a session's old one, which does not open it any more.
#[derive(Debug, Clone)]
pub struct RotateSession {
    /// Which session.
    pub session: SessionId,
    /// The hash of the secret it has.
    pub from: Hash,
    /// The hash of the secret it gets.
    pub to: Hash,
}

impl Command for RotateSession {
    const ACTION: Action = Action::OwnAccount;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let session = owned(change, self.session, Action::Observe).await?;
        if sessions::rotate(change.tx, session.id, &self.from, &self.to).await? {
            return Ok(());
        }
        Err(Error::conflict("This session has a newer secret already. Reload the page."))
    }
}

/// Ends a session: one's own, or as an admin anyone's.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// Which session.
    pub session: SessionId,
    /// Why.
    pub why: SessionEnd,
}

impl Command for EndSession {
    const ACTION: Action = Action::OwnAccount;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let session = owned(change, self.session, Action::ManagePeople).await?;
        end(change, &session, self.why).await
    }
}

/// Ends someone's sessions everywhere: one's own, or as an admin anyone's. Tells how many.
#[derive(Debug, Clone)]
pub struct EndSessions {
    /// Whose.
    pub user: UserName,
    /// The one to leave alone.
    pub except: Option<SessionId>,
}

impl Command for EndSessions {
    const ACTION: Action = Action::OwnAccount;
    type Output = u32;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<u32> {
        change.require_account(&self.user, Action::ManagePeople)?;
        locked_user(change, &self.user).await?;
        end_all(change, &self.user, self.except, SessionEnd::Revoked).await
    }
}

/// Ends the sessions that are too old, or were not used for too long. Tells how many.
#[derive(Debug, Clone)]
pub struct ReapSessions {
    /// How long a session may go unused, in seconds.
    pub idle_seconds: i64,
}

impl Command for ReapSessions {
    const ACTION: Action = Action::Observe;
    type Output = u32;

    async fn apply(&self, change: &mut Change<'_>) -> Result<u32> {
        let unused_since = change.now.plus_seconds(-self.idle_seconds);
        let expired = sessions::expired(change.tx, change.now, unused_since).await?;
        for session in &expired {
            end(change, session, SessionEnd::Expired).await?;
        }
        Ok(u32::try_from(expired.len()).unwrap_or(u32::MAX))
    }
}

/// Ends a user's sessions, except `keep`. Tells how many.
pub(super) async fn end_all(
    change: &mut Change<'_>,
    user: &UserName,
    keep: Option<SessionId>,
    why: SessionEnd,
) -> Result<u32> {
    let mut ended = 0;
    // The past has no sessions that expire later: this takes those along that are over already.
    for session in sessions::of_user(change.tx, user, domain::Timestamp::default()).await? {
        if Some(session.id) != keep {
            end(change, &session, why).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

async fn end(change: &mut Change<'_>, session: &Session, why: SessionEnd) -> Result<()> {
    if sessions::delete(change.tx, session.id).await? {
        let (session, user) = (session.id, session.user.clone());
        change.record(EventData::SessionEnded(SessionEnded { session, user, why }));
    }
    Ok(())
}

/// The session, if it is the actor's own or they may do `otherwise`. To others it is as if it were not there.
async fn owned(change: &mut Change<'_>, id: SessionId, otherwise: Action) -> Result<Session> {
    let missing = || Error::not_found("session");
    let Some(session) = sessions::get(change.tx, id).await? else {
        change.checked = true;
        return Err(missing());
    };
    change.require_account(&session.user, otherwise).map_err(|error| match error.code {
        ErrorCode::Forbidden => missing(),
        _ => error,
    })?;
    Ok(session)
}
