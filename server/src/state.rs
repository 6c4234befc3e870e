//! What every request can reach.

use std::ops::Deref;
use std::sync::Arc;

use accounts::{AccessTokens, Accounts, AppDoor};
use axum::extract::FromRef;
use helpers::Helpers;
use identity::limit::Rates;
use leptos_config::LeptosOptions;
use projects::Projects;
use runs::Runs;
use sandbox::Sandboxes;
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::serve::Renderers;
use crate::stream::Sockets;

/// What every request can reach. Cheap to clone, for every layer around every request does.
#[derive(Clone)]
pub struct AppState(Arc<Reachable>);

impl Deref for AppState {
    type Target = Reachable;

    fn deref(&self) -> &Reachable {
        &self.0
    }
}

impl From<Reachable> for AppState {
    fn from(reachable: Reachable) -> Self {
        Self(Arc::new(reachable))
    }
}

/// What an [`AppState`] holds.
pub struct Reachable {
    /// The database and the log.
    pub store: Store,
    /// The ways in.
    pub accounts: Accounts,
    /// The door of the projects' apps.
    pub app_door: AppDoor,
    /// Tokens that other services verify by themselves.
    pub access_tokens: AccessTokens,
    /// The supervisor of the helpers.
    pub helpers: Helpers,
    /// The projects and their files.
    pub projects: Projects,
    /// Where helpers and commands run.
    pub sandboxes: Sandboxes,
    /// Commands in the sandboxes of projects.
    pub runs: Runs,
    /// The settings, as validated at start.
    pub config: Arc<Config>,
    /// What the pages need to find their scripts and styles.
    pub leptos_options: LeptosOptions,
    /// The threads that render pages.
    pub renderers: Renderers,
    /// How often everyone asked.
    pub rates: Arc<Rates>,
    /// The open live connections.
    pub sockets: Sockets,
    /// Cancelled when the server begins to stop.
    pub shutdown: CancellationToken,
    /// Owns every task that must end before the server does.
    pub tracker: TaskTracker,
}

macro_rules! reachable {
    ($($field:ident: $part:ty),+ $(,)?) => {$(
        impl FromRef<AppState> for $part {
            fn from_ref(state: &AppState) -> Self {
                state.$field.clone()
            }
        }
    )+};
}

reachable! {
    store: Store,
    accounts: Accounts,
    access_tokens: AccessTokens,
    helpers: Helpers,
    projects: Projects,
    sandboxes: Sandboxes,
    runs: Runs,
    config: Arc<Config>,
    leptos_options: LeptosOptions,
    sockets: Sockets,
}
