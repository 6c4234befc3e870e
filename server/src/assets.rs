//! The site folder: built scripts and styles under `/pkg`, and the files of `public/` at the root.
//!
//! Files are served compressed when the build left `.br` or `.gz` beside them, with an `ETag`, and for ever when their
//! names change with their content.

use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use leptos_config::LeptosOptions;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

/// The file of the site that `path` names, if there is one. Where it lies compressed only, whoever takes nothing compressed
/// gets it unpacked.
///
/// # Errors
/// Failures of the file system other than “no such file”.
pub async fn find(options: &LeptosOptions, path: &str, headers: &HeaderMap) -> io::Result<Option<Response>> {
    let Some(wanted) = checked(path) else { return Ok(None) };
    let plain = Path::new(&*options.site_root).join(wanted);
    let beside = |suffix| PathBuf::from(format!("{}.{suffix}", plain.display()));
    let mut response = None;
    for (coding, suffix) in CODINGS.into_iter().filter(|(coding, _)| takes(headers, coding)) {
        if let Some(found) = open(&beside(suffix)).await? {
            let mut answer = found.answer(headers);
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            response = Some(answer);
            break;
        }
    }
    if response.is_none() {
        response = open(&plain).await?.map(|found| found.answer(headers));
    }
    if response.is_none()
        && let Some(found) = open(&beside("gz")).await?
    {
        response = Some(found.unpacked(headers).await?);
    }
    Ok(response.map(|mut response| {
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(wanted)));
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime(options, wanted)));
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }))
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

/// What files lie there compressed by, the best first, and what that adds to their names.
const CODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// Whether the browser takes what is written in `coding`.
pub(crate) fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let said = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        name.trim() == coding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// A file of the site.
struct Found {
    file: File,
    length: u64,
    /// Of this version of it.
    tag: String,
}

async fn open(path: &Path) -> io::Result<Option<Found>> {
    let file = match File::open(path).await {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let found = file.metadata().await?;
    let tag = format!("{:x}-{:x}-{:x}", found.len(), found.mtime(), found.mtime_nsec());
    Ok(found.is_file().then_some(Found { file, length: found.len(), tag }))
}

impl Found {
    /// The file as it is.
    fn answer(self, headers: &HeaderMap) -> Response {
        tagged(headers, &format!("\"{}\"", self.tag)).unwrap_or_else(|tag| {
            let body = Body::from_stream(ReaderStream::with_capacity(self.file, 64 * 1024));
            ([(header::ETAG, tag), (header::CONTENT_LENGTH, self.length.to_string())], body).into_response()
        })
    }

    /// What was compressed into the file by gzip.
    async fn unpacked(self, headers: &HeaderMap) -> io::Result<Response> {
        let tag = match tagged(headers, &format!("\"{}-plain\"", self.tag)) {
            Ok(response) => return Ok(response),
            Err(tag) => tag,
        };
        let file = self.file.into_std().await;
        let unpack = move || {
            let mut plain = Vec::new();
            GzDecoder::new(file).read_to_end(&mut plain).map(|_| plain)
        };
        let plain = tokio::task::spawn_blocking(unpack).await.map_err(io::Error::other)??;
        Ok(([(header::ETAG, tag)], plain).into_response())
    }
}

/// That the browser has what `tag` stands for, or else the tag.
fn tagged(headers: &HeaderMap, tag: &str) -> Result<Response, String> {
    if same(headers, tag) {
        Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response())
    } else {
        Err(tag.to_owned())
    }
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
    use std::io::Write as _;

    use axum::body::to_bytes;
    use flate2::Compression;
    use flate2::write::GzEncoder;

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
    async fn what_lies_there_compressed_only_is_unpacked_for_whoever_needs_it_plain() {
        let (folder, options) = site();
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(b"styles").unwrap();
        std::fs::write(folder.path().join("pkg/tatwats.css.gz"), packed.finish().unwrap()).unwrap();
        let styles = async |headers: &[(header::HeaderName, &str)]| {
            find(&options, "/pkg/tatwats.css", &ask(headers)).await.unwrap().unwrap()
        };
        assert_eq!(styles(&[(header::ACCEPT_ENCODING, "gzip")]).await.headers()["content-encoding"], "gzip");
        let plain = styles(&[(header::ACCEPT_ENCODING, "br")]).await;
        assert_eq!(plain.headers().get("content-encoding"), None);
        assert_eq!(plain.headers()["content-type"], "text/css; charset=utf-8");
        let tag = plain.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(text(plain).await, "styles");
        assert_eq!(styles(&[(header::IF_NONE_MATCH, &tag)]).await.status(), StatusCode::NOT_MODIFIED);
        // Another coding is another version.
        let packed = styles(&[(header::IF_NONE_MATCH, &tag), (header::ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!(packed.status(), StatusCode::OK);
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
