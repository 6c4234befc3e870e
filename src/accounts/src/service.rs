//! The service: what it works with, and for how long ways in stay open.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::thread::available_parallelism;

use domain::{Clock, Result};
use identity::limit::{Guesses, Patience};
use identity::password::{Cost, Passwords};
use store::Store;

use crate::cookie::SessionCookie;
use crate::passkeys::{Adding, Showing};
use crate::pending::Pending;
use crate::provider::{Elsewhere, Visiting};

/// How long ways in stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// How long a session lasts, however much it is used, in seconds.
    pub session_seconds: i64,
    /// How long it may go unused, in seconds.
    pub idle_seconds: i64,
}

impl Default for Lasting {
    /// Thirty days; seven unused.
    fn default() -> Self {
        Self { session_seconds: 30 * 24 * 3_600, idle_seconds: 7 * 24 * 3_600 }
    }
}

/// The ways in. Cheap to clone; the limits count for all clones together.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub(crate) store: Store,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) guesses: Arc<Guesses>,
    pub(crate) lasting: Lasting,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) adding: Arc<Pending<Adding>>,
    pub(crate) showing: Arc<Pending<Showing>>,
    pub(crate) visiting: Arc<Pending<Visiting>>,
    pub(crate) elsewhere: Option<Arc<Elsewhere>>,
    cookie: SessionCookie,
}

impl Accounts {
    /// The ways into what `store` holds, going by `clock`.
    ///
    /// # Errors
    /// `Internal` when the system gives no randomness.
    pub fn new(
        store: Store,
        lasting: Lasting,
        patience: Patience,
        cookie: SessionCookie,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        // Each takes 19 MiB and a core for its time.
        let cores = available_parallelism().ok().and_then(|cores| u16::try_from(cores.get()).ok());
        let at_once = cores.and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN);
        Ok(Self {
            store,
            passwords: Arc::new(Passwords::new(Cost::default(), at_once)?),
            guesses: Arc::new(Guesses::new(patience, Arc::clone(&clock))),
            lasting,
            clock,
            adding: Arc::new(Pending::new()),
            showing: Arc::new(Pending::new()),
            visiting: Arc::new(Pending::new()),
            elsewhere: None,
            cookie,
        })
    }

    /// With a provider at which people can sign in too.
    #[must_use]
    pub fn with_provider(self, elsewhere: Elsewhere) -> Self {
        Self { elsewhere: Some(Arc::new(elsewhere)), ..self }
    }

    /// For how long ways in stay open.
    #[must_use]
    pub const fn lasting(&self) -> Lasting {
        self.lasting
    }

    /// How browsers keep their session.
    #[must_use]
    pub const fn cookie(&self) -> SessionCookie {
        self.cookie
    }
}
