//! Measuring, the watch over memory, and the way to the proxy.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use room::{Guest, Host, Setup, Usage};

use crate::harness::{Inside, setup, sh};

async fn usage(inside: &mut Inside) -> Usage {
    let channel = inside.channel();
    inside.say(Host::Measure(channel)).await;
    match inside.hear(channel).await {
        Guest::Usage(_, usage) => usage,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_used_is_measured() {
    let Some(mut inside) = Inside::open().await else { return };
    let before = usage(&mut inside).await;
    assert_eq!((before.pids, before.sent_bytes, before.received_bytes), (1, 0, 0));
    let script = "head -c 20000000 /dev/zero > file; n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done; echo ready; exec sleep 1000";
    let channel = inside.start(sh(script)).await;
    inside.line(channel, "ready").await;
    let during = usage(&mut inside).await;
    assert!(during.memory_bytes > before.memory_bytes + 20_000_000, "{before:?} {during:?}");
    assert!(during.cpu_micros > before.cpu_micros + 10_000, "{before:?} {during:?}");
    assert_eq!(during.pids, 2);
    inside.say(Host::Signal(channel, 9)).await;
    inside.end(channel).await;
    let after = usage(&mut inside).await;
    // What those used that have ended is not forgotten.
    assert!(after.cpu_micros >= during.cpu_micros, "{during:?} {after:?}");
    assert_eq!(after.pids, 1);
}

fn watched(bytes: u64) -> Setup {
    Setup { watched_memory_bytes: Some(bytes), processors: Some(1), ..setup() }
}

#[tokio::test]
async fn too_much_memory_ends_everything_and_is_said() {
    let Some((mut inside, _)) = Inside::open_with(watched(48 << 20), "").await else { return };
    let other = inside.start(sh("echo ready; exec sleep 1000")).await;
    inside.line(other, "ready").await;
    let greedy = sh("a=$(head -c 1000000 /dev/zero | tr '\\0' x); while :; do a=$a$a; done");
    let channel = inside.start(greedy).await;
    let exit = inside.end(channel).await.exit.unwrap();
    assert_eq!((exit.status, exit.memory), (137, true));
    let exit = inside.end(other).await.exit.unwrap();
    assert!(exit.memory);
    // It goes on, within its bounds.
    let ran = inside.run("head -c 1000000 /dev/zero | wc -c; nproc").await;
    assert_eq!((ran.output.as_str(), ran.exit.unwrap().memory), ("1000000\n1\n", false));
    // What lies in files counts too.
    let ran = inside.run("head -c 30000000 /dev/zero > a; head -c 30000000 /dev/zero > b; exec sleep 1000").await;
    assert!(ran.exit.unwrap().memory);
}

#[tokio::test]
async fn shared_memory_does_not_hide_from_the_watch() {
    let Some((mut inside, _)) = Inside::open_with(watched(48 << 20), "").await else { return };
    // Every page is written and let go of at once; the memory is still held.
    let program = "import mmap\nm = mmap.mmap(-1, 64 << 20)\nwhile True:\n  for at in range(0, 64 << 20, 4096): m[at] = 1\n  m.madvise(mmap.MADV_DONTNEED)";
    let Some(ran) = inside.python(program).await else { return };
    assert!(ran.exit.unwrap().memory);
}

#[tokio::test]
async fn a_port_inside_leads_to_the_hosts_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    // The sandbox's user is another one.
    for path in [folder.path(), &path] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    let host = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = String::new();
        stream.read_to_string(&mut asked).unwrap();
        stream.write_all(asked.to_uppercase().as_bytes()).unwrap();
    });
    let bind = format!("--ro-bind {} /run/proxy", folder.path().display());
    let Some((mut inside, _)) = Inside::open_with(Setup { proxy: true, ..setup() }, &bind).await else { return };
    let program = "import socket
s = socket.create_connection(('127.0.0.1', 3128)); s.sendall(b'hello'); s.shutdown(1); print(s.recv(100).decode())";
    let Some(ran) = inside.python(program).await else { return };
    assert_eq!(ran.output, "HELLO\n");
    host.join().unwrap();
    let usage = usage(&mut inside).await;
    assert_eq!((usage.sent_bytes, usage.received_bytes), (5, 5));
}
