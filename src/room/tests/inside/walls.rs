//! What a guest cannot do, in the sandbox that bubblewrap and the program make together.

use std::os::unix::fs::PermissionsExt as _;

use room::{Host, Mount, Setup, Spawn};

use crate::harness::{Inside, setup, sh};

/// Calls of the system by their numbers on x86-64, in a program that says what came of each.
const PROBE: &str = r#"
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    print(name, 'done' if result >= 0 else os.strerror(ctypes.get_errno()))
buffer = ctypes.create_string_buffer(4096)
call('mount', 165, b'none', b'/tmp', b'tmpfs', 0, None)
call('umount', 166, b'/tmp', 2)
call('pivot_root', 155, b'/tmp', b'/tmp')
call('chroot', 161, b'/tmp')
call('fsopen', 430, b'tmpfs', 0)
call('open_tree', 428, -100, b'/', 1)
call('open_tree_attr', 467, -100, b'/', 1, None, 0)
call('unshare_user', 272, 0x10000000)
call('unshare_mount', 272, 0x20000)
call('setns', 308, 0, 0)
call('clone_user', 56, 0x10000000 | 17, 0, 0, 0, 0)
call('clone_net', 56, 0x40000000 | 17, 0, 0, 0, 0)
call('clone3', 435, buffer, 64)
call('ptrace', 101, 16, os.getppid(), 0, 0)
call('process_vm_readv', 310, os.getpid(), None, 0, None, 0, 0)
call('process_vm_writev', 311, os.getpid(), None, 0, None, 0, 0)
call('kcmp', 312, os.getpid(), os.getpid(), 0, 0, 0)
call('bpf', 321, 0, buffer, 64)
call('perf_event_open', 298, buffer, 0, -1, -1, 0)
call('userfaultfd', 323, 1)
call('io_uring_setup', 425, 8, buffer)
call('keyctl', 250, 0, -3, 1)
call('add_key', 248, b'user', b'name', b'x', 1, -3)
call('kexec_load', 246, 0, 0, None, 0)
call('finit_module', 313, 0, b'', 0)
call('reboot', 169, 0, 0, 0, None)
call('swapon', 167, b'/tmp/x', 0)
call('syslog', 103, 3, buffer, 100)
call('settimeofday', 164, buffer, None)
call('clock_settime', 227, 0, buffer)
call('open_by_handle_at', 304, 0, buffer, 0)
call('fanotify_init', 300, 0, 0)
call('personality', 135, 0x40000)
call('modify_ldt', 154, 0, buffer, 8)
call('tiocsti', 16, 0, 0x5412, buffer)
call('second_table', 0x40000000 | 165, b'none', b'/tmp', b'tmpfs', 0, None)
for name, family, kind, protocol in [('vsock', 40, 1, 0), ('packet', 17, 3, 0), ('alg', 38, 5, 0), ('bluetooth', 31, 3, 0),
        ('can', 29, 3, 1), ('netlink_audit', 16, 3, 9), ('netlink_netfilter', 16, 3, 12)]:
    call(name, 41, family, kind, protocol)
call('limit_of_first', 302, 1, 7, buffer, None)
call('mark', 302, 0, 10, buffer, None)
call('mark_old', 160, 10, buffer)
"#;

/// What must go on working.
const FINE: &str = r#"
import socket, subprocess, threading, os, mmap, resource, sys
for family in socket.AF_UNIX, socket.AF_INET, socket.AF_INET6:
    socket.socket(family).close()
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
socket.socketpair()
print(subprocess.check_output(['echo', 'child']).decode().strip())
thread = threading.Thread(target=lambda: print('thread')); thread.start(); thread.join()
os.mkfifo('/work/fifo')
os.memfd_create('x')
mmap.mmap(-1, 4096)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
pid = os.fork()
if pid == 0:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
open('/dev/null', 'w').write('x'); open('/dev/shm/x', 'w').write('x'); open('/proc/self/comm', 'w').write('x')
"#;

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn what_no_guest_needs_is_refused_by_the_filter() {
    let Some(mut inside) = Inside::open().await else { return };
    let Some(ran) = inside.python(PROBE).await else { return };
    let unknown = ["clone3", "io_uring_setup", "second_table"];
    let mut count = 0;
    for line in ran.output.lines() {
        let (name, answer) = line.split_once(' ').unwrap();
        let wanted = if unknown.contains(&name) { "Function not implemented" } else { "Operation not permitted" };
        assert_eq!(answer, wanted, "{name}");
        count += 1;
    }
    assert_eq!(count, PROBE.matches("call('").count() + 7);
}

#[tokio::test]
async fn what_guests_need_works() {
    let mut with_shm = setup();
    with_shm.mounts.push(Mount { path: "/dev/shm".into(), bytes: 1 << 20, inodes: 64, programs: false });
    let Some((mut inside, ready)) = Inside::open_with(with_shm, "").await else { return };
    assert!(ready.seccomp);
    let Some(ran) = inside.python(FINE).await else { return };
    assert_eq!(ran.output, "child\nthread\n7\n", "{ran:?}");
}

#[tokio::test]
async fn tools_work_inside() {
    let roomy = Setup { open_files: 4096, ..setup() };
    let Some((mut inside, _)) = Inside::open_with(roomy, "").await else { return };
    let git = "cd $(mktemp -d /work/XXXX); git init -q . && echo x > f && git add f && \
        git -c user.name=a -c user.email=a@b commit -qm x && git log --format=%s && git gc -q && git clone -q . ../clone && cat ../clone/f";
    let node = "const { Worker } = require('worker_threads'); const cp = require('child_process'); const fs = require('fs');
        const server = require('net').createServer(c => c.end('hi')).listen(0, '127.0.0.1', () => {
            require('net').connect(server.address().port, '127.0.0.1').on('data', d => { console.log(String(d)); server.close(); });
        });
        fs.watch('/work', () => {}).close();
        new Worker('console.log(\"worker\")', { eval: true }).on('exit', () => console.log(cp.execSync('echo child').toString().trim()));";
    for (tool, script, wanted) in [
        ("git", git, "x\nx\n"),
        ("node", &format!("node -e '{}' | sort", node.replace('\'', "'\\''")), "child\nhi\nworker\n"),
        (
            "npm",
            "cd $(mktemp -d /work/XXXX); npm init -y >/dev/null && npm run env | grep -c npm_lifecycle_event",
            "1\n",
        ),
    ] {
        if !inside.has(tool).await {
            continue;
        }
        let ran = inside.run(&format!("export HOME=/home/guest; {script}")).await;
        assert_eq!(ran.output, wanted, "{tool}: {ran:?}");
    }
}

#[tokio::test]
async fn a_guest_is_nobody_with_nothing() {
    let Some(mut inside) = Inside::open().await else { return };
    // Nor does it inherit what the first process does with signals.
    let command = ["grep", "SigBlk", "/proc/self/status"].map(String::from).to_vec();
    let channel = inside.start(Spawn { command, ..sh("") }).await;
    assert_eq!(inside.end(channel).await.output, "SigBlk:\t0000000000000000\n");
    let ran = inside.run("id -u; grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status").await;
    let mut lines = ran.output.lines();
    assert_eq!(lines.next(), Some("65532"));
    let rest: Vec<_> = lines.map(|line| line.split_once(":\t").unwrap()).collect();
    assert_eq!(rest.len(), 7);
    for (name, value) in rest {
        let wanted = match name {
            "NoNewPrivs" => "1",
            "Seccomp" => "2",
            _ => "0000000000000000",
        };
        assert_eq!(value, wanted, "{name}");
    }
}

#[tokio::test]
async fn the_first_process_cannot_be_looked_into_or_ended() {
    let Some(mut inside) = Inside::open().await else { return };
    let script = "for what in mem fd environ maps root cwd exe ns/pid; do
            if ls -L /proc/1/$what/ >/dev/null 2>&1 || cat /proc/1/$what >/dev/null 2>&1; then echo $what; fi
        done
        echo 0 > /proc/1/oom_score_adj
        for signal in $(seq 1 64); do kill -$signal 1; done; kill -9 1; echo still here";
    let ran = inside.run(script).await;
    assert_eq!(ran.output, "still here\n", "{ran:?}");
    // Nor the step between it and a command: nobody may read its program.
    assert!(!inside.run("cat /room > /dev/null").await.error.is_empty());
    assert_eq!(inside.run("echo yes").await.output, "yes\n");
}

#[tokio::test]
async fn nothing_can_be_written_but_what_has_a_size() {
    let Some(mut inside) = Inside::open().await else { return };
    let script = "for folder in / /dev /dev/shm /etc /usr /home /proc /proc/sys/kernel /var/tmp /run; do
        if echo x > $folder/x; then echo $folder; fi; done 2>/dev/null
        head -c 100000000 /dev/zero > /work/large; stat -c %s /work/large; rm /work/large
        for n in 1 2 3; do head -c 30000000 /dev/zero > /work/$n; done; df --output=avail /work | tail -1
        for n in $(seq 5000); do true > /tmp/$n || break; done; df --output=iavail /tmp | tail -1";
    let ran = inside.run(script).await;
    // The size of a file, of all files, and their number.
    let lines: Vec<_> = ran.output.lines().map(str::trim).collect();
    assert_eq!(lines, [(32 << 20).to_string().as_str(), "0", "0"], "{ran:?}");
}

#[tokio::test]
async fn programs_run_from_the_work_and_not_from_tmp() {
    let Some(mut inside) = Inside::open().await else { return };
    let ran =
        inside.run("cp /usr/bin/true /work/a; cp /usr/bin/true /tmp/a; /work/a && echo work; /tmp/a || echo no").await;
    assert_eq!(ran.output, "work\nno\n");
    // Nor does a loader help, or a file without a name in memory that is mapped to be run.
    let ran = inside.run("/lib64/ld-linux-x86-64.so.2 /tmp/a || echo no").await;
    assert_eq!(ran.output, "no\n");
}

#[tokio::test]
async fn limits_are_the_kernels() {
    let Some(mut inside) = Inside::open().await else { return };
    let ran = inside.run("ulimit -c; ulimit -n; ulimit -u 2>/dev/null || ulimit -p; ulimit -H -n").await;
    assert_eq!(ran.output, "0\n256\n64\n256\n", "{ran:?}");
    // All of them together: forks fail, and the sandbox lives.
    let ran = inside.run("n=0; while [ $n -lt 200 ]; do sleep 1000 >/dev/null 2>&1 & n=$((n+1)); done").await;
    assert!(ran.error.contains("fork"), "{ran:?}");
}

#[tokio::test]
async fn the_network_is_its_own_and_empty() {
    let Some(mut inside) = Inside::open().await else { return };
    let ran = inside.run("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '").await;
    assert_eq!(ran.output, "lo\n");
}

#[tokio::test]
async fn a_root_that_can_be_written_is_no_wall() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let Some(mut inside) = Inside::wall(&format!("--bind {} /var", folder.path().display())) else { return };
    inside.say(Host::Setup(setup())).await;
    let said = inside.hear_any().await;
    assert!(matches!(&said, room::Guest::Failed(0, why) if why.contains("/var can be written")), "{said:?}");
}
