//! Commands: what goes in, what comes out, and what they see.

use domain::sandbox::Verdict;
use sandbox::{Fault, Size, Source};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{LIMIT, command, places, run, sh};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_speaks_and_ends_with_its_status() {
    for place in places().await {
        let sandbox = place.open().await;
        let (outcome, said) = run(&sandbox, sh("echo out; sleep 0.05; echo err >&2; exit 3"), &LIMIT).await;
        assert_eq!(outcome.verdict, Verdict::Exit(3), "{outcome:?}");
        assert_eq!(said, "out\nerr\n");
        assert_eq!((outcome.output_bytes, outcome.cut), (8, false));
        // Another one, in the same sandbox.
        let (outcome, said) = run(&sandbox, command(&["echo", "again"]), &LIMIT).await;
        assert_eq!((outcome.verdict, said.as_str()), (Verdict::Ok, "again\n"));
        sandbox.end().await.unwrap();
        assert_eq!(place.left(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_nobody_with_nothing() {
    for place in places().await {
        let sandbox = place.open().await;
        let script = "id -u; id -g; grep -E '^(Cap|NoNewPrivs|Groups)' /proc/self/status; env | sort; pwd";
        let (_, said) = run(&sandbox, sh(script), &LIMIT).await;
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[..2], ["65532", "65532"]);
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert!(said.contains(&format!("{set}:\t0000000000000000")), "{said}");
        }
        assert!(said.contains("NoNewPrivs:\t1"), "{said}");
        let environment: Vec<&&str> = lines.iter().filter(|line| line.contains('=')).collect();
        assert_eq!(environment, [&"HOME=/home/guest", &"PATH=/usr/bin:/bin", &"PWD=/work"], "{said}");
        let (_, said) =
            run(&sandbox, sh("ls -d /root /home/* /var /etc/shadow /sys 2>/dev/null; ls /etc"), &LIMIT).await;
        assert!(said.starts_with("/home/guest\n"), "{said}");
        let (_, said) =
            run(&sandbox, sh("touch /x /usr/x /etc/x /dev/x 2>&1; echo x > /room; ls -A /tmp /work"), &LIMIT).await;
        assert_eq!(said.matches("Read-only file system").count(), 5, "{said}");
        // Nobody but the room's own program and this command.
        let (_, said) = run(&sandbox, sh("ls /proc | grep -c '^[0-9]'"), &LIMIT).await;
        assert!(said.trim().parse::<u32>().unwrap() <= 4, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_goes_in_with_back_pressure_and_comes_out_whole() {
    for place in places().await {
        let sandbox = place.open().await;
        let mut command = sandbox.spawn(command(&["cat"])).await.unwrap();
        let (mut stdin, mut stdout) = (command.take_stdin().unwrap(), command.take_stdout().unwrap());
        let sent: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
        let all = sent.clone();
        let sending = tokio::spawn(async move {
            stdin.write_all(&all).await.unwrap();
            stdin.shutdown().await.unwrap();
        });
        let mut came = Vec::new();
        stdout.read_to_end(&mut came).await.unwrap();
        sending.await.unwrap();
        assert!(came == sent, "{} of {} bytes", came.len(), sent.len());
        assert_eq!(command.exit().await.unwrap().status, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_not_read_holds_up_nobody_else() {
    for place in places().await {
        let sandbox = place.open().await;
        let mut stuck = sandbox.spawn(sh("yes")).await.unwrap();
        let _unread = stuck.take_stdout();
        let mut deaf = sandbox.spawn(sh("sleep 60")).await.unwrap();
        let mut stdin = deaf.take_stdin().unwrap();
        let pushing = tokio::spawn(async move { stdin.write_all(&vec![0; 10_000_000]).await });
        let (outcome, said) = run(&sandbox, command(&["echo", "through"]), &LIMIT).await;
        assert_eq!((outcome.verdict, said.as_str()), (Verdict::Ok, "through\n"));
        drop(deaf);
        // What will never be read cannot be written.
        assert!(pushing.await.unwrap().is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_environment_comes_through_and_one_too_large_is_refused() {
    for place in places().await {
        let sandbox = place.open().await;
        let mut spawn = sh("printf %s \"$LARGE\" | wc -c; printf %s \"$ODD\"");
        spawn.environment.push(("LARGE".into(), "x".repeat(50_000)));
        spawn.environment.push(("ODD".into(), "a=b\n\"ü\" $HOME".into()));
        let (_, said) = run(&sandbox, spawn.clone(), &LIMIT).await;
        assert_eq!(said, "50000\na=b\n\"ü\" $HOME");
        spawn.environment.push(("MORE".into(), "x".repeat(50_000)));
        let fault = sandbox.spawn(spawn).await.unwrap_err();
        assert!(matches!(&fault, Fault::Refused(why) if why.contains("64 KiB")), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_started_is_refused_with_a_reason() {
    for place in places().await {
        let sandbox = place.open().await;
        let (outcome, _) = run(&sandbox, command(&["no-such-program"]), &LIMIT).await;
        assert_eq!(outcome.verdict, Verdict::Refused, "{outcome:?}");
        assert!(outcome.why.unwrap().contains("no-such-program"));
        let (outcome, _) = run(&sandbox, command(&[]), &LIMIT).await;
        assert_eq!(outcome.verdict, Verdict::Refused);
        let mut elsewhere = sh("true");
        elsewhere.folder = "/no/such".into();
        assert_eq!(run(&sandbox, elsewhere, &LIMIT).await.0.verdict, Verdict::Refused);
        assert_eq!(run(&sandbox, sh("true"), &LIMIT).await.0.verdict, Verdict::Ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_one_and_changes_its_size() {
    for place in places().await {
        let sandbox = place.open().await;
        let mut spawn = sh("tty; stty size; read word; stty size; echo got $word");
        spawn.terminal = Some(Size { columns: 80, rows: 24 });
        let mut command = sandbox.spawn(spawn).await.unwrap();
        assert!(command.take_stderr().is_none());
        let (mut stdin, mut outputs) = (command.take_stdin().unwrap(), command.take_output().unwrap());
        let mut said = String::new();
        let mut next = async |said: &mut String| match outputs.next().await.unwrap() {
            Some((source, bytes)) => {
                assert_eq!(source, Source::Output);
                said.push_str(std::str::from_utf8(&bytes).unwrap());
                true
            }
            None => false,
        };
        while !said.contains("24 80") {
            assert!(next(&mut said).await, "{said}");
        }
        command.resize(Size { columns: 100, rows: 30 });
        stdin.write_all(b"word\n").await.unwrap();
        while next(&mut said).await {}
        assert!(said.contains("/dev/pts/0") && said.contains("30 100") && said.contains("got word"), "{said}");
        assert_eq!(command.exit().await.unwrap().status, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_arrive_and_a_dropped_command_is_killed() {
    for place in places().await {
        let sandbox = place.open().await;
        let mut command = sandbox
            .spawn(sh("trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.01; done"))
            .await
            .unwrap();
        let mut stdout = command.take_stdout().unwrap();
        let mut ready = [0; 6];
        stdout.read_exact(&mut ready).await.unwrap();
        command.signal(15);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).await.unwrap();
        assert_eq!((rest.as_str(), command.exit().await.unwrap().status), ("caught\n", 7));
        let long = sandbox.spawn(sh("(sleep 4242 &) ; sleep 4243")).await.unwrap();
        drop(long);
        let (outcome, _) =
            run(&sandbox, sh("while grep -qs sleep.42[4] /proc/[0-9]*/cmdline; do :; done"), &LIMIT).await;
        assert_eq!(outcome.verdict, Verdict::Ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_used_is_told() {
    for place in places().await {
        let sandbox = place.open().await;
        let before = sandbox.usage().await.unwrap();
        let (outcome, _) = run(&sandbox, sh("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"), &LIMIT).await;
        let after = outcome.usage.unwrap();
        assert!(after.cpu_micros > before.cpu_micros + 10_000, "{before:?} {after:?}");
        assert!(after.pids >= 1, "{after:?}");
        assert!(sandbox.pid().is_some());
        let (outcome, _) = run(&sandbox, sh("head -c 20000000 /dev/zero > zeros"), &LIMIT).await;
        assert_eq!(outcome.peak_memory_bytes.is_some_and(|bytes| bytes > 20_000_000), place.grouped, "{outcome:?}");
    }
}
