//! A project's app under a host name of its own, `<slug>.localhost` or one below the public name: its files, for those
//! who may read the project, and nothing of the workshop.
//!
//! Another origin, so the browser keeps its code away from the workshop. The workshop's cookie never comes here: the
//! app has a door and a cookie of its own (`door`), to which the workshop leads (`entrance`).

mod door;
mod entrance;
mod page;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Slug;
use projects::preview::{Preview, PreviewFile};
use tokio_util::io::ReaderStream;

pub(crate) use entrance::leads_to_app;

use self::door::Knock;
use self::page::page;
use crate::assets::same;
use crate::config::Origin;
use crate::serve::{Addresses, add_strict_transport};
use crate::state::AppState;

/// What every answer says. Neighbours share neither process nor `document.domain`, and cannot take in each other's
/// files, which would come with the person's cookie where they are of one site.
const FIXED: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The way into the apps, in the workshop.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route(entrance::ROUTE, get(entrance::enter))
}

/// Answers a request to the app `slug`, which belongs to the workshop at `workshop`.
pub(crate) async fn answer(state: &AppState, slug: &Slug, workshop: Origin, request: Request) -> Response {
    let visit = crate::door::visit(&request, &state.config.server.trusted_proxies);
    let request = &request.into_parts().0;
    let mut response = if matches!(request.method, Method::GET | Method::HEAD) {
        let knock = Knock { state, app: slug, workshop, visit, request };
        match knock.answer().await {
            Ok(Some(answer)) => answer,
            Ok(None) => found(state, slug, request).await,
            Err(error) => error.into_response(),
        }
    } else {
        let text = "A preview only shows files: use GET or HEAD.";
        ([(header::ALLOW, "GET, HEAD")], page(StatusCode::METHOD_NOT_ALLOWED, "Not possible here", text, None))
            .into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    add_strict_transport(headers, &state.config.public());
    // Only the workshop may show it in a frame.
    let workshops: Vec<String> = Addresses::of(&state.config).workshops().map(|here| here.to_string()).collect();
    let frames = format!("frame-ancestors {}", workshops.join(" "));
    if let Ok(frames) = HeaderValue::from_str(&frames) {
        headers.insert(header::CONTENT_SECURITY_POLICY, frames);
    }
    response
}

async fn found(state: &AppState, slug: &Slug, request: &Parts) -> Response {
    match state.projects.preview(slug, request.uri.path()).await {
        Ok(Some(Preview::File(file))) => send(file, &request.headers),
        Ok(Some(Preview::Redirect(path))) => {
            let query = request.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            // Not for ever: the folder may become a file.
            let headers = [(header::LOCATION, format!("{path}{query}")), (header::CACHE_CONTROL, "no-store".into())];
            (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
        }
        Ok(None) => {
            let text = "This app has no file here. Its files are listed on its page in the workshop.";
            page(StatusCode::NOT_FOUND, "No such page", text, None)
        }
        Err(error) => {
            tracing::error!(project = %slug, cause = crate::error::causes(&error), "a preview could not be read");
            let text = "The file could not be read. The log of the workshop says why.";
            page(StatusCode::INTERNAL_SERVER_ERROR, "Something broke on our side", text, None)
        }
    }
}

fn send(file: PreviewFile, headers: &HeaderMap) -> Response {
    let mut response = if same(headers, &file.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(file.file), 64 * 1024);
        let mut response = Body::from_stream(stream).into_response();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(file.len));
        response
    };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(file.cache_control));
    if let Ok(tag) = HeaderValue::from_str(&file.etag) {
        answer.insert(header::ETAG, tag);
    }
    response
}
