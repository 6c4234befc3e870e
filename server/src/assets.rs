//! The site folder: built scripts and styles under `/pkg`, and the files of `public/` at the root.
//!
//! Files are served compressed when the build left `.br` or `.gz` beside them, with an `ETag`, and for ever when their
//! names change with their content.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos_config::LeptosOptions;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

/// The file of the site that `path` names, if there is one.
///
/// # Errors
/// Failures of the file system other than “no such file”.
pub async fn find(options: &LeptosOptions, path: &str, headers: &HeaderMap) -> io::Result<Option<Response>> {
    let Some(wanted) = checked(path) else { return Ok(None) };
    let plain = Path::new(&*options.site_root).join(wanted);
    for (coding, suffix) in accepted(headers) {
        let file =
            if suffix.is_empty() { plain.clone() } else { PathBuf::from(format!("{}.{suffix}", plain.display())) };
        if let Some(mut response) = open(&file, headers).await? {
            let answer = response.headers_mut();
            answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(wanted)));
            answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime(options, wanted)));
            answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            if let Some(coding) = coding {
                answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            return Ok(Some(response));
        }
    }
    Ok(None)
}

/// A path of plain names without hidden ones; what the build makes needs no more.
fn checked(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let plain = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    path.split('/').all(plain).then_some(path)
}

/// What the browser takes, best first: (coding, suffix of the file).
fn accepted(headers: &HeaderMap) -> Vec<(Option<&'static str>, &'static str)> {
    let compressed = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(coding, _)| takes(headers, coding));
    compressed.map(|(coding, suffix)| (Some(coding), suffix)).chain([(None, "")]).collect()
}

/// Whether the browser takes what is written in `coding`.
pub(crate) fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let said = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        name.trim() == coding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

async fn open(path: &Path, headers: &HeaderMap) -> io::Result<Option<Response>> {
    let file = match File::open(path).await {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let found = file.metadata().await?;
    if !found.is_file() {
        return Ok(None);
    }
    let tag = format!("\"{:x}-{:x}-{:x}\"", found.len(), found.mtime(), found.mtime_nsec());
    let mut response = if same(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024)).into_response();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(found.len()));
        response
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(Some(response))
}

/// Whether the browser has it already. Tags are compared weakly (RFC 9110).
pub(crate) fn same(headers: &HeaderMap, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == "*" || bare(known) == bare(tag))
}

/// Names that change with their content are kept for ever; everything else is asked for anew, which costs a 304.
fn lifetime(options: &LeptosOptions, path: &str) -> &'static str {
    let hashed =
        options.hash_files && path.strip_prefix(&*options.site_pkg_dir).is_some_and(|rest| rest.starts_with('/'));
    if hashed || path.starts_with("fonts/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn site() -> (tempfile::TempDir, LeptosOptions) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("pkg")).unwrap();
        for (name, text) in
            [("pkg/tatwats.wasm", "plain"), ("pkg/tatwats.wasm.br", "brotli"), ("sw.js", "sw"), (".env", "secret")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let options =
            LeptosOptions::builder().output_name("tatwats").site_root(folder.path().to_str().unwrap()).build();
        (folder, options)
    }

    fn ask(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    async fn text(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1000).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_compressed_file_goes_to_whoever_takes_it() {
        let (_folder, options) = site();
        let wasm = "/pkg/tatwats.wasm";
        let small = find(&options, wasm, &ask(&[(header::ACCEPT_ENCODING, "gzip, br")])).await.unwrap().unwrap();
        assert_eq!(small.headers()["content-encoding"], "br");
        assert_eq!(small.headers()["content-type"], "application/wasm");
        assert_eq!(text(small).await, "brotli");
        let plain = find(&options, wasm, &ask(&[(header::ACCEPT_ENCODING, "br;q=0, gzip")])).await.unwrap().unwrap();
        assert_eq!(plain.headers().get("content-encoding"), None);
        assert_eq!(text(plain).await, "plain");
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let (_folder, options) = site();
        let first = find(&options, "/sw.js", &HeaderMap::new()).await.unwrap().unwrap();
        assert_eq!(first.headers()["cache-control"], "no-cache");
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let again = find(&options, "/sw.js", &ask(&[(header::IF_NONE_MATCH, &format!("\"x\", W/{tag}"))]))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(text(again).await, "");
    }

    #[tokio::test]
    async fn nothing_else_is_ever_found() {
        let (_folder, options) = site();
        for path in [
            "/.env",
            "/pkg",
            "/pkg/",
            "/",
            "",
            "/../x",
            "/pkg/../.env",
            "/pkg//tatwats.wasm",
            "/%2eenv",
            "/pkg/tatwats.js",
            "/sw.js/x",
        ] {
            assert!(find(&options, path, &HeaderMap::new()).await.unwrap().is_none(), "{path}");
        }
    }

    #[test]
    fn hashed_names_are_kept_for_ever() {
        let mut options = site().1;
        assert_eq!(lifetime(&options, "pkg/tatwats.js"), "no-cache");
        options.hash_files = true;
        assert!(lifetime(&options, "pkg/tatwats.abc.js").contains("immutable"));
        assert_eq!(lifetime(&options, "sw.js"), "no-cache");
        assert!(lifetime(&options, "fonts/inter.woff2").contains("immutable"));
    }
}
