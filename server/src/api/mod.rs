//! REST under `/api/v1`: one endpoint, one function, described where it stands; the documents are generated from them.
//!
//! Reading needs `GET`, everything else goes through [`store::Store::run`] or the service that owns the thing.
//! Failures are problem documents (RFC 9457), for wrong paths and wrong methods too.

mod account;
mod answer;
mod conversations;
mod deliveries;
pub mod document;
mod events;
mod extract;
mod fallback;
mod groups;
mod helpers;
mod passkeys;
mod people;
mod permissions;
mod policies;
mod projects;
mod roles;
mod runs;
mod search;
mod snapshots;
mod tasks;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

pub(crate) use runs::TerminalSize;

/// Where it all lies.
pub const PREFIX: &str = "/api/v1";
/// The largest body that is read: a message of 64 KiB with every byte escaped, and room for the rest.
const MAX_REQUEST: usize = 512 * 1024;

/// The routes. Each has its whole path: nested, axum would write the address of every request anew without [`PREFIX`].
pub fn router() -> Router<AppState> {
    let (router, _) = endpoints().split_for_parts();
    router.merge(document::router()).method_not_allowed_fallback(fallback::method_not_allowed)
}

/// Whether what lies at `path` is answered here.
pub(crate) fn serves(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the endpoints say about themselves.
fn described() -> OpenApi {
    let (_, described) = endpoints().split_for_parts();
    described
}

fn endpoints() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .merge(conversations::routes())
        .merge(search::routes())
        .merge(deliveries::routes())
        .merge(helpers::routes())
        .merge(projects::routes())
        .merge(runs::routes())
        .merge(permissions::routes())
        .merge(policies::routes())
        .merge(tasks::routes())
        .merge(snapshots::routes())
        .merge(events::routes())
        .merge(account::routes())
        .merge(passkeys::routes())
        .merge(people::routes())
        .merge(roles::routes())
        .merge(groups::routes())
}
