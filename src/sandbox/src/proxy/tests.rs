//! What is let through, what is not, and what was told of it. The other ends are real sockets.

mod npm;

use std::{net::SocketAddr, sync::Mutex};

use tempfile::{TempDir, tempdir};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    task::JoinHandle,
};

use super::{hello::tests::hello, *};

/// A proxy, and what it told.
struct Bench {
    proxy: Option<Proxy>,
    told: Arc<Mutex<Vec<Asked>>>,
    folder: TempDir,
}

/// Long enough for a busy machine, and short enough to wait for.
const SHORT: Patience = Patience {
    head: Duration::from_millis(300),
    connect: Duration::from_millis(2000),
    silence: Duration::from_millis(300),
};

impl Bench {
    async fn new(places: &[String]) -> Self {
        Self::with(places, Upstream::default(), Patience::default()).await
    }

    async fn with(places: &[String], upstream: Upstream, patience: Patience) -> Self {
        let (folder, told) = (tempdir().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let telling = Arc::clone(&told);
        let on_host = Box::new(move |asked| telling.lock().unwrap().push(asked));
        let registries = Registries::only(places).unwrap();
        let place = folder.path().join("deep/proxy");
        let proxy = Proxy::start_with(&place, registries, upstream, patience, on_host).await.unwrap();
        Self { proxy: Some(proxy), told, folder }
    }

    async fn connect(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join("deep/proxy/socket")).await.unwrap()
    }

    /// Says something and gives all that comes back.
    async fn say(&self, words: impl AsRef<[u8]>) -> String {
        let mut guest = self.connect().await;
        guest.write_all(words.as_ref()).await.unwrap();
        read_all(&mut guest).await
    }

    /// Ends it, and gives what it told.
    async fn told(mut self) -> Vec<Asked> {
        self.proxy.take().unwrap().close().await;
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

async fn read_all(from: &mut UnixStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut off may say so by an error.
    let _ = from.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Takes one connection: reads until what it read ends with `until`, says `answer`, and gives what it read.
async fn place(until: &'static [u8], answer: &'static [u8]) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(until) && stream.read_buf(&mut read).await.unwrap() > 0 {}
        stream.write_all(answer).await.unwrap();
        read
    });
    (address, serving)
}

fn refused(host: &str, port: u16, why: &'static str) -> Asked {
    Asked { host: host.to_owned(), port, allowed: false, why: Some(why), sent: 0, received: 0 }
}

#[tokio::test]
async fn tls_goes_through_to_a_registry_and_every_byte_is_counted() {
    let (address, serving) = place(b"END", b"ANSWER").await;
    let bench = Bench::new(&[format!("localhost:{}", address.port())]).await;
    let mut guest = bench.connect().await;
    let connect = format!("CONNECT LOCALHOST:{} HTTP/1.1\r\nHost: localhost:{0}\r\n\r\n", address.port());
    guest.write_all(connect.as_bytes()).await.unwrap();
    let mut said = vec![0; 39];
    guest.read_exact(&mut said).await.unwrap();
    assert_eq!(said, b"HTTP/1.1 200 Connection established\r\n\r\n");
    let mut greeting = hello("localhost");
    greeting.extend(b"more, and the END");
    // In two parts, as it may come over a network.
    guest.write_all(&greeting[..100]).await.unwrap();
    guest.write_all(&greeting[100..]).await.unwrap();
    assert_eq!(read_all(&mut guest).await, "ANSWER");
    drop(guest);
    assert_eq!(serving.await.unwrap(), greeting);
    let sent = greeting.len() as u64;
    let asked = Asked { host: "localhost".into(), port: address.port(), allowed: true, why: None, sent, received: 6 };
    assert_eq!(bench.told().await, [asked]);
}

#[tokio::test]
async fn everything_else_is_refused_and_told() {
    let bench = Bench::new(&["packages.example".to_owned(), "*.files.example".to_owned()]).await;
    let cases = [
        ("CONNECT evil.example:443 HTTP/1.1", 403, refused("evil.example", 443, "it is no registry of this workshop")),
        (
            "CONNECT packages.example:22 HTTP/1.1",
            403,
            refused("packages.example", 22, "it is no registry of this workshop"),
        ),
        (
            "CONNECT 169.254.169.254:443 HTTP/1.1",
            403,
            refused("169.254.169.254", 443, "it is no registry of this workshop"),
        ),
        ("CONNECT [::1]:443 HTTP/1.1", 403, refused("[::1]", 443, "it is no registry of this workshop")),
        (
            "CONNECT files.example:443 HTTP/1.1",
            403,
            refused("files.example", 443, "it is no registry of this workshop"),
        ),
        (
            "GET http://packages.example/ HTTP/1.1",
            403,
            refused("packages.example", 80, "it is no registry of this workshop"),
        ),
        (
            "GET http://169.254.169.254/latest/meta-data HTTP/1.1",
            403,
            refused("169.254.169.254", 80, "it is no registry of this workshop"),
        ),
        ("GET / HTTP/1.1", 400, refused("", 0, "its address is wrong")),
        ("POST http://packages.example/ HTTP/1.1", 405, refused("", 0, "only CONNECT, GET and HEAD are let through")),
        ("SSH-2.0-OpenSSH_9.6", 400, refused("", 0, "its head is wrong")),
        ("CONNECT packages.example:443 HTTP/1.1\r\nContent-Length: 3", 400, refused("", 0, "it has a body")),
    ];
    let mut expected = Vec::new();
    for (line, status, asked) in cases {
        let said = bench.say(format!("{line}\r\n\r\n")).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {said}");
        assert_eq!(said.contains("[sandbox] registries"), status == 403, "{said}");
        expected.push(asked);
    }
    let said = bench.say([b'a'; 20_000]).await;
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
    expected.push(refused("", 0, "its head is too long"));
    assert_eq!(bench.told().await, expected);
}

#[tokio::test]
async fn a_tunnel_is_for_tls_to_the_place_it_was_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bench = Bench::new(&[format!("localhost:{port}")]).await;
    for words in
        [hello("evil.example"), b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_vec(), b"SSH-2.0-x\r\n".to_vec()]
    {
        let mut all = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n").into_bytes();
        all.extend(&words);
        assert_eq!(bench.say(&all).await, "HTTP/1.1 200 Connection established\r\n\r\n");
        let mut got = Vec::new();
        listener.accept().await.unwrap().0.read_to_end(&mut got).await.unwrap();
        assert!(got.is_empty(), "not a byte gets there: {got:?}");
    }
    let told = bench.told().await;
    assert!(told.iter().all(|asked| !asked.allowed && asked.sent == 0), "{told:?}");
    assert_eq!(told[0].why, Some("it asks for another name within TLS"));
    assert_eq!(told[1].why, Some("it does not speak TLS"));
}

#[tokio::test]
async fn names_that_stand_for_the_own_network_are_refused_unless_they_were_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Every name below localhost is this machine, where the system's resolver says so; elsewhere it is none.
    let bench = Bench::new(&[format!("*.evil.localhost:{port}"), "http://169.254.169.254".to_owned()]).await;
    let said = bench.say(format!("CONNECT a.evil.localhost:{port} HTTP/1.1\r\n\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 403 ") || said.starts_with("HTTP/1.1 502 "), "{said}");
    let said = bench.say("GET http://169.254.169.254/latest/ HTTP/1.1\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 403 ") && said.contains("where nothing is reached"), "{said}");
    let told = bench.told().await;
    assert_eq!(told[1], refused("169.254.169.254", 80, "it stands where nothing is reached"));
}

#[tokio::test]
async fn a_registry_without_tls_answers_one_question() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi";
    let (address, serving) = place(b"\r\n\r\n", answer).await;
    let bench = Bench::new(&[format!("http://{address}")]).await;
    let said = bench
        .say(format!(
            "GET http://{address}/a?b HTTP/1.1\r\nHost: {address}\r\nAccept: x/y\r\nProxy-Connection: keep-alive\r\n\r\n"
        ))
        .await;
    assert_eq!(said, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    let got = String::from_utf8(serving.await.unwrap()).unwrap();
    assert_eq!(got, format!("GET /a?b HTTP/1.1\r\nhost: {address}\r\naccept: x/y\r\nconnection: close\r\n\r\n"));
    let told = bench.told().await;
    assert!(told[0].allowed && told[0].sent == got.len() as u64 && told[0].received == said.len() as u64, "{told:?}");
}

#[tokio::test]
async fn a_second_question_behind_the_first_is_not_passed_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bench = Bench::new(&[format!("http://{address}")]).await;
    let mut guest = bench.connect().await;
    let two = format!("GET http://{address}/1 HTTP/1.1\r\n\r\nGET http://{address}/2 HTTP/1.1\r\n\r\n");
    guest.write_all(two.as_bytes()).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut got = Vec::new();
    while !got.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut got).await.unwrap() > 0);
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    stream.read_to_end(&mut got).await.unwrap();
    let got = String::from_utf8(got).unwrap();
    assert!(got.contains("/1") && !got.contains("/2"), "{got}");
    assert!(read_all(&mut guest).await.starts_with("HTTP/1.1 204 "));
}

#[tokio::test]
async fn nobody_keeps_a_place_by_being_slow() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bench = Bench::with(&[format!("localhost:{port}")], Upstream::default(), SHORT).await;
    // Half a head.
    let said = bench.say("CONNECT localh").await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    // No greeting.
    let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n");
    assert_eq!(bench.say(&connect).await, "HTTP/1.1 200 Connection established\r\n\r\n");
    // Silence after it.
    let mut all = connect.clone().into_bytes();
    all.extend(hello("localhost"));
    assert_eq!(bench.say(&all).await, "HTTP/1.1 200 Connection established\r\n\r\n");
    let whys: Vec<_> = bench.told().await.into_iter().map(|asked| asked.why.unwrap()).collect();
    assert_eq!(whys, ["it was too slow", "it was too slow", "nothing was said any more"]);
}

#[tokio::test]
async fn more_connections_than_there_are_places_wait_and_then_get_one() {
    let bench = Bench::with(&["packages.example".to_owned()], Upstream::default(), SHORT).await;
    let mut held = Vec::new();
    for _ in 0..MOST_CONNECTIONS + 8 {
        held.push(bench.connect().await);
    }
    // The newcomers get theirs when the first ones are too slow.
    let said = bench.say("CONNECT evil.example:443 HTTP/1.1\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 403 "), "{said}");
    drop(held);
    bench.told().await;
}

#[tokio::test]
async fn the_machines_own_proxy_is_gone_through_and_told_its_secret() {
    let (address, serving) = place(b"END", b"").await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let via = format!("http://me:hush@{}", proxy.local_addr().unwrap());
    let upstream = Upstream::from_environment(|name| (name == "https_proxy").then(|| via.clone())).unwrap();
    let bench = Bench::with(&["packages.example".to_owned()], upstream, Patience::default()).await;
    let passing = tokio::spawn(async move {
        let (mut from, _) = proxy.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert!(from.read_buf(&mut head).await.unwrap() > 0);
        }
        from.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut to = TcpStream::connect(address).await.unwrap();
        tokio::io::copy_bidirectional(&mut from, &mut to).await.unwrap();
        String::from_utf8(head).unwrap()
    });
    let mut all = b"CONNECT packages.example:443 HTTP/1.1\r\n\r\n".to_vec();
    all.extend(hello("packages.example"));
    all.extend(b"END");
    bench.say(&all).await;
    assert!(serving.await.unwrap().ends_with(b"END"));
    assert_eq!(
        passing.await.unwrap(),
        "CONNECT packages.example:443 HTTP/1.1\r\nHost: packages.example:443\r\nProxy-Authorization: Basic bWU6aHVzaA==\r\n\r\n"
    );
    assert!(bench.told().await[0].allowed);
}

#[tokio::test]
async fn when_it_ends_so_does_every_connection_and_each_is_told_of() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut bench = Bench::new(&[format!("localhost:{port}")]).await;
    let mut guest = bench.connect().await;
    let mut all = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n").into_bytes();
    all.extend(hello("localhost"));
    guest.write_all(&all).await.unwrap();
    let (mut place, _) = listener.accept().await.unwrap();
    let mut greeting = vec![0; hello("localhost").len()];
    place.read_exact(&mut greeting).await.unwrap();
    let told = Arc::clone(&bench.told);
    bench.proxy.take().unwrap().close().await;
    assert_eq!(read_all(&mut guest).await, "HTTP/1.1 200 Connection established\r\n\r\n");
    let told = told.lock().unwrap();
    assert!(told[0].allowed && told[0].sent == greeting.len() as u64, "{told:?}");
    assert!(!bench.folder.path().join("deep/proxy/socket").exists());
}
