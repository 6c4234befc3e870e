//! Pages of other sites: those in the settings may use the API, with a token and never with a cookie.
//!
//! Nothing here lets anyone in. It tells browsers which pages may read an answer; the door asks for the token.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::PREFIX;
use crate::config::Origin;
use crate::state::AppState;

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
/// What a page may send; a cookie is not among it, since nothing here says that credentials are welcome.
const SENT: &str = "authorization, content-type, idempotency-key, last-event-id";
/// What a page may read besides the body.
const READ: &str = "content-disposition, location, retry-after, www-authenticate, x-request-id";
/// How long a browser may keep this answer, in seconds.
const KEPT: &str = "600";

/// Answers browsers that ask beforehand, and marks the answers that such a page may read.
pub(super) async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(origin) = welcome(&request, &state.config.server.cors_origins) else { return next.run(request).await };
    let asks_beforehand =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_beforehand { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    if asks_beforehand {
        set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        set(headers, header::ACCESS_CONTROL_MAX_AGE, KEPT);
    } else {
        set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, READ);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// Whether `request` comes from a welcome page and shows a token: then it acts with the token's rights, wherever the
/// page is from. A cookie that came along is not looked at.
pub(super) fn acts_by_token(request: &Request, sites: &[Origin]) -> bool {
    request.headers().contains_key(header::AUTHORIZATION) && welcome(request, sites).is_some()
}

fn welcome(request: &Request, sites: &[Origin]) -> Option<HeaderValue> {
    let path = request.uri().path();
    if sites.is_empty() || !path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let (origin, None) = (origins.next()?, origins.next()) else { return None };
    let text = origin.to_str().ok()?;
    sites.iter().any(|site| site.to_string() == text).then(|| origin.clone())
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(path: &str, headers: &[(&str, &str)]) -> Request {
        let builder = Request::builder().uri(path);
        headers
            .iter()
            .fold(builder, |builder, (name, value)| builder.header(*name, *value))
            .body(Body::empty())
            .unwrap()
    }

    #[test]
    fn only_named_sites_only_the_api_and_only_with_a_token() {
        let sites = [Origin::parse("https://dashboard.example").unwrap()];
        let (token, site) = (("authorization", "Bearer tat_x"), ("origin", "https://dashboard.example"));
        assert!(acts_by_token(&request("/api/v1/projects", &[token, site]), &sites));
        assert!(!acts_by_token(&request("/api/v1/projects", &[token, site]), &[]));
        for (path, headers) in [
            ("/api/v1/projects", &[site, ("cookie", "tatwats_session=x")][..]),
            ("/api/v1/projects", &[token]),
            ("/api/v1/projects", &[token, ("origin", "null")]),
            ("/api/v1/projects", &[token, ("origin", "http://dashboard.example")]),
            ("/api/v1/projects", &[token, ("origin", "https://dashboard.example.evil.example")]),
            ("/api/v1/projects", &[token, site, ("origin", "https://evil.example")]),
            ("/api/v10/projects", &[token, site]),
            ("/api/fn/stop_helper", &[token, site]),
            ("/sign-in", &[token, site]),
        ] {
            assert!(!acts_by_token(&request(path, headers), &sites), "{path} {headers:?}");
        }
    }
}
