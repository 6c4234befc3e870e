//! A project's app under a host name of its own, `<slug>.localhost` or one below the public name: its files and nothing of the workshop.
//!
//! Another origin, so the browser keeps its code away from the workshop; no cookies, no session, no other route.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::Slug;
use projects::preview::{Preview, PreviewFile};
use tokio_util::io::ReaderStream;

use crate::assets::same;
use crate::serve::{Addresses, add_strict_transport};
use crate::state::AppState;

/// Answers a request to the preview of `slug`.
pub async fn answer(state: &AppState, slug: &Slug, request: &Parts) -> Response {
    let mut response = if matches!(request.method, Method::GET | Method::HEAD) {
        found(state, slug, request).await
    } else {
        let text = "A preview only shows files: use GET or HEAD.";
        ([(header::ALLOW, "GET, HEAD")], page(StatusCode::METHOD_NOT_ALLOWED, "Not possible here", text))
            .into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    // Neighbours under `localhost` share no process and no `document.domain`.
    headers.insert("origin-agent-cluster", HeaderValue::from_static("?1"));
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
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, format!("{path}{query}"))]).into_response()
        }
        Ok(None) => missing(state, slug).await,
        Err(error) => {
            tracing::error!(project = %slug, cause = crate::error::causes(&error), "a preview could not be read");
            page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something broke on our side",
                "The file could not be read. The log of the workshop says why.",
            )
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

async fn missing(state: &AppState, slug: &Slug) -> Response {
    match state.store.project(slug).await {
        Ok(Some(_)) => page(
            StatusCode::NOT_FOUND,
            "No such page",
            "This app has no file here. Its files are listed on its page in the workshop.",
        ),
        Ok(None) => page(
            StatusCode::NOT_FOUND,
            "No such app",
            "No project of this name has been made yet. In the workshop, say: /scaffold and the name.",
        ),
        Err(error) => crate::error::ApiError::from(error).into_response(),
    }
}

/// A small page that needs no other file.
fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p>{text}</p></html>"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
