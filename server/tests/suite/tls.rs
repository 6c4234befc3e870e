//! TLS of the server itself: handshakes, cookies, live connections, and certificates that come while it runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::stream::{CLOSE_RESTART, ServerFrame};
use domain::{Actor, Role};
use futures_util::StreamExt;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::cookies;
use crate::workshop::Workshop;
use crate::ws::LONG;

/// The files of a certificate for this machine.
struct Certificate {
    folder: TempDir,
}

impl Certificate {
    fn new() -> Self {
        let certificate = Self { folder: tempfile::tempdir().unwrap() };
        certificate.renew();
        certificate
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes another certificate and key; gives the certificate.
    fn renew(&self) -> CertificateDer<'static> {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
        std::fs::write(self.path("certificate.pem"), made.cert.pem()).unwrap();
        made.cert.der().clone()
    }

    async fn workshop(&self) -> Workshop {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let (certificate, key) = (text(&self.path("certificate.pem")), text(&self.path("key.pem")));
        Workshop::set(&[
            ("TATWATS_TLS_CERTIFICATE", &certificate),
            ("TATWATS_TLS_KEY", &key),
            // What ends sooner ends for another reason.
            ("TATWATS_LIMITS_HEADER_SECONDS", "600"),
        ])
        .await
    }

    /// A connection on which the server shows the certificate that is in the file now.
    async fn connect(&self, to: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("certificate.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(to).await?;
        let name = ServerName::try_from("localhost").unwrap();
        timeout(LONG, TlsConnector::from(Arc::new(config)).connect(name, stream)).await.expect("no handshake")
    }

    /// Asks over a connection of its own; the whole answer as text.
    async fn ask(&self, to: SocketAddr, request: &str, headers: &str, body: &str) -> String {
        let mut stream = self.connect(to).await.unwrap();
        let port = to.port();
        let text = format!(
            "{request} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(LONG, stream.read_to_end(&mut answer)).await.expect("no end").unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[tokio::test]
async fn over_tls_everything_says_so() {
    let certificate = Certificate::new();
    let workshop = certificate.workshop().await;
    let (to, port) = (workshop.address, workshop.address.port());
    assert_eq!(workshop.server.origin().to_string(), format!("https://127.0.0.1:{port}"));
    let stream = certificate.connect(to).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    drop(stream);

    let page = certificate.ask(to, "GET /sign-in", "", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("strict-transport-security: max-age=31536000"), "{page}");
    assert!(page.contains(&format!("connect-src 'self' wss://localhost:{port};")), "{page}");
    assert!(page.contains(&format!("frame-src https://*.localhost:{port};")), "{page}");

    let who =
        accounts::NewPerson { name: "ada".into(), display_name: "Ada".into(), password: cookies::PASSWORD.into() };
    let accounts = &workshop.server.state.accounts;
    accounts.create_user(&Actor::system(), who, Some(Role::Viewer)).await.unwrap();
    let form = format!("name=ada&password={}", cookies::PASSWORD.replace(' ', "+"));
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    let sign_in =
        async |origin: &str| certificate.ask(to, "POST /sign-in", &format!("{kind}origin: {origin}\r\n"), &form).await;
    let refused = sign_in(&format!("http://localhost:{port}")).await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let answer = sign_in(&format!("https://localhost:{port}")).await;
    let cookie =
        answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
    assert!(cookie.starts_with("__Host-tatwats_session=") && cookie.ends_with("; Secure"), "{cookie}");
    let (cookie, _) = cookie.split_once(';').unwrap();
    let account = certificate.ask(to, "GET /api/v1/account", &format!("cookie: {cookie}\r\n"), "").await;
    assert!(account.starts_with("HTTP/1.1 200") && account.contains("\"place\":\"127.0.0.1\""), "{account}");
    workshop.close().await;
}

#[tokio::test]
async fn live_connections_work_and_end_in_order() {
    let certificate = Certificate::new();
    let workshop = certificate.workshop().await;
    let to = workshop.address;
    let stream = certificate.connect(to).await.unwrap();
    let mut request = format!("wss://localhost:{}/api/v1/events", to.port()).into_client_request().unwrap();
    let token = cookies::token(&workshop.store, 3_600).await;
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("no greeting") };
    assert!(matches!(serde_json::from_str(&text).unwrap(), ServerFrame::Hello { .. }), "{text}");
    let goodbye = async {
        loop {
            match timeout(LONG, socket.next()).await.expect("no goodbye") {
                Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let (code, ()) = tokio::join!(goodbye, workshop.close());
    assert_eq!(CLOSE_RESTART, code);
}

#[tokio::test]
async fn whoever_stalls_a_handshake_holds_nobody_up() {
    let certificate = Certificate::new();
    let workshop = certificate.workshop().await;
    let to = workshop.address;
    let mut stalled = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(to).await.unwrap();
        // The beginning of a greeting that never goes on.
        stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00").await.unwrap();
        stalled.push(stream);
    }
    assert!(certificate.ask(to, "GET /healthz", "", "").await.starts_with("HTTP/1.1 200"));
    let mut answer = Vec::new();
    let mut plain = TcpStream::connect(to).await.unwrap();
    plain.write_all(format!("GET /healthz HTTP/1.1\r\nhost: {to}\r\n\r\n").as_bytes()).await.unwrap();
    let _ = timeout(LONG, plain.read_to_end(&mut answer)).await.expect("plain HTTP is left hanging");
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "nothing is answered in the clear");
    // They are given up, each after the same patience.
    let first = &mut stalled[0];
    let _ = timeout(LONG, first.read_to_end(&mut answer)).await.expect("a stalled handshake is kept for ever");
    workshop.close().await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let certificate = Certificate::new();
    let workshop = certificate.workshop().await;
    let to = workshop.address;
    certificate.connect(to).await.unwrap();
    let second = certificate.renew();
    let shown = timeout(LONG, async {
        loop {
            // Until the server shows the one that is in the file.
            if let Ok(stream) = certificate.connect(to).await {
                return stream.get_ref().1.peer_certificates().unwrap()[0].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(shown.await.expect("the new certificate is not shown"), second);
    assert!(certificate.ask(to, "GET /healthz", "", "").await.starts_with("HTTP/1.1 200"));
    workshop.close().await;
}
