//! The pages: Leptos routes and server functions, with what they find around them.

use std::sync::{Arc, OnceLock};

use accounts::Caller;
use app::live::{Read, Snapshot};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use domain::{Error, ErrorCode};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list, render_app_async_with_context};

use super::headers::PageNonce;
use crate::state::AppState;

/// The pages and the server functions.
pub(super) fn routes(state: &AppState) -> Router<AppState> {
    // Once for the process: while it is made, pages that are being rendered elsewhere wait for ever for their data.
    static LISTING: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    let listing = LISTING.get_or_init(|| generate_route_list(app::App)).clone();
    Router::new()
        .leptos_routes_with_context(state, listing, context(state), shell(state))
        .layer(middleware::from_fn_with_state(state.clone(), render))
}

/// The page that says that there is no such page.
pub(super) async fn not_found(state: &AppState, request: Request) -> Response {
    let rendered = render_app_async_with_context(context(state), shell(state));
    let mut response = state.renderers.answer(knowing(state, request).await, rendered).await;
    // The page itself may have set another status, or lead elsewhere.
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// Sends pages to the renderers; server functions, which render nothing, go on where they are.
async fn render(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let request = knowing(&state, request).await;
    state.renderers.answer(request, move |request| next.run(request)).await
}

/// The request, with what its page shows.
async fn knowing(state: &AppState, mut request: Request) -> Request {
    let read = match request.extensions().get::<Caller>().cloned() {
        Some(caller) => Snapshot::load(&state.store, &state.helpers, &state.sandboxes, caller).await.map(Arc::new),
        None => Err(Error::new(ErrorCode::Unauthorized, "Sign in first; then try again.")),
    };
    request.extensions_mut().insert(Read(Arc::new(read)));
    request
}

fn shell(state: &AppState) -> impl Fn() -> leptos::prelude::AnyView + Clone + Send + Sync + 'static + use<> {
    use leptos::prelude::IntoAny;
    let options = state.leptos_options.clone();
    move || app::shell(options.clone()).into_any()
}

/// What pages and server functions find around them.
fn context(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static + use<> {
    let (store, accounts) = (state.store.clone(), state.accounts.clone());
    let (helpers, projects) = (state.helpers.clone(), state.projects.clone());
    let (runs, sandboxes) = (state.runs.clone(), state.sandboxes.clone());
    move || {
        provide_context(runs.clone());
        provide_context(sandboxes.clone());
        provide_context(store.clone());
        provide_context(accounts.clone());
        provide_context(helpers.clone());
        provide_context(projects.clone());
        // The scripts in the page carry the nonce that the answer's policy names.
        if let Some(PageNonce(nonce)) = use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned()) {
            provide_context(nonce);
        }
    }
}
