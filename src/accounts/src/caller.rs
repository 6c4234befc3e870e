//! Who makes a request, and by which way in.

use std::sync::Arc;

use domain::{Actor, ApiToken, Session, User};
use identity::secret::Hash;

/// By which way in someone makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A browser that is signed in.
    Session {
        /// The session.
        session: Session,
        /// The hash of the secret that the browser showed.
        shown: Hash,
    },
    /// A program with a token.
    Token(Arc<ApiToken>),
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user: Arc<User>,
    /// Their way in.
    pub way: Way,
}

impl Caller {
    /// The person as the one who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let actor = Actor::user(self.user.name.clone());
        match &self.way {
            Way::Session { .. } => actor,
            Way::Token(token) => actor.by_token(Some(token.id)),
        }
    }

    /// The session, if they came by one.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        match &self.way {
            Way::Session { session, .. } => Some(session),
            Way::Token(_) => None,
        }
    }

    /// The token, if they came by one.
    #[must_use]
    pub fn token(&self) -> Option<&ApiToken> {
        match &self.way {
            Way::Session { .. } => None,
            Way::Token(token) => Some(token),
        }
    }
}
