//! What every request passes before a route answers it, and every answer on its way out.
//!
//! One function after the other. As layers they would each put the request and all that follows into a box of its own, which
//! took a tenth of the time of a short answer. What is rare and needs much room to wait has a box of its own, so that the rest
//! stays small.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use app::reached::Reached;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorCode};
use futures_util::FutureExt;
use http_body_util::Limited;
use leptos::nonce::Nonce;
use tower::ServiceExt;

use super::headers::PageNonce;
use super::host::{Addresses, Meant};
use super::hourglass::Hourglass;
use super::request_id::RequestIds;
use super::{compress, cors, headers, origin};
use crate::config::Origin;
use crate::error::ApiError;
use crate::patient::Patient;
use crate::state::AppState;
use crate::{api, assets, door, preview};

/// Largest request, in bytes.
const MAX_REQUEST: usize = 1 << 20;
/// How long an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// The routes with everything that lies around them.
pub(super) struct Around {
    state: AppState,
    ids: RequestIds,
    routes: Router,
}

impl Around {
    /// `routes` with everything that lies around them.
    pub(super) fn new(state: AppState, routes: Router) -> Self {
        Self { ids: RequestIds::new(state.store.new_id()), state, routes }
    }

    /// Answers a request, whomever it is meant for.
    pub(super) async fn answer(&self, request: Request, hourglass: &Hourglass) -> Response {
        self.ids.give(request, |request| self.meant(hourglass, request)).await
    }

    /// Lets requests to the workshop through, answers those to previews, and refuses the rest.
    async fn meant(&self, hourglass: &Hourglass, request: Request) -> Response {
        let state = &self.state;
        let addresses = Addresses::of(&state.config);
        match addresses.meant(&request) {
            Meant::Workshop(here) => self.workshop(hourglass, here, request).await,
            // Before it is set up, a workshop serves nothing.
            Meant::Preview(..) if !state.store.has_admin() => {
                ApiError::from(Error::new(ErrorCode::Forbidden, "This workshop is not set up yet.")).into_response()
            }
            Meant::Preview(slug, workshop) => Box::pin(preview::answer(state, &slug, workshop, request)).await,
            Meant::Stranger => {
                let public = state.config.public();
                let message = format!(
                    "Nobody of this name lives here. The workshop is at {public}, and an app at {}.",
                    addresses.above_previews(&public).below("NAME")
                );
                ApiError::from(Error::new(ErrorCode::Forbidden, message))
                    .with_status(StatusCode::MISDIRECTED_REQUEST)
                    .into_response()
            }
        }
    }

    /// Answers a request to the workshop at `here`, and tells the browser what it may do with the answer.
    async fn workshop(&self, hourglass: &Hourglass, here: Origin, mut request: Request) -> Response {
        let state = &self.state;
        let rest = api::serves(request.uri().path());
        // What pages need.
        let nonce = (!rest).then(Nonce::new);
        let found = request.extensions_mut();
        if let Some(nonce) = &nonce {
            let addresses = Addresses::of(&state.config);
            found.insert(Reached {
                origin: state.config.server.public_url.as_ref().unwrap_or(&here).to_string(),
                shown: here.to_string(),
                above_previews: addresses.above_previews(&here).to_string(),
                in_the_clear: addresses.in_the_clear(&here),
            });
            found.insert(PageNonce(nonce.clone()));
        }
        found.insert(Meant::Workshop(here.clone()));
        let packs = assets::takes(request.headers(), "gzip") && request.method() == Method::GET;
        let guest = cors::Guest::of(&request, &state.config.server.cors_origins);
        let mut response = match &guest {
            Some(guest) if guest.asks_beforehand => StatusCode::NO_CONTENT.into_response(),
            _ => self.admitted(hourglass, &here, guest.as_ref(), request).await,
        };
        if let Some(guest) = guest {
            guest.mark(response.headers_mut());
        }
        headers::add(response.headers_mut(), nonce.as_deref(), &here, state);
        if rest {
            response
                .headers_mut()
                .entry(header::CACHE_CONTROL)
                .or_insert(const { HeaderValue::from_static("no-store") });
        }
        if packs { compress::page(response).await } else { response }
    }

    /// Refuses what another page wants to do here and what strangers may not have; lets the routes answer the rest.
    async fn admitted(
        &self,
        hourglass: &Hourglass,
        here: &Origin,
        guest: Option<&cors::Guest>,
        request: Request,
    ) -> Response {
        let by_token = guest.is_some_and(|guest| guest.shows_token);
        if !by_token && let Err(error) = origin::check(request.method(), request.headers(), here) {
            return ApiError::from(error).into_response();
        }
        match door::admit(&self.state, request).await {
            Ok(request) => self.bounded(hourglass, request).await,
            Err(turned_away) => *turned_away,
        }
    }

    /// Lets the routes answer, with bounds on what they are sent and how long they take. A panic is an answer too.
    async fn bounded(&self, hourglass: &Hourglass, request: Request) -> Response {
        let told = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if told.is_some_and(|length: usize| length > MAX_REQUEST) {
            return too_large().into_response();
        }
        let patience = self.state.config.door.body_patience;
        let request = request.map(|body| Body::new(Patient::new(patience, Limited::new(body, MAX_REQUEST))));
        let answer = AssertUnwindSafe(self.routes.clone().oneshot(request)).catch_unwind();
        let response = match hourglass.within(PATIENCE, answer).await {
            Some(Ok(Ok(response))) => response,
            Some(Ok(Err(never))) => match never {},
            Some(Err(panic)) => return panicked(panic),
            None => return too_long().into_response(),
        };
        // What stopped reading at the bound answers without words.
        let spoken =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
        match response.status() {
            StatusCode::PAYLOAD_TOO_LARGE if !spoken => too_large().into_response(),
            _ => response,
        }
    }
}

fn too_large() -> ApiError {
    Error::new(ErrorCode::TooLarge, format!("The request is larger than {} KiB.", MAX_REQUEST / 1024)).into()
}

fn too_long() -> ApiError {
    let error = Error::new(ErrorCode::Unavailable, "This took too long and was given up. Try again in a moment.");
    ApiError::from(error).with_status(StatusCode::GATEWAY_TIMEOUT)
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let words =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    ApiError::from(Error::internal(format!("panicked: {}", words.unwrap_or_default()))).into_response()
}
