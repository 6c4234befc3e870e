//! Pages compressed on their way out, for browsers that take it. A page is text that says much twice: a fifth of it is left.
//!
//! What programs are told goes as it is: it is short, or on its way over the loopback. Files of the site lie there compressed.
//! A page that nobody is to keep may show a secret, of which its length would tell something (BREACH): it goes as it is too.

use std::io::Write;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Error;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::task::spawn_blocking;

use crate::error::ApiError;

/// Below so many bytes nothing is gained: they go in one packet anyway.
const SHORT: u64 = 1024;

/// `answer` compressed if it is a page, whole, and long enough; else as it was.
pub(super) async fn page(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = axum::body::HttpBody::size_hint(&body).exact();
    let said = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fit = said(header::CONTENT_TYPE).starts_with("text/html")
        && !said(header::CACHE_CONTROL).contains("no-store")
        && !parts.headers.contains_key(header::CONTENT_ENCODING);
    if !fit || whole.is_none_or(|length| length < SHORT) {
        return Response::from_parts(parts, body);
    }
    match smaller(body).await {
        Ok(small) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
            Response::from_parts(parts, Body::from(small))
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

async fn smaller(body: Body) -> Result<Vec<u8>, Error> {
    let bytes = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    // A page of a thousand rows takes milliseconds.
    spawn_blocking(move || gzip(&bytes)).await.map_err(Error::internal)?.map_err(Error::internal)
}

fn gzip(bytes: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    out.write_all(bytes)?;
    out.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn answer(kind: &'static str, text: &str) -> Response {
        ([(header::CONTENT_TYPE, kind)], text.to_owned()).into_response()
    }

    #[tokio::test]
    async fn a_page_is_small_and_the_same() {
        let text = "<li>a row of a long page</li>".repeat(100);
        let small = page(answer("text/html; charset=utf-8", &text)).await;
        assert_eq!(
            (&small.headers()["content-encoding"], &small.headers()["vary"]),
            (&"gzip".parse().unwrap(), &"accept-encoding".parse().unwrap())
        );
        let bytes = to_bytes(small.into_body(), usize::MAX).await.unwrap();
        assert!(bytes.len() * 5 < text.len(), "{}", bytes.len());
        let mut read = String::new();
        GzDecoder::new(&*bytes).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[tokio::test]
    async fn what_is_short_or_no_page_or_secret_goes_as_it_is() {
        let long = "<p>long</p>".repeat(200);
        let mut secret = answer("text/html", &long);
        secret.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (same, text) in [
            (answer("text/html", "<p>short</p>"), "<p>short</p>"),
            (answer("application/json", &long), &long),
            (secret, &long),
        ] {
            let same = page(same).await;
            assert!(!same.headers().contains_key("content-encoding"), "{:?}", same.headers());
            assert_eq!(to_bytes(same.into_body(), usize::MAX).await.unwrap(), text);
        }
    }
}
