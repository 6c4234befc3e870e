//! Commands: their streams, their end, signals, terminals.

use room::{Guest, Host, Size, Source, Spawn, WINDOW};

use crate::harness::{Inside, bytes, on_terminal, setup, sh};

#[tokio::test]
async fn a_command_writes_and_ends_with_its_status() {
    let Some(mut inside) = Inside::open().await else { return };
    let ran = inside.run("echo out $WHO $(pwd) $(env | wc -l); echo err >&2; exit 3").await;
    // The shell adds PWD itself.
    assert_eq!(ran.output, "out guest /work 3\n");
    assert_eq!(ran.error, "err\n");
    assert_eq!(ran.status(), 3);
    assert_eq!(inside.run("kill -9 $$").await.status(), 137);
    assert_eq!(inside.run("exec true").await.status(), 0);
}

#[tokio::test]
async fn what_cannot_be_started_is_said_in_words() {
    let Some(mut inside) = Inside::open().await else { return };
    let wrong = |command: &str, folder: &str| Spawn { command: vec![command.into()], folder: folder.into(), ..sh("") };
    for (spawn, words) in [
        (wrong("no-such-program", "/work"), "There is no program no-such-program."),
        (wrong("/etc", "/work"), "/etc may not be run."),
        (wrong("true", "/nowhere"), "There is no folder /nowhere."),
        (Spawn { command: vec![], ..sh("") }, "There is no command."),
    ] {
        let channel = inside.channel();
        inside.say(Host::Spawn(channel, spawn)).await;
        assert_eq!(inside.hear(channel).await, Guest::Failed(channel, words.into()));
    }
}

#[tokio::test]
async fn input_arrives_and_ends() {
    let Some(mut inside) = Inside::open().await else { return };
    let channel = inside.start(sh("cat; echo end")).await;
    inside.say(Host::Input(channel, b"one\n".to_vec())).await;
    inside.say(Host::Input(channel, b"two\n".to_vec())).await;
    inside.say(Host::Input(channel, vec![])).await;
    assert_eq!(inside.end(channel).await.output, "one\ntwo\nend\n");
}

#[tokio::test]
async fn a_signal_reaches_the_whole_group() {
    let Some(mut inside) = Inside::open().await else { return };
    let channel = inside.start(sh("trap 'echo got; exit 7' TERM; sh -c 'echo ready; exec sleep 1000' & wait")).await;
    inside.line(channel, "ready").await;
    inside.say(Host::Signal(channel, 15)).await;
    let ran = inside.end(channel).await;
    assert_eq!((ran.output.as_str(), ran.status()), ("got\n", 7));
}

#[tokio::test]
async fn a_terminal_has_its_size_and_hears_of_another() {
    let Some(mut inside) = Inside::open().await else { return };
    let script = "stty size; tty; trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.01; done";
    let channel = inside.start(on_terminal(script, 80, 24)).await;
    assert_eq!(inside.line(channel, "24").await, "24 80");
    inside.line(channel, "ready").await;
    inside.say(Host::Resize(channel, Size { columns: 132, rows: 43 })).await;
    let ran = inside.end(channel).await;
    assert!(ran.output.contains("43 132"), "{ran:?}");
}

#[tokio::test]
async fn a_terminal_is_the_commands_own() {
    let Some(mut inside) = Inside::open().await else { return };
    let channel =
        inside.start(on_terminal("echo ready; read line < /dev/tty; echo got $line; cat; echo end", 80, 24)).await;
    inside.line(channel, "ready").await;
    inside.say(Host::Input(channel, b"hello\r".to_vec())).await;
    inside.line(channel, "got hello").await;
    inside.say(Host::Input(channel, vec![])).await;
    let ran = inside.end(channel).await;
    assert!(ran.output.contains("end"), "{ran:?}");
    let script = "trap 'exit 9' INT; echo ready; while :; do sleep 0.01; done";
    let channel = inside.start(on_terminal(script, 80, 24)).await;
    inside.line(channel, "ready").await;
    // What a person presses to interrupt.
    inside.say(Host::Input(channel, vec![3])).await;
    assert_eq!(inside.end(channel).await.status(), 9);
}

#[tokio::test]
async fn nine_ends_everything_a_command_started_and_nothing_else() {
    let Some(mut inside) = Inside::open().await else { return };
    // A daemon as they are made: twice forked, in a session of its own, with none of its parent's files.
    let daemon = "(setsid sh -c 'trap \"\" HUP TERM; exec sleep 2000' >/dev/null 2>&1 </dev/null &)";
    let script = format!("{daemon}; {daemon}; sleep 1000 & echo ready; exec sleep 1000");
    let other = inside.start(sh(&format!("{daemon}; echo ready; exec sleep 1000"))).await;
    inside.line(other, "ready").await;
    let channel = inside.start(sh(&script)).await;
    inside.line(channel, "ready").await;
    inside.say(Host::Signal(channel, 9)).await;
    assert_eq!(inside.end(channel).await.status(), 137);
    // Of the other command: itself and its daemon.
    let left = "ps -eo stat,args | grep -v '^Z' | grep -c 'sleep [12]000'";
    inside.run(&format!("until [ $({left}) = 2 ]; do :; done")).await;
    inside.say(Host::Signal(other, 9)).await;
    assert_eq!(inside.end(other).await.status(), 137);
    inside.run(&format!("until [ $({left}) = 0 ]; do :; done")).await;
}

#[tokio::test]
async fn nine_also_ends_what_a_command_left_behind() {
    let Some(mut inside) = Inside::open().await else { return };
    let left = inside.start(sh("(setsid sleep 1000 >/dev/null 2>&1 </dev/null &)")).await;
    assert_eq!(inside.end(left).await.status(), 0);
    inside.run("until pgrep sleep; do :; done").await;
    inside.say(Host::Signal(left, 9)).await;
    inside.run("while pgrep sleep; do :; done").await;
}

#[tokio::test]
async fn a_bomb_of_processes_can_be_ended() {
    let Some(mut inside) = Inside::open().await else { return };
    let channel = inside.start(sh("echo ready; bomb() { bomb | bomb & }; bomb; read line")).await;
    inside.line(channel, "ready").await;
    inside.say(Host::Signal(channel, 9)).await;
    let ran = inside.end(channel).await;
    assert_eq!(ran.status(), 137);
    inside.run("while [ $(pgrep -c sh) != 1 ]; do :; done").await;
}

#[tokio::test]
async fn those_that_live_only_to_start_the_next_are_caught_and_others_go_on() {
    let Some(mut inside) = Inside::open().await else { return };
    if !inside.has("python3").await {
        return;
    }
    // One that counts, and one that someone has stopped.
    let script = "sh -c 'kill -STOP $$; echo woken' & echo ready; n=0; while read line; do n=$((n+1)); echo $n; done";
    let other = inside.start(sh(script)).await;
    inside.line(other, "ready").await;
    let rabbit = "import os\nprint('ready', flush=True)\nwhile True:\n if os.fork(): os._exit(0)";
    let command = ["python3", "-c", rabbit].map(String::from).to_vec();
    let channel = inside.start(Spawn { command, ..sh("") }).await;
    inside.line(channel, "ready").await;
    inside.say(Host::Signal(channel, 9)).await;
    // Its output ends only when every one of them has.
    inside.end(channel).await;
    inside.say(Host::Input(other, b"one\n".to_vec())).await;
    inside.line(other, "1").await;
    let stopped = inside.run("ps -eo stat,args | grep -c '^T.*woken'").await;
    assert_eq!(stopped.output, "1\n");
}

#[tokio::test]
async fn when_the_host_lets_go_everything_ends() {
    let Some(mut inside) = Inside::open().await else { return };
    let channel = inside.start(sh("setsid sh -c 'trap \"\" HUP TERM; sleep 1000' & echo ready; wait")).await;
    inside.line(channel, "ready").await;
    let first = inside.first_process();
    assert!(inside.let_go().success());
    assert!(!std::path::Path::new(&format!("/proc/{first}")).exists());
}

#[tokio::test]
async fn one_that_never_reads_holds_up_nobody_else() {
    let Some(mut inside) = Inside::open().await else { return };
    let stuck = inside.start(sh("sleep 1000")).await;
    for _ in 0..WINDOW / room::MAX_BODY {
        inside.say(Host::Input(stuck, vec![0; room::MAX_BODY])).await;
    }
    // Nor does one that nobody reads.
    let flood = inside.start(sh("yes")).await;
    let ran = inside.run("echo still here").await;
    assert_eq!(ran.output, "still here\n");
    inside.say(Host::Signal(flood, 9)).await;
    inside.say(Host::Signal(stuck, 9)).await;
    assert_eq!(inside.end(flood).await.status(), 137);
    assert_eq!(inside.end(stuck).await.status(), 137);
}

#[tokio::test]
async fn a_terminal_that_nobody_reads_holds_up_nobody_else() {
    let Some(mut inside) = Inside::open().await else { return };
    let stuck = inside.start(on_terminal("stty raw -echo; echo ready; exec sleep 1000", 80, 24)).await;
    inside.line(stuck, "ready").await;
    for _ in 0..WINDOW / room::MAX_BODY {
        inside.say(Host::Input(stuck, vec![b'x'; room::MAX_BODY])).await;
    }
    assert_eq!(inside.run("echo still here").await.output, "still here\n");
    inside.say(Host::Signal(stuck, 9)).await;
    assert_eq!(inside.end(stuck).await.status(), 137);
}

#[tokio::test]
async fn what_comes_in_one_piece_of_any_size_is_answered() {
    // As much as is read at once tells nothing of whether more is there: asking for it must not hold up the answer.
    let Some(mut inside) = Inside::wall("") else { return };
    let mut piece = bytes(&Host::Setup(setup()));
    let last = bytes(&Host::Measure(1));
    let gap = room::MAX_BODY - piece.len() - last.len() - bytes(&Host::Input(9, vec![])).len();
    piece.extend(bytes(&Host::Input(9, vec![0; gap])));
    piece.extend(last);
    assert_eq!(piece.len(), room::MAX_BODY);
    inside.say_bytes(&piece).await;
    assert!(matches!(inside.hear_any().await, Guest::Ready(_)));
    assert!(matches!(inside.hear_any().await, Guest::Usage(1, _)));
}

#[tokio::test]
async fn a_slow_reader_costs_no_memory() {
    let Some(mut inside) = Inside::open().await else { return };
    const ALL: usize = 100 << 20;
    let channel = inside.start(sh(&format!("head -c {ALL} /dev/zero"))).await;
    let mut count = 0;
    let mut on_the_way = 0;
    // The command may end before all it wrote has come.
    let mut others = Vec::new();
    // Takes only once the window is full, so that as much is on the way as ever can be.
    while count < ALL {
        let bytes = match inside.hear(channel).await {
            Guest::Output(_, Source::Output, bytes) => bytes,
            other => {
                others.push(other);
                continue;
            }
        };
        count += bytes.len();
        on_the_way += bytes.len();
        assert!(on_the_way <= WINDOW, "{on_the_way} bytes on the way");
        if on_the_way == WINDOW || count == ALL {
            let taken = u32::try_from(std::mem::take(&mut on_the_way)).unwrap();
            inside.say(Host::Taken(channel, Source::Output, taken)).await;
        }
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", inside.first_process())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 16 << 10, "{peak} KiB");
    inside.hear_again(channel, others);
    assert_eq!(inside.end(channel).await.status(), 0);
}

#[tokio::test]
async fn nothing_is_answered_before_the_setup_and_no_other_version() {
    let Some(mut inside) = Inside::wall("") else { return };
    inside.say(Host::Spawn(1, sh("true"))).await;
    assert_eq!(inside.hear_any().await, Guest::Failed(0, "Setup must come first.".into()));
    assert_eq!(inside.hear_end().await, None);
    let Some(mut inside) = Inside::wall("") else { return };
    inside.say(Host::Setup(room::Setup { version: 99, ..setup() })).await;
    assert!(matches!(inside.hear_any().await, Guest::Failed(0, why) if why.contains("version 99")));
}

#[tokio::test]
async fn what_begins_as_no_sandbox_is_refused() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_room")).arg("init").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("first process"));
}
