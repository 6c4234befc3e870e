//! The program inside as an enemy: should a guest ever take it over, it can say to the host whatever it likes. The host
//! believes nothing of it, keeps its time, and ends its sandbox. No room is needed for that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::sandbox::{RoomKind, Verdict};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use room::{Exit, Guest, Host, MAX_BODY, Ready, Source, VERSION, WINDOW, frame};
use sandbox::rooms::{Hold, Image, Keep, Opened, Order, Over, Room};
use sandbox::{Fault, Give, Limit, Outcome, Sandbox, Spawn, execute};
use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::harness::{SMALL, host};

/// What the enemy does with the two ends that it has.
type Script = Box<dyn FnOnce(Enemy) -> BoxFuture<'static, ()> + Send>;

/// The enemy's side.
struct Enemy {
    input: DuplexStream,
    output: DuplexStream,
}

impl Enemy {
    async fn hear(&mut self) -> Host {
        frame::read(&mut self.input).await.unwrap().expect("a word")
    }

    /// False when nobody listens any more.
    async fn say(&mut self, word: Guest) -> bool {
        frame::write(&mut self.output, &word).await.is_ok()
    }

    async fn raw(&mut self, kind: u8, channel: u32, length: u32, body: &[u8]) -> bool {
        let mut bytes = vec![kind];
        bytes.extend(channel.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(body);
        self.output.write_all(&bytes).await.is_ok()
    }

    /// Behaves until it is asked for something, and tells on which channel.
    async fn until_asked(&mut self) -> u32 {
        assert!(matches!(self.hear().await, Host::Setup(_)));
        self.say(Guest::Ready(Ready { version: VERSION, seccomp: true, landlock: 0 })).await;
        match self.hear().await {
            Host::Spawn(channel, _) | Host::Give(channel, _) | Host::Take(channel, _) | Host::Measure(channel) => {
                channel
            }
            other => panic!("{other:?}"),
        }
    }

    /// Behaves until a command runs.
    async fn until_running(&mut self) -> u32 {
        let channel = self.until_asked().await;
        self.say(Guest::Started(channel)).await;
        channel
    }

    /// Says and hears nothing more, and does not go away.
    async fn silence(self) {
        std::future::pending::<()>().await;
        drop(self);
    }
}

/// A room in which one enemy sits.
struct Den {
    script: Mutex<Option<Script>>,
    ended: Arc<AtomicBool>,
}

impl std::fmt::Debug for Den {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Den")
    }
}

impl Room for Den {
    fn kind(&self) -> RoomKind {
        RoomKind::Namespace
    }

    fn open<'a>(&'a self, _order: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>> {
        let script = self.script.lock().unwrap().take().unwrap();
        let (input, heard) = tokio::io::duplex(256 * 1024);
        let (said, output) = tokio::io::duplex(256 * 1024);
        let sitting = tokio::spawn(script(Enemy { input: heard, output: said }));
        let hold = Chain { sitting: sitting.abort_handle(), ended: self.ended.clone(), over: CancellationToken::new() };
        async { Ok(Opened { input: Box::new(input), output: Box::new(output), hold: Box::new(hold) }) }.boxed()
    }

    fn clear<'a>(&'a self, _node: &'a str, _keep: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>> {
        async { Ok(0) }.boxed()
    }
}

#[derive(Debug)]
struct Chain {
    sitting: tokio::task::AbortHandle,
    ended: Arc<AtomicBool>,
    over: CancellationToken,
}

impl Hold for Chain {
    fn name(&self) -> String {
        "an enemy".into()
    }

    fn pid(&self) -> Option<i32> {
        None
    }

    fn end(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.sitting.abort();
        self.ended.store(true, Ordering::SeqCst);
        self.over.cancel();
        async { Ok(()) }.boxed()
    }

    fn over(&self) -> BoxFuture<'_, Over> {
        async {
            self.over.cancelled().await;
            Over::default()
        }
        .boxed()
    }

    fn memory_ran_out(&self) -> BoxFuture<'_, bool> {
        async { false }.boxed()
    }
}

/// A sandbox with this enemy in it, and whether it was ended.
async fn open<F: Future<Output = ()> + Send + 'static>(
    script: impl FnOnce(Enemy) -> F + Send + 'static,
) -> (Result<Sandbox, Fault>, Arc<AtomicBool>) {
    let ended = Arc::new(AtomicBool::new(false));
    let script: Script = Box::new(|enemy| script(enemy).boxed());
    let den = Den { script: Mutex::new(Some(script)), ended: ended.clone() };
    let order = Order {
        id: host::random(),
        node: "attacked".into(),
        purpose: "an enemy".into(),
        profile: SMALL,
        image: Image::Helper,
        proxy: None,
        tools: Vec::new(),
    };
    (Sandbox::open(Arc::new(den), order).await, ended)
}

fn command() -> Spawn {
    Spawn { command: vec!["x".into()], environment: vec![], folder: "/work".into(), terminal: None }
}

const LIMIT: Limit = Limit { seconds: 1, output_bytes: 64 << 10 };

/// Runs a command with this enemy, within its time.
async fn run<F: Future<Output = ()> + Send + 'static>(
    script: impl FnOnce(Enemy) -> F + Send + 'static,
) -> (Outcome, bool) {
    let (sandbox, ended) = open(script).await;
    let sandbox = sandbox.unwrap();
    let mut output = 0;
    let begun = Instant::now();
    let outcome =
        execute(&sandbox, command(), &LIMIT, &CancellationToken::new(), |_, bytes| output += bytes.len()).await;
    assert!(begun.elapsed() <= Duration::from_millis(1100), "{:?} after {:?}", outcome.verdict, begun.elapsed());
    assert!(output < 70 << 10);
    if outcome.verdict == Verdict::Infrastructure {
        timeout(Duration::from_secs(5), until(&ended)).await.ok();
    }
    (outcome, ended.load(Ordering::SeqCst))
}

/// An enemy that starts a command and then says this: the sandbox fails, and is ended.
async fn broken<F: Future<Output = ()> + Send + 'static>(script: impl FnOnce(Enemy, u32) -> F + Send + 'static) {
    let (outcome, ended) = run(|mut enemy| async move {
        let channel = enemy.until_running().await;
        script(enemy, channel).await;
    })
    .await;
    assert_eq!(outcome.verdict, Verdict::Infrastructure, "{outcome:?}");
    assert!(ended, "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_from_the_beginning() {
    let (sandbox, ended) = open(Enemy::silence).await;
    assert!(matches!(sandbox, Err(Fault::Infrastructure { .. })) && ended.load(Ordering::SeqCst), "{sandbox:?}");
}

#[tokio::test]
async fn another_version() {
    for version in [0, VERSION + 1, u32::MAX] {
        let ready = Guest::Ready(Ready { version, seccomp: true, landlock: 0 });
        let (sandbox, ended) = open(|mut enemy| async move {
            enemy.hear().await;
            enemy.say(ready).await;
            enemy.silence().await;
        })
        .await;
        assert!(matches!(sandbox, Err(Fault::Infrastructure { .. })) && ended.load(Ordering::SeqCst), "{sandbox:?}");
    }
}

#[tokio::test]
async fn nonsense_from_the_beginning() {
    for nonsense in [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &[0; 4096], &[255; 4096], b""] {
        let (sandbox, ended) = open(move |mut enemy| async move {
            enemy.output.write_all(nonsense).await.ok();
        })
        .await;
        assert!(matches!(sandbox, Err(Fault::Infrastructure { .. })) && ended.load(Ordering::SeqCst), "{sandbox:?}");
    }
}

#[tokio::test]
async fn silence_when_asked() {
    let (outcome, _) = run(|mut enemy| async move {
        enemy.until_asked().await;
        enemy.silence().await;
    })
    .await;
    assert_eq!(outcome.verdict, Verdict::Timeout);
}

#[tokio::test]
async fn silence_when_told_to_end() {
    let (outcome, ended) = run(|mut enemy| async move {
        enemy.until_running().await;
        enemy.silence().await;
    })
    .await;
    assert_eq!((outcome.verdict, ended), (Verdict::Timeout, true));
}

/// The command is dead, it says; but then it measures nothing and says no more.
#[tokio::test]
async fn silence_after_the_end() {
    let (outcome, _) = run(|mut enemy| async move {
        let channel = enemy.until_running().await;
        while !matches!(enemy.hear().await, Host::Signal(..)) {}
        enemy.say(Guest::Exit(channel, Exit { status: 137, memory: false })).await;
        enemy.silence().await;
    })
    .await;
    assert_eq!(outcome.verdict, Verdict::Timeout);
}

#[tokio::test]
async fn oversize() {
    broken(|mut enemy, channel| async move {
        let length = u32::try_from(MAX_BODY + 1).unwrap();
        while enemy.raw(2, channel, length, &vec![0; MAX_BODY + 1]).await {}
    })
    .await;
    broken(|mut enemy, channel| async move { while enemy.raw(2, channel, u32::MAX, &[0; 1024]).await {} }).await;
}

#[tokio::test]
async fn cut_off_within_a_frame() {
    broken(|mut enemy, channel| async move {
        enemy.raw(2, channel, 100, &[0; 10]).await;
    })
    .await;
}

#[tokio::test]
async fn words_that_do_not_exist() {
    for kind in [9, 99, 255] {
        broken(move |mut enemy, channel| async move {
            enemy.raw(kind, channel, 0, &[]).await;
            enemy.silence().await;
        })
        .await;
    }
}

#[tokio::test]
async fn bodies_that_say_nothing() {
    for (kind, body) in
        [(4, &b"{}"[..]), (4, b"[1"), (4, b"{\"status\":1e99,\"memory\":0}"), (6, b"\xff\xfe"), (7, b"null"), (8, b"1")]
    {
        broken(move |mut enemy, channel| async move {
            enemy.raw(kind, channel, u32::try_from(body.len()).unwrap(), body).await;
            enemy.silence().await;
        })
        .await;
    }
}

#[tokio::test]
async fn channels_that_are_not_open() {
    for other in [0, 7, u32::MAX] {
        broken(move |mut enemy, _| async move {
            enemy.say(Guest::Output(other, Source::Output, vec![1])).await;
            enemy.silence().await;
        })
        .await;
    }
}

#[tokio::test]
async fn beyond_the_window() {
    let (sandbox, ended) = open(|mut enemy| async move {
        let channel = enemy.until_running().await;
        for _ in 0..=WINDOW / MAX_BODY {
            enemy.say(Guest::Output(channel, Source::Error, vec![0; MAX_BODY])).await;
        }
        enemy.silence().await;
    })
    .await;
    let sandbox = sandbox.unwrap();
    // Nobody reads: the first piece over the window is one too many.
    let command = sandbox.spawn(command()).await.unwrap();
    timeout(Duration::from_secs(5), sandbox.closed().cancelled()).await.unwrap();
    assert!(command.exit().await.is_err());
    timeout(Duration::from_secs(5), until(&ended)).await.unwrap();
}

#[tokio::test]
async fn answers_to_what_was_not_asked() {
    let exit = |channel| Guest::Exit(channel, Exit { status: 0, memory: false });
    let answers: [fn(u32) -> Guest; 6] = [
        |_| Guest::Ready(Ready { version: VERSION, seccomp: true, landlock: 0 }),
        Guest::Started,
        Guest::Done,
        |channel| Guest::Failed(channel, "no".into()),
        |channel| Guest::Usage(channel, room::Usage::default()),
        |channel| Guest::Taken(channel, u32::MAX),
    ];
    for answer in answers {
        broken(move |mut enemy, channel| async move {
            enemy.say(answer(channel)).await;
            enemy.silence().await;
        })
        .await;
    }
    // An end before a beginning.
    let (outcome, ended) = run(move |mut enemy| async move {
        let channel = enemy.until_asked().await;
        enemy.say(exit(channel)).await;
        enemy.silence().await;
    })
    .await;
    assert_eq!((outcome.verdict, ended), (Verdict::Infrastructure, true));
}

#[tokio::test]
async fn output_after_its_end() {
    broken(|mut enemy, channel| async move {
        for bytes in [vec![], vec![1]] {
            enemy.say(Guest::Output(channel, Source::Output, bytes)).await;
        }
        enemy.silence().await;
    })
    .await;
}

/// Frames without end that mean nothing: the time is kept all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_trifles() {
    let before = host::memory_of_this_process();
    let (outcome, _) = run(|mut enemy| async move {
        let channel = enemy.until_running().await;
        while enemy.say(Guest::Taken(channel, 0)).await {}
    })
    .await;
    assert_eq!(outcome.verdict, Verdict::Timeout);
    let (outcome, _) = run(|mut enemy| async move {
        let channel = enemy.until_running().await;
        while enemy.say(Guest::Output(channel, Source::Error, Vec::new())).await {}
    })
    .await;
    assert_eq!(outcome.verdict, Verdict::Timeout);
    assert!(host::memory_of_this_process().saturating_sub(before) < 200 << 20);
}

/// Output a byte at a time, never hearing what it is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_drops() {
    let (outcome, _) = run(|mut enemy| async move {
        let channel = enemy.until_running().await;
        while enemy.say(Guest::Output(channel, Source::Output, vec![b'.'])).await {}
    })
    .await;
    assert_eq!(outcome.verdict, Verdict::Output);
}

/// What it says of an end is believed, for it harms nobody: whatever the number.
#[tokio::test]
async fn strange_ends() {
    for status in [i32::MIN, -1, 1 << 30] {
        let (outcome, _) = run(move |mut enemy| async move {
            let channel = enemy.until_running().await;
            for source in [Source::Output, Source::Error] {
                enemy.say(Guest::Output(channel, source, Vec::new())).await;
            }
            enemy.say(Guest::Exit(channel, Exit { status, memory: false })).await;
            enemy.silence().await;
        })
        .await;
        assert_eq!(outcome.verdict, Verdict::Exit(status));
    }
}

/// More files than were asked for.
#[tokio::test]
async fn more_than_was_asked_for() {
    let (sandbox, ended) = open(|mut enemy| async move {
        let channel = enemy.until_asked().await;
        while enemy.say(Guest::Output(channel, Source::Output, vec![0; MAX_BODY])).await {
            // As far as the window lets it, which the host opens as it reads.
            while let Some(word) = enemy.hear().now_or_never() {
                drop(word);
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let give = Give { path: "/work".into(), without: vec![], most_bytes: 1 << 20, most_entries: 10 };
    let mut taken = Vec::new();
    let given = timeout(Duration::from_secs(5), sandbox.unwrap().give(give, &mut taken)).await.unwrap();
    assert!(given.is_err() && taken.len() < 4 << 20, "{given:?} of {}", taken.len());
    timeout(Duration::from_secs(5), until(&ended)).await.unwrap();
}

async fn until(flag: &AtomicBool) {
    while !flag.load(Ordering::SeqCst) {
        sleep(Duration::from_millis(5)).await;
    }
}
