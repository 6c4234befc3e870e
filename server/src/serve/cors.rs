//! Pages of other sites: those in the settings may use the API, with a token and never with a cookie.
//!
//! Nothing here lets anyone in. It tells browsers which pages may read an answer; the door asks for the token.

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::api;
use crate::config::Origin;

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
/// What a page may send; a cookie is not among it, since nothing here says that credentials are welcome.
const SENT: &str = "authorization, content-type, idempotency-key, last-event-id";
/// What a page may read besides the body.
const READ: &str = "content-disposition, location, retry-after, www-authenticate, x-request-id";
/// How long a browser may keep this answer, in seconds.
const KEPT: &str = "600";

/// A page of a welcome site that asks something of the API.
pub(super) struct Guest {
    origin: HeaderValue,
    /// Whether its browser only asks what it may ask.
    pub(super) asks_beforehand: bool,
    /// Whether it shows a token: then it acts with the token's rights, wherever the page is from. A cookie that came
    /// along is not looked at.
    pub(super) shows_token: bool,
}

impl Guest {
    /// Where `request` comes from, when that is one of `sites`.
    pub(super) fn of(request: &Request, sites: &[Origin]) -> Option<Self> {
        if sites.is_empty() || !api::serves(request.uri().path()) {
            return None;
        }
        let headers = request.headers();
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (origin, None) = (origins.next()?, origins.next()) else { return None };
        let text = origin.to_str().ok()?;
        let asks_beforehand =
            request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let shows_token = headers.contains_key(header::AUTHORIZATION);
        let guest = || Self { origin: origin.clone(), asks_beforehand, shows_token };
        sites.iter().any(|site| site.to_string() == text).then(guest)
    }

    /// Tells its browser what it may read of the answer, or ask.
    pub(super) fn mark(self, headers: &mut HeaderMap) {
        if self.asks_beforehand {
            set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
            set(headers, header::ACCESS_CONTROL_MAX_AGE, KEPT);
        } else {
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, READ);
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin);
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

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
        fn acts_by_token(request: &Request, sites: &[Origin]) -> bool {
            Guest::of(request, sites).is_some_and(|guest| guest.shows_token)
        }
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
