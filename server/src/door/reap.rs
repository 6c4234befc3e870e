//! Ends sessions that are too old or were not used for too long, and replaces keys that are too old.

use std::time::Duration;

use accounts::{AccessTokens, Lasting};
use domain::Actor;
use store::Store;
use store::commands::ReapSessions;
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(60);

/// Does so until `shutdown`.
pub(crate) async fn reap(store: Store, lasting: Lasting, access_tokens: AccessTokens, shutdown: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let reap = ReapSessions { idle_seconds: lasting.idle_seconds };
        if let Err(error) = store.run(&Actor::system(), reap).await {
            tracing::warn!(cause = crate::error::causes(&error), "old sessions could not be ended");
        }
        if let Err(error) = access_tokens.refresh().await {
            tracing::warn!(
                cause = crate::error::causes(&error),
                "the keys of access tokens could not be looked through"
            );
        }
    }
}
