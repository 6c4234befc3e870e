//! What comes over the wire and is no proper request: it is refused, and nothing behind it is taken for one.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::cookies;
use crate::http::get;
use crate::workshop::Workshop;
use crate::ws::LONG;

/// Longer than any test: what is closed sooner was closed for another reason.
const PATIENT: (&str, &str) = ("TATWATS_LIMITS_HEADER_SECONDS", "600");

/// Everything that comes back for `bytes` until the server closes the connection.
async fn exchange(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // The server may close before all is said.
    let _ = stream.write_all(bytes).await;
    to_the_end(&mut stream).await
}

async fn to_the_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut answer)).await;
    let _ = read.unwrap_or_else(|_| panic!("it stays open: {}", String::from_utf8_lossy(&answer)));
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answers: &str) -> Vec<u16> {
    answers.split("HTTP/1.").skip(1).map(|rest| rest.split(' ').nth(1).unwrap().parse().unwrap()).collect()
}

/// A request that creates a conversation, with these headers besides and this after its head, and one hidden behind it.
fn smuggling(to: SocketAddr, headers: &str, rest: &str) -> Vec<u8> {
    let cookie = cookies::of(to).unwrap();
    format!(
        "POST /api/v1/conversations HTTP/1.1\r\nhost: {to}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\n\
         {headers}\r\n\r\n{rest}GET /healthz HTTP/1.1\r\nhost: {to}\r\n\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn no_request_hides_behind_another() {
    let workshop = Workshop::set(&[PATIENT]).await;
    let to = workshop.address;
    for (headers, rest) in [
        // Two lengths, or one and pieces: whichever the proxy before us went by.
        ("content-length: 4\r\ncontent-length: 40", "{  }"),
        ("content-length: 4, 4", "{  }"),
        ("content-length: +4", "{  }"),
        ("content-length: 0x4", "{  }"),
        ("content-length: -1", ""),
        ("content-length: 4\r\ntransfer-encoding: chunked", "0\r\n\r\n"),
        ("transfer-encoding: chunked\r\ncontent-length: 4", "0\r\n\r\n"),
        ("transfer-encoding: chunked, identity", "0\r\n\r\n"),
        ("transfer-encoding: xchunked", "0\r\n\r\n"),
        ("transfer-encoding: chunked\r\ntransfer-encoding: identity", "0\r\n\r\n"),
        // Names and values that some read and some do not.
        ("transfer-encoding : chunked\r\ncontent-length: 4", "{  }"),
        (" transfer-encoding: chunked\r\ncontent-length: 4", "{  }"),
        ("x: a\r\n transfer-encoding: chunked\r\ncontent-length: 4", "{  }"),
        ("x: a\rtransfer-encoding: chunked\r\ncontent-length: 4", "{  }"),
        ("x: a\0\r\ncontent-length: 4", "{  }"),
        ("x\r\ncontent-length: 4", "{  }"),
        // Pieces whose lengths are none.
        ("transfer-encoding: chunked", "zz\r\n{  }\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "-4\r\n{  }\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "0x4\r\n{  }\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "4\n{  }\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "4;a\nb\r\n{  }\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "4\r\n{  }xx0\r\n\r\n"),
        ("transfer-encoding: chunked", "f0000000000000004\r\n{  }\r\n0\r\n\r\n"),
    ] {
        let answers = exchange(to, &smuggling(to, headers, rest)).await;
        let statuses = statuses(&answers);
        assert!(matches!(statuses[..], [400 | 422]), "{headers:?} {rest:?}: {statuses:?}");
    }
    assert!(workshop.store.conversations(None, 10).await.unwrap().is_empty());
    workshop.close().await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let workshop = Workshop::set(&[PATIENT]).await;
    let to = workshop.address;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/3.0\r\n\r\n",
        b"GET  /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /heal\0thz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"G\xe4T /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let answers = exchange(to, bytes).await;
        assert!(matches!(statuses(&answers)[..], [] | [400]), "{bytes:?}: {answers}");
    }
    // The oldest form names no host, so it is meant for nobody here.
    assert_eq!(statuses(&exchange(to, b"GET /healthz HTTP/1.0\r\n\r\n").await), [421]);
    workshop.close().await;
}

#[tokio::test]
async fn heads_that_are_too_large_or_too_many_are_refused() {
    let workshop = Workshop::set(&[PATIENT]).await;
    let to = workshop.address;
    let head = |headers: &str| format!("GET /healthz HTTP/1.1\r\nhost: {to}\r\n{headers}\r\n").into_bytes();
    let many: String = (0..70).map(|number| format!("x-{number}: y\r\n")).collect();
    let large = format!("x: {}\r\n", "y".repeat(40_000));
    assert_eq!(statuses(&exchange(to, &head(&many)).await), [431]);
    let path = format!("GET /{} HTTP/1.1\r\nhost: {to}\r\n\r\n", "x".repeat(40_000)).into_bytes();
    for bytes in [head(&large), head(&"x".repeat(100_000)), path] {
        let answers = exchange(to, &bytes).await;
        // Whoever is still talking may not hear the answer.
        assert!(matches!(statuses(&answers)[..], [431] | []), "{} bytes: {answers}", bytes.len());
    }
    let fine: String = (0..50).map(|number| format!("x-{number}: y\r\n")).collect();
    assert_eq!(statuses(&exchange(to, &head(&format!("{fine}connection: close\r\n"))).await), [200]);
    workshop.close().await;
}

#[tokio::test]
async fn whoever_says_nothing_or_too_slowly_is_cut_off() {
    let workshop = Workshop::set(&[("TATWATS_LIMITS_HEADER_SECONDS", "1")]).await;
    let to = workshop.address;
    for said in ["", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let began = Instant::now();
        assert_eq!(statuses(&exchange(to, said.as_bytes()).await), [] as [u16; 0], "{said:?}");
        assert!(began.elapsed() >= Duration::from_millis(900), "{said:?}");
    }
    // A byte now and then does not help.
    let mut stream = TcpStream::connect(to).await.unwrap();
    let began = Instant::now();
    while stream.write_all(b"x").await.is_ok() && began.elapsed() < LONG {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(began.elapsed() < LONG, "it may go on for ever");
    workshop.close().await;
}

#[tokio::test]
async fn a_body_that_pauses_is_given_up() {
    let workshop = Workshop::set(&[PATIENT, ("TATWATS_LIMITS_BODY_SECONDS", "1")]).await;
    let to = workshop.address;
    let cookie = cookies::of(to).unwrap();
    for (path, kind, status) in
        [("/api/v1/conversations", "application/json", 408), ("/sign-in", "application/x-www-form-urlencoded", 400)]
    {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {to}\r\ncookie: {cookie}\r\ncontent-type: {kind}\r\ncontent-length: 1000\r\n\r\n{{"
        );
        assert_eq!(statuses(&exchange(to, head.as_bytes()).await), [status], "{path}");
    }
    assert_eq!(get(to, "/healthz").send().await.status, 200);
    workshop.close().await;
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_then_lets_the_server_stop() {
    let workshop = Workshop::set(&[PATIENT]).await;
    let to = workshop.address;
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {to}\r\n\r\n");
    stream.write_all(request.repeat(3).as_bytes()).await.unwrap();
    let mut answers = String::new();
    while statuses(&answers).len() < 3 || !answers.ends_with("ok\n") {
        let mut piece = [0; 4_096];
        let read = timeout(LONG, stream.read(&mut piece)).await.unwrap().unwrap();
        assert!(read > 0, "{answers}");
        answers.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    assert_eq!(statuses(&answers), [200, 200, 200]);
    let (_, rest) = tokio::join!(workshop.close(), to_the_end(&mut stream));
    assert_eq!(rest, "");
}
