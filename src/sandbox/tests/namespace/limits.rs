//! Limits, and the verdicts on those that go beyond them.

use std::time::Duration;

use domain::sandbox::{Preset, Verdict};
use sandbox::{Limit, cut_mark, execute};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::common::{LIMIT, places, processes, quiet_places, run, sh};

/// What is promised: how long after its time was up everything is dead.
const LATE: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ignores_the_end_of_its_time_is_dead_by_then() {
    for place in quiet_places().await {
        let sandbox = place.open().await;
        let limit = Limit { seconds: 1, ..LIMIT };
        let script = "trap '' TERM INT HUP; (setsid sleep 5151 &); echo begun; while :; do :; done";
        let begun = Instant::now();
        let (outcome, said) = run(&sandbox, sh(script), &limit).await;
        let took = begun.elapsed();
        let left = processes(|line| line.contains("sleep 5151"));
        assert_eq!((outcome.verdict, said.as_str()), (Verdict::Timeout, "begun\n"), "{outcome:?}");
        assert!(took < Duration::from_secs(1) + LATE, "{took:?}");
        assert_eq!(left, Vec::<i32>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_leaves_running_ends_with_it() {
    for place in quiet_places().await {
        let sandbox = place.open().await;
        let script = "(setsid sh -c 'exec sleep 5252' &) ; setsid sleep 5253 >/dev/null 2>&1 & sleep 0.1; echo done";
        let begun = Instant::now();
        let (outcome, said) = run(&sandbox, sh(script), &LIMIT).await;
        assert_eq!((outcome.verdict, said.as_str()), (Verdict::Ok, "done\n"));
        assert!(begun.elapsed() < Duration::from_secs(1));
        crate::common::until("the daemons are dead", || processes(|line| line.contains("sleep 525")).is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_too_much_memory_is_told_so() {
    for place in places().await {
        let sandbox = place.open().await;
        let script = "all=xxxxxxxx; while :; do all=$all$all; done";
        let (outcome, _) = run(&sandbox, sh(script), &LIMIT).await;
        assert_eq!(outcome.verdict, Verdict::Memory, "grouped: {}, {outcome:?}", place.grouped);
        // What lies in the folder of the work counts as well.
        let sandbox = place.open().await;
        let script = "head -c 60000000 /dev/zero > zeros; for n in 1 2 3 4 5 6; do cp zeros /work/$n; cp zeros /tmp; done; \
            all=$(head -c 50000000 /dev/zero | tr '\\0' x); all=$all$all; all=$all$all; echo survived";
        let (outcome, _) = run(&sandbox, sh(script), &LIMIT).await;
        assert_eq!(outcome.verdict, Verdict::Memory, "grouped: {}, {outcome:?}", place.grouped);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_cut_and_its_writer_ended() {
    for place in quiet_places().await {
        let sandbox = place.open().await;
        let limit = Limit { output_bytes: 1 << 20, ..LIMIT };
        let mut all = Vec::new();
        let spawn = sh("head -c 1000000000 /dev/zero; echo never >&2");
        let sink = |_, bytes: &[u8]| all.extend_from_slice(bytes);
        let outcome = execute(&sandbox, spawn, &limit, &CancellationToken::new(), sink).await;
        assert_eq!(
            (outcome.verdict, outcome.output_bytes, outcome.cut),
            (Verdict::Output, 1 << 20, true),
            "{outcome:?}"
        );
        assert_eq!(all.len(), (1 << 20) + cut_mark(1 << 20).len());
        assert!(all.ends_with(cut_mark(1 << 20).as_bytes()));
        assert!(outcome.took < Duration::from_secs(2), "{outcome:?}");
        // As much as is allowed is not too much.
        let (outcome, said) = run(&sandbox, sh("head -c 1048576 /dev/zero"), &limit).await;
        assert_eq!((outcome.verdict, said.len()), (Verdict::Ok, 1 << 20), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_stays_within_its_number_and_dies_in_time() {
    for place in quiet_places().await {
        let sandbox = place.open().await;
        let limit = Limit { seconds: 2, ..LIMIT };
        let begun = Instant::now();
        let (outcome, _) = run(&sandbox, sh("bomb() { bomb | bomb & }; bomb; sleep 60"), &limit).await;
        let took = begun.elapsed();
        assert!(matches!(outcome.verdict, Verdict::Timeout | Verdict::Exit(_) | Verdict::Output), "{outcome:?}");
        assert!(took < Duration::from_secs(2) + LATE, "{took:?}");
        drop(sandbox);
        place.nothing_left().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_files_and_open_files_are_counted() {
    for place in places().await {
        let mut profile = Preset::Run.profile();
        (profile.pids, profile.open_files, profile.file_bytes, profile.inodes) = (16, 32, 1 << 20, 100);
        let sandbox = place.open_with(profile).await;
        let script = "for i in $(seq 40); do sleep 9 & done 2>&1; echo over";
        let (outcome, said) = run(&sandbox, sh(script), &Limit { seconds: 3, ..LIMIT }).await;
        assert!(said.to_lowercase().contains("fork"), "{outcome:?} {said}");
        let (_, said) = run(&sandbox, sh("ulimit -n; head -c 2000000 /dev/zero > large; wc -c < large"), &LIMIT).await;
        assert!(said.lines().any(|line| line == "32") && said.lines().any(|line| line == "1048576"), "{said}");
        let (_, said) =
            run(&sandbox, sh("for i in $(seq 200); do : > f$i || break; done 2>&1; ls | wc -l"), &LIMIT).await;
        assert!(said.contains("No space left"), "{said}");
        let (_, said) =
            run(&sandbox, sh("cp /bin/true /tmp/x; /tmp/x 2>&1; cp /bin/true x; ./x && echo may"), &LIMIT).await;
        assert!(said.contains("ermission denied"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_need_not_wait() {
    for place in quiet_places().await {
        let sandbox = place.open().await;
        let cancel = CancellationToken::new();
        let mut said = Vec::new();
        let sink = |_, bytes: &[u8]| {
            said.extend_from_slice(bytes);
            cancel.cancel();
        };
        let spawn = sh("trap '' TERM; echo begun; sleep 5353");
        let outcome = execute(&sandbox, spawn, &LIMIT, &cancel, sink).await;
        assert_eq!(outcome.verdict, Verdict::Cancelled);
        assert!(outcome.took < Duration::from_secs(5));
        assert_eq!(said, b"begun\n");
        assert_eq!(processes(|line| line.contains("sleep 5353")), Vec::<i32>::new());
        // Before it began.
        let outcome = execute(&sandbox, sh("echo no"), &LIMIT, &cancel, |_, _| ()).await;
        assert_eq!((outcome.verdict, outcome.output_bytes), (Verdict::Cancelled, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_gone_is_no_fault_of_the_command() {
    for place in places().await {
        let sandbox = place.open().await;
        let pid = nix::unistd::Pid::from_raw(sandbox.pid().unwrap());
        let sink = |_, _: &[u8]| nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        let outcome = execute(&sandbox, sh("echo begun; sleep 60"), &LIMIT, &CancellationToken::new(), sink).await;
        assert_eq!(outcome.verdict, Verdict::Infrastructure);
        let outcome = execute(&sandbox, sh("true"), &LIMIT, &CancellationToken::new(), |_, _| ()).await;
        assert_eq!(outcome.verdict, Verdict::Infrastructure);
        place.nothing_left().await;
    }
}
