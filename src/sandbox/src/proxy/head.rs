//! Reading what a guest asks for, strictly: what two readers could understand in two ways is refused.

use tokio::io::{AsyncRead, AsyncReadExt as _};
use url::Url;

use super::allow::authority;

/// Most bytes of a head, asked or answered.
pub(super) const MOST_HEAD: usize = 16 * 1024;
/// Most lines in one.
const MOST_FIELDS: usize = 64;

/// What a guest asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// In lower case, without a dot at its end.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A connection, over which TLS is spoken.
    Tunnel,
    /// One answer, without TLS.
    Fetch { method: &'static str, path: String, fields: Fields },
}

/// Fields of a head, in order.
pub(super) type Fields = Vec<(String, Vec<u8>)>;

/// A head that is not taken: the status to answer, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad(pub(super) u16, pub(super) &'static str);

/// Reads until a head is whole. Gives it, with its empty line, and what came after.
pub(super) async fn read_head(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Result<(Vec<u8>, Vec<u8>), Bad>> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        let before = bytes.len();
        if from.read_buf(&mut bytes).await? == 0 {
            return Ok(Err(Bad(400, "it ends in the middle")));
        }
        let seen = before.saturating_sub(3);
        if let Some(end) = bytes[seen..].windows(4).position(|part| part == b"\r\n\r\n") {
            let after = bytes.split_off(seen + end + 4);
            return Ok(Ok((bytes, after)));
        }
        if bytes.len() > MOST_HEAD {
            return Ok(Err(Bad(431, "its head is too long")));
        }
    }
}

/// Understands the head of a request.
pub(super) fn request(head: &[u8]) -> Result<Request, Bad> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    check_lines(head)?;
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Bad(431, "its head has too many lines")),
        _ => return Err(Bad(400, "its head is wrong")),
    }
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else { return Err(Bad(400, "its head is wrong")) };
    let fields: Fields =
        parsed.headers.iter().map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec())).collect();
    let all = |name: &str| fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value).collect::<Vec<_>>();
    // No request here has a body; one could hide another request.
    if !all("transfer-encoding").is_empty() || all("content-length").iter().any(|length| *length != b"0") {
        return Err(Bad(400, "it has a body"));
    }
    let (host, port, what) = match method {
        "CONNECT" => {
            let (host, port) =
                authority(target, 0).filter(|(_, port)| *port != 0).ok_or(Bad(400, "its place is wrong"))?;
            (host, port, What::Tunnel)
        }
        "GET" | "HEAD" => {
            let url = Url::parse(target).map_err(|_| Bad(400, "its address is wrong"))?;
            let named = url.username().is_empty() && url.password().is_none();
            if url.scheme() != "http" || !named || !target.is_ascii() {
                return Err(Bad(400, "its address is wrong"));
            }
            let (host, port) = url
                .host_str()
                .and_then(|host| authority(host, url.port_or_known_default()?))
                .ok_or(Bad(400, "its address is wrong"))?;
            let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
            let method = if method == "GET" { "GET" } else { "HEAD" };
            (host, port, What::Fetch { method, path, fields: end_to_end(fields.clone()) })
        }
        _ => return Err(Bad(405, "only CONNECT, GET and HEAD are let through")),
    };
    match all("host").as_slice() {
        [] => {}
        [named] if is_same(named, &host, port) => {}
        _ => return Err(Bad(400, "it names two hosts")),
    }
    Ok(Request { host, port, what })
}

/// Rewrites the head of an answer, so that nobody expects a second one on the same connection. `None` when it is none.
pub(super) fn answer(head: &[u8]) -> Option<Vec<u8>> {
    let mut fields = [httparse::EMPTY_HEADER; 2 * MOST_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    check_lines(head).ok()?;
    if !parsed.parse(head).ok()?.is_complete() {
        return None;
    }
    let mut out = format!("HTTP/1.1 {} {}\r\n", parsed.code?, parsed.reason.unwrap_or_default()).into_bytes();
    let fields = parsed.headers.iter().map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec()));
    // How long the body is stays as it was said.
    let kept = |name: &str| matches!(name, "content-length" | "transfer-encoding");
    let (length, rest): (Fields, Fields) = fields.partition(|(name, _)| kept(name));
    write(&mut out, &length);
    write(&mut out, &end_to_end(rest));
    out.extend(b"connection: close\r\n\r\n");
    Some(out)
}

/// The status of an answer.
pub(super) fn status(head: &[u8]) -> Option<u16> {
    let mut fields = [httparse::EMPTY_HEADER; 2 * MOST_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    parsed.parse(head).ok()?;
    parsed.code
}

pub(super) fn write(out: &mut Vec<u8>, fields: &Fields) {
    for (name, value) in fields {
        out.extend(name.as_bytes());
        out.extend(b": ");
        out.extend(value);
        out.extend(b"\r\n");
    }
}

/// Without the fields that are only for the next one on the way.
fn end_to_end(fields: Fields) -> Fields {
    let named: Vec<String> = fields
        .iter()
        .filter(|(name, _)| name == "connection")
        .flat_map(|(_, value)| {
            String::from_utf8_lossy(value).split(',').map(|name| name.trim().to_lowercase()).collect::<Vec<_>>()
        })
        .collect();
    let stays = |name: &str| {
        !matches!(
            name,
            "connection" | "host" | "keep-alive" | "te" | "trailer" | "upgrade" | "expect" | "http2-settings"
        ) && !matches!(name, "transfer-encoding" | "content-length")
            && !name.starts_with("proxy-")
            && !named.iter().any(|other| other == name)
    };
    fields.into_iter().filter(|(name, _)| stays(name)).collect()
}

/// Each line ends in the one right way, and none goes on in the next.
fn check_lines(head: &[u8]) -> Result<(), Bad> {
    let wrong = |pair: &[u8]| match pair {
        [before, b'\n'] => *before != b'\r',
        [b'\r', after] => *after != b'\n',
        [b'\n', after] => matches!(after, b' ' | b'\t'),
        [0, _] => true,
        _ => false,
    };
    if head.windows(2).any(wrong) { Err(Bad(400, "its lines are wrong")) } else { Ok(()) }
}

/// Whether the field `Host` names the same place; its port may be left out.
fn is_same(named: &[u8], host: &str, port: u16) -> bool {
    let named = std::str::from_utf8(named).ok().and_then(|named| authority(named.trim(), port));
    named.is_some_and(|(named, at)| named == host && at == port)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(head: &str) -> Result<Request, Bad> {
        request(head.as_bytes())
    }

    #[test]
    fn a_tunnel_and_a_fetch_are_understood() {
        let tunnel = Request { host: "packages.example".into(), port: 443, what: What::Tunnel };
        for head in [
            "CONNECT packages.example:443 HTTP/1.1\r\n\r\n",
            "CONNECT Packages.Example.:443 HTTP/1.1\r\nHost: packages.example:443\r\nProxy-Connection: close\r\n\r\n",
            "CONNECT packages.example:443 HTTP/1.0\r\nhost: packages.example\r\n\r\n",
        ] {
            assert_eq!(read(head).as_ref(), Ok(&tunnel), "{head}");
        }
        let head = "GET http://Packages.Example:4873/a%20b?c=d#e HTTP/1.1\r\nHost: packages.example:4873\r\nAccept: */*\r\n\
                    Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nProxy-Authorization: x\r\nKeep-Alive: 5\r\n\r\n";
        let fields = vec![("accept".to_owned(), b"*/*".to_vec())];
        let what = What::Fetch { method: "GET", path: "/a%20b?c=d".into(), fields };
        assert_eq!(read(head), Ok(Request { host: "packages.example".into(), port: 4873, what }));
        assert_eq!(read("HEAD http://a.example HTTP/1.1\r\n\r\n").unwrap().port, 80);
    }

    #[test]
    fn whatever_could_be_read_in_two_ways_is_refused() {
        for (head, status) in [
            ("CONNECT a.example HTTP/1.1\r\n\r\n", 400),
            ("CONNECT a.example:443/ HTTP/1.1\r\n\r\n", 400),
            ("CONNECT http://a.example:443 HTTP/1.1\r\n\r\n", 400),
            ("CONNECT u@a.example:443 HTTP/1.1\r\n\r\n", 400),
            ("CONNECT a.example:443:443 HTTP/1.1\r\n\r\n", 400),
            ("CONNECT a.example:00443x HTTP/1.1\r\n\r\n", 400),
            ("CONNECT  a.example:443 HTTP/1.1\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\nHost: a.example\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n x: y\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nHost : a.example\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nX: a\rb\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/1.1\r\nX: a\0b\r\n\r\n", 400),
            ("CONNECT a.example:443 HTTP/2.0\r\n\r\n", 400),
            ("CONNECT a.example:443\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
            ("GET https://a.example/ HTTP/1.1\r\n\r\n", 400),
            ("GET http://u:p@a.example/ HTTP/1.1\r\n\r\n", 400),
            ("GET file:///etc/passwd HTTP/1.1\r\n\r\n", 400),
            ("GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n", 400),
            ("GET http://a.example/ HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 7\r\n\r\n", 400),
            ("POST http://a.example/ HTTP/1.1\r\n\r\n", 405),
            ("PUT http://a.example/ HTTP/1.1\r\n\r\n", 405),
            ("connect a.example:443 HTTP/1.1\r\n\r\n", 405),
            ("\r\n\r\n", 400),
        ] {
            assert_eq!(read(head).map_err(|bad| bad.0), Err(status), "{head:?}");
        }
        let many = format!("CONNECT a.example:443 HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(65));
        assert_eq!(read(&many).map_err(|bad| bad.0), Err(431));
    }

    #[test]
    fn an_answer_promises_no_second_one() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nEtag: \"x\"\r\n\r\n";
        let out = String::from_utf8(answer(head).unwrap()).unwrap();
        assert_eq!(out, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\netag: \"x\"\r\nconnection: close\r\n\r\n");
        assert_eq!(answer(b"SSH-2.0-x\r\n\r\n"), None);
    }

    #[tokio::test]
    async fn a_head_is_read_to_its_end_and_no_further_than_it_may_be() {
        let (head, after) = read_head(&mut &b"A\r\n\r\nrest"[..]).await.unwrap().unwrap();
        assert_eq!((head.as_slice(), after.as_slice()), (&b"A\r\n\r\n"[..], &b"rest"[..]));
        assert_eq!(read_head(&mut &b"A\r\n"[..]).await.unwrap(), Err(Bad(400, "it ends in the middle")));
        assert_eq!(read_head(&mut &[b'a'; 20_000][..]).await.unwrap(), Err(Bad(431, "its head is too long")));
    }

    proptest! {
        #[test]
        fn what_is_understood_names_a_plain_place(head in "(CONNECT|GET|HEAD) (http://)?[a-zA-Z.:@/\\[\\]0-9 -]{1,30} HTTP/1\\.[01](\r\n|\n|\r)([a-zA-Z -]{1,9}:[ -~]{0,9}\r\n){0,3}\r\n") {
            if let Ok(request) = read(&head) {
                prop_assert!(request.port > 0);
                prop_assert!(!request.host.is_empty() && !request.host.contains(['/', '@', ' ']));
                prop_assert_eq!(request.host.to_ascii_lowercase(), request.host);
            }
        }
    }
}
