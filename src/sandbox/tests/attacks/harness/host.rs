//! What is known of the host, and what stands on it for guests to reach for.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};
use uuid::Uuid;

/// An id that no other has.
pub(crate) fn random() -> Uuid {
    let mut bytes = [0; 16];
    let mut source = std::fs::File::open("/dev/urandom").unwrap();
    std::io::Read::read_exact(&mut source, &mut bytes).unwrap();
    Uuid::from_bytes(bytes)
}

/// Memory that programs of the host could still have, in bytes.
pub(crate) fn memory_available() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("MemAvailable:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Memory that this process has, in bytes.
pub(crate) fn memory_of_this_process() -> u64 {
    let told = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Doors of the host, at which nobody may knock.
pub(crate) struct Doors {
    tcp: Vec<TcpListener>,
    udp: Vec<UdpSocket>,
    abstracts: UnixListener,
    path: UnixListener,
    /// The port of TCP and UDP, on all addresses.
    pub(crate) port: u16,
    /// The name of the abstract socket.
    pub(crate) name: String,
    /// The path of the socket in the file system.
    pub(crate) socket: PathBuf,
}

impl Doors {
    pub(crate) fn open(folder: &Path) -> Self {
        let four = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = four.local_addr().unwrap().port();
        // Where the first one serves both families, or there is but one, the others are refused.
        let tcp: Vec<_> =
            [Some(four), TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok()].into_iter().flatten().collect();
        let udp = [UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)), UdpSocket::bind((Ipv6Addr::LOCALHOST, port))];
        let udp: Vec<_> = udp.into_iter().filter_map(Result::ok).collect();
        assert!(!udp.is_empty());
        let name = format!("attacked-{}", random().simple());
        let abstracts = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let socket = folder.join("door");
        let path = UnixListener::bind(&socket).unwrap();
        for one in &tcp {
            one.set_nonblocking(true).unwrap();
        }
        for one in &udp {
            one.set_nonblocking(true).unwrap();
        }
        abstracts.set_nonblocking(true).unwrap();
        path.set_nonblocking(true).unwrap();
        Self { tcp, udp, abstracts, path, port, name, socket }
    }

    /// Nobody came.
    #[track_caller]
    pub(crate) fn nobody_came(&self) {
        let nobody = |kind: Option<ErrorKind>, what: &str| assert_eq!(kind, Some(ErrorKind::WouldBlock), "{what}");
        for one in &self.tcp {
            nobody(one.accept().err().map(|error| error.kind()), "TCP");
        }
        for one in &self.udp {
            nobody(one.recv_from(&mut [0; 64]).err().map(|error| error.kind()), "UDP");
        }
        nobody(self.abstracts.accept().err().map(|error| error.kind()), "an abstract socket");
        nobody(self.path.accept().err().map(|error| error.kind()), "a socket in the file system");
    }
}

/// Every address by which this machine is reached, or might be from a container.
pub(crate) fn addresses() -> Vec<IpAddr> {
    let mut all = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    // Nothing is sent; the kernel only says from where it would be.
    for (from, to) in [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")] {
        let local = UdpSocket::bind(from).and_then(|socket| socket.connect(to).and_then(|()| socket.local_addr()));
        all.extend(local.map(|address| address.ip()));
    }
    // The usual address of an engine's bridge.
    all.push(Ipv4Addr::new(172, 17, 0, 1).into());
    all
}

/// A process of the host. It ends with the test.
pub(crate) fn bystander() -> Child {
    Command::new("sleep").arg("600").stdin(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}

/// A file of the host that nobody inside may read, and whatever leads to it.
pub(crate) fn canaries(folder: &Path) -> Vec<String> {
    let file = folder.join("canary");
    std::fs::write(&file, "the host's own").unwrap();
    let this = std::env::current_exe().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    [file, folder.to_path_buf(), this, source].iter().map(|path| path.display().to_string()).collect()
}
