//! An engine that is reached by TCP and TLS, as one elsewhere would be.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use domain::sandbox::Limits;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;

use crate::Fault;
use crate::rooms::Room as _;
use crate::rooms::docker::testing::{ask, engine, order, with_shell};
use crate::rooms::docker::{Address, Engine};

/// Passes connections on to an engine's socket, through TLS when there is an acceptor.
async fn forward(socket: &Path, tls: Option<TlsAcceptor>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, socket) = (listener.local_addr().unwrap(), socket.to_owned());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (socket, tls) = (socket.clone(), tls.clone());
            tokio::spawn(async move {
                let mut engine = UnixStream::connect(socket).await?;
                match tls {
                    None => tokio::io::copy_bidirectional(&mut stream, &mut engine).await,
                    Some(tls) => tokio::io::copy_bidirectional(&mut tls.accept(stream).await?, &mut engine).await,
                }
            });
        }
    });
    address
}

/// The socket of the engine for tests.
async fn socket() -> Option<std::path::PathBuf> {
    match engine().await?.address() {
        Address::Unix(path) => Some(path.clone()),
        Address::Tcp { .. } => panic!("TATWATS_TEST_DOCKER must name a socket"),
    }
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for `name`, and its key.
    fn vouch(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// A folder for a client which trusts this authority and is vouched for by `by`.
    fn folder(&self, by: &Self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = by.vouch("client");
        for (name, text) in
            [("ca.pem", self.0.pem()), ("cert.pem", certificate.pem()), ("key.pem", key.serialize_pem())]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    /// Takes only clients that this authority vouches for.
    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let (certificate, key) = self.vouch("localhost");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

#[tokio::test]
async fn tls_is_spoken_with_whom_our_authority_vouches_for_and_nobody_else() {
    let Some(socket) = socket().await else { return };
    let (ours, others) = (Authority::new(), Authority::new());
    let port = forward(&socket, Some(ours.acceptor())).await.port();
    let connect = async |folder: &TempDir| {
        let address = Address::parse(&format!("tcp://localhost:{port}"), Some(folder.path())).unwrap();
        Engine::connect(address).await
    };
    let engine = connect(&ours.folder(&ours)).await.unwrap();
    let Some(room) = with_shell(engine).await else { return };
    let mut opened = room.open(&order()).await.unwrap();
    assert_eq!(ask(&mut opened, "echo hello").await, "hello\n");
    opened.hold.end().await.unwrap();

    for folder in [others.folder(&ours), ours.folder(&others)] {
        let fault = connect(&folder).await.unwrap_err();
        assert!(matches!(fault, Fault::Infrastructure { .. }), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_never_answers_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Address::parse(&format!("tcp://{}", listener.local_addr().unwrap()), None).unwrap();
    let fault = Engine::connect(address.clone()).await.unwrap_err();
    assert!(matches!(&fault, Fault::Infrastructure { what, .. } if what.contains(&address.to_string())), "{fault}");
}

#[tokio::test]
async fn an_engine_elsewhere_tells_of_memory_and_is_shown_no_folder_of_ours() {
    let Some(socket) = socket().await else { return };
    let address = forward(&socket, None).await;
    let engine = Engine::connect(Address::parse(&format!("tcp://{address}"), None).unwrap()).await.unwrap();
    let Some(room) = with_shell(engine).await else { return };
    let mut order = order();
    order.profile = order.profile.with(&Limits { memory_bytes: Some(32 << 20), ..Limits::default() });
    let mut opened = room.open(&order).await.unwrap();
    assert_eq!(opened.hold.pid(), None);
    assert!(!opened.hold.memory_ran_out().await);
    assert_eq!(ask(&mut opened, "dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo $?").await, "137\n");
    assert!(opened.hold.memory_ran_out().await);
    opened.hold.end().await.unwrap();

    order.proxy = Some("/tmp".into());
    let fault = room.open(&order).await.err().unwrap();
    assert!(matches!(&fault, Fault::Refused(why) if why.contains("socket of this machine")), "{fault}");
}
