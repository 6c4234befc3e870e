//! Which page a request came from: only the workshop's own pages may act on it.
//!
//! Browsers say with every request that could change something where it comes from, and pages cannot forge it. Programs
//! that are no browsers say nothing, and go on to the door, which asks who they are.

use std::cell::LazyCell;

use axum::http::{HeaderMap, HeaderName, Method, header};
use domain::{Error, ErrorCode, Result};

use crate::config::Origin;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request with `method` and `headers` to the workshop at `here` may act.
///
/// # Errors
/// `Forbidden`, when it comes from a page that is not the workshop's: another site, or a project's preview.
pub(super) fn check(method: &Method, headers: &HeaderMap, here: &Origin) -> Result<()> {
    if method.is_safe() && !is_upgrade(headers) {
        return Ok(());
    }
    let mut origins = headers.get_all(header::ORIGIN).iter().map(|value| value.to_str().unwrap_or("null"));
    // Programs name none.
    let own = LazyCell::new(|| here.to_string());
    if let Some(foreign) = origins.find(|origin| !origin.eq_ignore_ascii_case(&own)) {
        return Err(refusal(foreign));
    }
    match headers.get(FETCH_SITE).map(|value| value.to_str().unwrap_or("unknown")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(site) => Err(refusal(site)),
    }
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}

fn refusal(from: &str) -> Error {
    let message = format!(
        "This came from another page ({from}), and only the workshop's own pages may act on it. Open the workshop itself and do it there."
    );
    Error::new(ErrorCode::Forbidden, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        check(&method, &map, &Origin::parse("http://localhost:3000").unwrap()).is_ok()
    }

    #[test]
    fn only_own_pages_and_programs_may_act() {
        for fine in [
            &[][..],
            &[("origin", "http://localhost:3000")],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(allowed(Method::POST, fine), "{fine:?}");
        }
        for foreign in [
            &[("origin", "http://pods.localhost:3000")][..],
            &[("origin", "http://127.0.0.1:3000")],
            &[("origin", "http://localhost:3001")],
            &[("origin", "https://localhost:3000")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-site")],
            &[("origin", "http://localhost:3000"), ("origin", "https://evil.example")],
        ] {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                assert!(!allowed(method, foreign), "{foreign:?}");
            }
            assert!(allowed(Method::GET, foreign), "reading is kept apart by the browser");
        }
    }

    #[test]
    fn an_upgrade_counts_as_acting() {
        assert!(!allowed(Method::GET, &[("upgrade", "websocket"), ("origin", "http://pods.localhost:3000")]));
        assert!(allowed(Method::GET, &[("upgrade", "websocket"), ("origin", "http://localhost:3000")]));
    }
}
