//! Floods: more of something than there may be.

use std::time::Duration;

use domain::sandbox::{Limits, Verdict};
use sandbox::{Fault, Spawn};
use tokio::time::timeout;

use crate::harness::{SMALL, Seen, attack, host, in_both, in_both_alone};

const MIB: u64 = 1 << 20;
/// For the kernel to find that there is no memory to be had: that can take it seconds.
const TIME_TO_FILL: u32 = 30;
/// Guests together with what a sandbox needs for itself.
const MOST_PIDS: u64 = SMALL.pids as u64 + 8;

/// What floods memory either ends for that, or could not even begin.
#[track_caller]
fn out_of_memory_or_held(seen: &Seen) {
    if seen.outcome.verdict != Verdict::Memory {
        seen.ended(Verdict::Ok).held();
    }
}

in_both_alone! {
    /// Every process makes more, for ever.
    async fn forks(case: Case) {
        // What the kernel gives a process that it then refuses comes back late: it is not to end for want of memory.
        let roomy = Limits { memory_bytes: Some(1 << 30), ..Limits::default() };
        case.attack("forks").limits(&roomy).seconds(1).run().await.ended(Verdict::Timeout);
    }
}

in_both! {
    async fn children(case: Case) {
        let seen = case.attack("children").run().await;
        assert!(seen.ended(Verdict::Ok).held().number("children") <= MOST_PIDS);
    }

    async fn threads(case: Case) {
        let seen = case.attack("threads").run().await;
        assert!(seen.ended(Verdict::Ok).held().number("threads") <= MOST_PIDS);
    }

    async fn zombies(case: Case) {
        let seen = case.attack("zombies").run().await;
        assert!(seen.ended(Verdict::Ok).held().number("zombies") <= MOST_PIDS);
    }

    async fn memory(case: Case) {
        case.attack("memory").seconds(TIME_TO_FILL).run().await.ended(Verdict::Memory);
    }

    /// By many, each of which has less than all may.
    async fn memory_shared_out(case: Case) {
        case.attack("memory_shared_out 8").seconds(TIME_TO_FILL).run().await.ended(Verdict::Memory);
    }

    /// Pushed out to swap as soon as it was used.
    async fn swap(case: Case) {
        case.attack("swap").seconds(TIME_TO_FILL).run().await.ended(Verdict::Memory);
    }

    async fn stack(case: Case) {
        case.attack("stack").run().await.ended(Verdict::Exit(139));
    }

    async fn inodes(case: Case) {
        let sandbox = case.open(SMALL).await;
        for folder in ["/work", "/tmp", "/home/guest", "/dev/shm"] {
            let seen = case.attack(&format!("inodes {folder} {}", SMALL.inodes)).run_in(&sandbox).await;
            assert!(seen.ended(Verdict::Ok).held().number("inodes") > 100);
        }
        case.close(sandbox).await;
    }

    async fn contents(case: Case) {
        let sandbox = case.open(SMALL).await;
        let small = SMALL.tmp_bytes / MIB;
        for (folder, most) in [("/work", SMALL.work_bytes / MIB), ("/tmp", small), ("/home/guest", small), ("/dev/shm", small)] {
            let seen = case.attack(&format!("fill {folder} {most}")).run_in(&sandbox).await;
            assert!(seen.ended(Verdict::Ok).held().number("filled") > most / 2);
        }
        case.close(sandbox).await;
    }

    /// Files lie in memory: more of them than there is memory for.
    async fn contents_beyond_memory(case: Case) {
        let roomy = Limits { work_bytes: Some(512 * MIB), file_bytes: Some(64 * MIB), ..Limits::default() };
        case.attack("fill /work").limits(&roomy).run().await.ended(Verdict::Memory);
    }

    async fn sparse_files(case: Case) {
        case.attack(&format!("sparse /work/sparse {}", SMALL.file_bytes)).run().await.held().ended(Verdict::Exit(153));
    }

    async fn descriptors(case: Case) {
        let seen = case.attack(&format!("descriptors {}", SMALL.open_files)).run().await;
        assert!(seen.ended(Verdict::Ok).held().number("open") < SMALL.open_files.into());
    }

    async fn pipes(case: Case) {
        out_of_memory_or_held(&case.attack("kernel_objects pipe").run().await);
    }

    async fn sockets(case: Case) {
        out_of_memory_or_held(&case.attack("kernel_objects socket").run().await);
    }

    async fn epolls(case: Case) {
        out_of_memory_or_held(&case.attack("kernel_objects epoll").run().await);
    }

    async fn eventfds(case: Case) {
        out_of_memory_or_held(&case.attack("kernel_objects eventfd").run().await);
    }

    async fn inotifies(case: Case) {
        out_of_memory_or_held(&case.attack("kernel_objects inotify").run().await);
    }

    async fn timers(case: Case) {
        out_of_memory_or_held(&case.attack("kernel_objects timer").run().await);
    }

    async fn memfds(case: Case) {
        out_of_memory_or_held(&case.attack("memfds").run().await);
    }

    /// Shared memory of the old kind, which outlives who made it; but not the sandbox.
    async fn segments(case: Case) {
        let key = i32::from_le_bytes(host::random().as_bytes()[..4].try_into().unwrap()) & 0x7fff_0000 | 1;
        out_of_memory_or_held(&case.attack(&format!("segments {key}")).run().await);
        let there = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
        assert!(!there.lines().any(|line| line.split_whitespace().next() == Some(&key.to_string())), "{there}");
    }

    async fn message_queues(case: Case) {
        case.attack("queues").run().await.ended(Verdict::Ok).held();
    }

    async fn pending_signals(case: Case) {
        out_of_memory_or_held(&case.attack("signals").run().await);
    }

    /// What the kernel has for the whole machine only so many of.
    async fn input_and_output_for_later(case: Case) {
        let used = || std::fs::read_to_string("/proc/sys/fs/aio-nr").unwrap();
        let before = used();
        case.attack("aio").run().await.ended(Verdict::Ok).held();
        assert_eq!(used(), before);
    }

    async fn terminals(case: Case) {
        // An engine leaves it to the kernel, which keeps a quarter of them for the host.
        let most = if case.kind == RoomKind::Namespace { 64 } else { 3072 };
        let many = Limits { open_files: Some(256), ..Limits::default() };
        let sandbox = case.open(SMALL.with(&many)).await;
        case.attack(&format!("terminals {most}")).run_in(&sandbox).await.ended(Verdict::Ok).held();
        // A run's own one is still to be had, and the host's.
        case.attack("trivial").terminal().run_in(&sandbox).await.ended(Verdict::Ok);
        rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY).unwrap();
        case.close(sandbox).await;
    }

    /// Given back when their process ends.
    async fn locks(case: Case) {
        case.attack("locks").run().await.ended(Verdict::Ok).held();
    }

    /// Guests that leave no process to have keep nobody from putting files in or taking them out.
    async fn no_process_left(case: Case) {
        // Refused processes cost memory for a while, for want of which this sandbox is not to end.
        let roomy = Limits { memory_bytes: Some(1 << 30), ..Limits::default() };
        let sandbox = case.open(SMALL.with(&roomy)).await;
        let mut command = sandbox.spawn(case.attack("forks").spawn(&sandbox)).await.unwrap();
        let mut errors = command.take_stderr().unwrap();
        let many = async { while sandbox.usage().await.unwrap().pids < SMALL.pids {} };
        timeout(Duration::from_secs(10), many).await.unwrap();
        sandbox.put("/work/more", attack::program().unwrap().as_slice()).await.ok();
        // They are killed all the same.
        drop(command);
        tokio::io::AsyncReadExt::read_to_end(&mut errors, &mut Vec::new()).await.ok();
        sandbox.put("/work/again", attack::program().unwrap().as_slice()).await.unwrap();
        case.attack("trivial").run_in(&sandbox).await.ended(Verdict::Ok);
        case.close(sandbox).await;
    }

    async fn words_of_a_program(case: Case) {
        out_of_memory_or_held(&case.attack("many_words").run().await);
    }

    /// The same from the outside: a command that is longer than one may be.
    async fn words_of_a_command(case: Case) {
        let sandbox = case.open(SMALL).await;
        let long = Spawn {
            command: vec!["/work/attack".into(), "trivial".into()],
            environment: (0..20_000).map(|number| (format!("VARIABLE_{number}"), "x".repeat(100))).collect(),
            folder: "/work".into(),
            terminal: None,
        };
        let fault = sandbox.spawn(long).await.unwrap_err();
        assert!(matches!(&fault, Fault::Refused(why) if why.contains("shorten")), "{fault:?}");
        case.attack("trivial").run_in(&sandbox).await.ended(Verdict::Ok);
        case.close(sandbox).await;
    }

    /// Input that is never read waits with whoever sends it.
    async fn input_never_read(case: Case) {
        let before = host::memory_of_this_process();
        let input = vec![b'i'; 64 << 20];
        let seen = case.attack("asleep").seconds(1).input(input).run().await;
        seen.ended(Verdict::Timeout);
        let grown = host::memory_of_this_process().saturating_sub(before);
        assert!(grown < 200 << 20, "the host kept {grown} bytes");
    }

    async fn input_read_late(case: Case) {
        let seen = case.attack("reads_late").input(vec![b'i'; 4 << 20]).run().await;
        assert_eq!(seen.ended(Verdict::Ok).number("read"), 4 << 20);
        assert!(seen.took > Duration::from_millis(300));
    }
}
