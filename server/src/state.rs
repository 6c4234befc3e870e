//! What every request can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use domain::{Actor, Result, UserName};
use helpers::Helpers;
use leptos_config::LeptosOptions;
use projects::Projects;
use store::Store;
use store::commands::CreateFirstAdmin;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::serve::Renderers;
use crate::stream::Sockets;

/// What every request can reach. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The database and the log.
    pub store: Store,
    /// The supervisor of the helpers.
    pub helpers: Helpers,
    /// The projects and their files.
    pub projects: Projects,
    /// The settings, as validated at start.
    pub config: Arc<Config>,
    /// What the pages need to find their scripts and styles.
    pub leptos_options: LeptosOptions,
    /// The threads that render pages.
    pub renderers: Renderers,
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
    helpers: Helpers,
    projects: Projects,
    config: Arc<Config>,
    leptos_options: LeptosOptions,
    sockets: Sockets,
}

/// The person who makes the requests: until the workshop has accounts, its one local user.
///
/// # Panics
/// Never: the name is a constant that keeps the rules, which a test holds true.
#[must_use]
pub fn current_user() -> UserName {
    #[expect(clippy::expect_used, reason = "a constant, parsed in a test")]
    "owner".parse().expect("“owner” is a user's name")
}

/// [`current_user`] as the one who acts.
#[must_use]
pub fn current_actor() -> Actor {
    Actor::user(current_user())
}

/// Makes [`current_user`] the admin of a workshop that has none. Stands in for the first run's page, and goes away with
/// [`current_user`] once people sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn let_current_user_in(store: &Store) -> Result<()> {
    if store.has_admin() {
        return Ok(());
    }
    let admin = CreateFirstAdmin { name: current_user(), display_name: "Owner".into(), password: None };
    store.run(&Actor::system(), admin).await.map(drop)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_local_user_has_a_valid_name() {
        assert_eq!(super::current_user().as_str(), "owner");
    }
}
