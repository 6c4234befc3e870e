//! A sandbox whose program inside says what no honest one would: it is ended, and nobody waits in vain.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::sandbox::{Preset, RoomKind, Verdict};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use room::{Exit, Give, Guest, Host, MAX_BODY, Ready, Source, Spawn, Usage, VERSION, WINDOW, frame};
use sandbox::rooms::{Hold, Image, Keep, Opened, Order, Over, Room};
use sandbox::{Fault, Limit, Sandbox, execute};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

type Inside = Box<dyn Fn(DuplexStream) -> BoxFuture<'static, ()> + Send + Sync>;

/// A room in which something else than our own program runs.
struct Stage {
    inside: Inside,
    ended: Arc<AtomicBool>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

#[derive(Debug)]
struct Prop {
    ended: Arc<AtomicBool>,
    over: watch::Sender<bool>,
}

impl Room for Stage {
    fn kind(&self) -> RoomKind {
        RoomKind::Namespace
    }

    fn open<'a>(&'a self, _order: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>> {
        let (host, guest) = duplex(1 << 20);
        tokio::spawn((self.inside)(guest));
        let (output, input) = split(host);
        let hold = Prop { ended: self.ended.clone(), over: watch::Sender::new(false) };
        let opened = Opened { input: Box::new(input), output: Box::new(output), hold: Box::new(hold) };
        std::future::ready(Ok(opened)).boxed()
    }

    fn clear<'a>(&'a self, _node: &'a str, _keep: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>> {
        std::future::ready(Ok(0)).boxed()
    }
}

impl Hold for Prop {
    fn name(&self) -> String {
        "prop".into()
    }

    fn pid(&self) -> Option<i32> {
        None
    }

    fn end(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.ended.store(true, Ordering::SeqCst);
        self.over.send_replace(true);
        std::future::ready(Ok(())).boxed()
    }

    fn over(&self) -> BoxFuture<'_, Over> {
        async move {
            self.over.subscribe().wait_for(|over| *over).await.unwrap();
            Over::default()
        }
        .boxed()
    }

    fn memory_ran_out(&self) -> BoxFuture<'_, bool> {
        std::future::ready(false).boxed()
    }
}

fn order() -> Order {
    let (node, purpose) = ("test".to_owned(), "test".to_owned());
    let profile = Preset::Run.profile();
    Order { id: Uuid::from_u128(1), node, purpose, profile, image: Image::Helper, proxy: None, tools: Vec::new() }
}

async fn open(inside: Inside) -> (Result<Sandbox, Fault>, Arc<AtomicBool>) {
    let ended = Arc::new(AtomicBool::new(false));
    let room = Arc::new(Stage { inside, ended: ended.clone() });
    (Sandbox::open(room, order()).await, ended)
}

fn spawn() -> Spawn {
    Spawn { command: vec!["x".into()], environment: Vec::new(), folder: "/work".into(), terminal: None }
}

fn output(channel: u32, length: usize) -> Guest {
    Guest::Output(channel, Source::Output, vec![0; length])
}

/// Gets ready, waits for the first word after that, and says these.
async fn says(words: Vec<Guest>) -> (Sandbox, Arc<AtomicBool>) {
    let words = Arc::new(words);
    let inside: Inside = Box::new(move |mut stream| {
        let words = words.clone();
        async move {
            frame::read::<Host>(&mut stream).await.unwrap().unwrap();
            let ready = Ready { version: VERSION, seccomp: true, landlock: 0 };
            frame::write(&mut stream, &Guest::Ready(ready)).await.unwrap();
            frame::read::<Host>(&mut stream).await.unwrap().unwrap();
            for word in words.iter() {
                if frame::write(&mut stream, word).await.is_err() {
                    return;
                }
            }
            // Whoever waits for more must learn of the end by what was said.
            while let Ok(Some(_)) = frame::read::<Host>(&mut stream).await {}
        }
        .boxed()
    });
    let (sandbox, ended) = open(inside).await;
    (sandbox.unwrap(), ended)
}

#[tokio::test]
async fn what_no_honest_program_says_is_the_end_of_it() {
    let exit = Exit { status: 0, memory: false };
    let full = || vec![output(1, MAX_BODY); WINDOW / MAX_BODY];
    let hostile = [
        vec![Guest::Started(2)],
        vec![Guest::Started(0)],
        vec![Guest::Exit(1, exit)],
        vec![Guest::Done(1)],
        vec![Guest::Usage(1, Usage::default())],
        vec![Guest::Ready(Ready { version: VERSION, seccomp: true, landlock: 0 })],
        vec![Guest::Started(1), Guest::Started(1)],
        vec![Guest::Started(1), Guest::Exit(1, exit), Guest::Exit(1, exit)],
        vec![Guest::Started(1), Guest::Failed(1, "late".into())],
        vec![Guest::Started(1), Guest::Taken(1, 1)],
        vec![Guest::Started(1), Guest::Taken(1, u32::MAX)],
        vec![Guest::Started(1), output(1, 0), output(1, 1)],
        [vec![Guest::Started(1)], full(), vec![output(1, 1)]].concat(),
        vec![output(7, 10)],
    ];
    for words in hostile {
        let what = format!("{:?}", words.iter().map(std::mem::discriminant).collect::<Vec<_>>());
        let (sandbox, ended) = says(words).await;
        // Nobody reads, so that the window fills up.
        let command = sandbox.spawn(spawn()).await;
        let fault = match command {
            Ok(command) => {
                sandbox.closed().cancelled().await;
                command.exit().await.err()
            }
            Err(fault) => Some(fault),
        };
        // One that had ended before stays ended.
        assert!(fault.is_none_or(|fault| matches!(fault, Fault::Infrastructure { .. })), "{what}");
        assert!(sandbox.over().await.complaint.unwrap().contains("the program inside"), "{what}");
        assert!(ended.load(Ordering::SeqCst), "{what}");
        assert!(matches!(sandbox.spawn(spawn()).await, Err(Fault::Infrastructure { .. })), "{what}");
    }
}

#[tokio::test]
async fn a_run_in_it_is_a_fault_of_the_infrastructure() {
    let (sandbox, _) = says(vec![Guest::Started(1), output(1, 5), output(9, 5)]).await;
    let mut said = 0;
    let limit = Limit { seconds: 10, output_bytes: 100 };
    let sink = |_, bytes: &[u8]| said += bytes.len();
    let outcome = execute(&sandbox, spawn(), &limit, &CancellationToken::new(), sink).await;
    assert_eq!((outcome.verdict, said), (Verdict::Infrastructure, 5), "{outcome:?}");
    assert!(outcome.why.unwrap().contains("not open"));
}

#[tokio::test]
async fn it_cannot_give_more_than_it_was_asked_for() {
    let words = vec![output(1, MAX_BODY); 100];
    let (sandbox, ended) = says(words).await;
    let give = Give { path: "/work".into(), without: Vec::new(), most_bytes: 10, most_entries: 1 };
    let mut out = Vec::new();
    let fault = sandbox.give(give, &mut out).await.unwrap_err();
    assert!(matches!(fault, Fault::Infrastructure { .. }), "{fault}");
    assert!(out.len() < 100_000);
    sandbox.over().await;
    assert!(ended.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_what_is_put_in_is_heard() {
    let (sandbox, _) = says(vec![Guest::Failed(1, "no room".into())]).await;
    let fault = sandbox.put("/work", tokio::io::repeat(1)).await.unwrap_err();
    assert!(matches!(&fault, Fault::Archive(why) if why == "no room"), "{fault}");
}

#[tokio::test]
async fn who_does_not_get_ready_is_not_opened() {
    let wrong: [fn() -> Vec<u8>; 4] = [
        Vec::new,
        || vec![0, 0, 0, 0, 0, 255, 255, 255, 255],
        || b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        || [&[0, 0, 0, 0, 0, 41, 0, 0, 0][..], br#"{"version":9,"seccomp":true,"landlock":0}"#].concat(),
    ];
    for bytes in wrong {
        let inside: Inside = Box::new(move |mut stream| {
            async move {
                frame::read::<Host>(&mut stream).await.unwrap().unwrap();
                stream.write_all(&bytes()).await.unwrap();
            }
            .boxed()
        });
        let (sandbox, ended) = open(inside).await;
        assert!(matches!(sandbox, Err(Fault::Infrastructure { .. })));
        assert!(ended.load(Ordering::SeqCst));
    }
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_at_all_is_given_up() {
    let inside: Inside =
        Box::new(|mut stream| async move { while let Ok(Some(_)) = frame::read::<Host>(&mut stream).await {} }.boxed());
    let (sandbox, ended) = open(inside).await;
    assert!(matches!(sandbox, Err(Fault::Infrastructure { .. })));
    assert!(ended.load(Ordering::SeqCst));
    let (sandbox, _) = says(Vec::new()).await;
    assert!(matches!(sandbox.usage().await, Err(Fault::Infrastructure { .. })));
    sandbox.over().await;
}

#[tokio::test(start_paused = true)]
async fn who_stops_in_the_middle_of_files_is_given_up() {
    for tar in [&b"short"[..], &[0; 2 * WINDOW]] {
        let (sandbox, ended) = says(Vec::new()).await;
        let fault = sandbox.put("/work", tar).await.unwrap_err();
        assert!(matches!(fault, Fault::Infrastructure { .. }), "{fault}");
        sandbox.over().await;
        assert!(ended.load(Ordering::SeqCst));
    }
    let (sandbox, ended) = says(vec![output(1, 5)]).await;
    let give = Give { path: "/work".into(), without: Vec::new(), most_bytes: 10, most_entries: 1 };
    let fault = sandbox.give(give, &mut Vec::new()).await.unwrap_err();
    assert!(matches!(fault, Fault::Infrastructure { .. }), "{fault}");
    sandbox.over().await;
    assert!(ended.load(Ordering::SeqCst));
}
