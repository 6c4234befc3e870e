//! The live stream: resuming, gaps, topics, slow readers, and the twin in server-sent events.

use std::time::Duration;

use domain::stream::{CLOSE_MALFORMED, CLOSE_SLOW, Cursor, Draft, LogLine, Notice, ServerFrame, Topic};
use server::config::StreamLimits;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::http::get;
use crate::workshop::{Workshop, say};
use crate::ws::{Client, Heard, seqs};

store::on_both! {
    async fn a_reader_resumes_from_its_cursor_and_misses_nothing(store: Store) {
        let workshop = Workshop::over(store, StreamLimits::default()).await;
        let conversation = workshop.conversation().await;
        let mut client = Client::connect(workshop.address).await;
        let here = client.subscribe(&[Topic::Workshop], None).await;
        for number in 0..5 {
            workshop.say(&conversation, &format!("live {number}")).await;
        }
        let first = client.event().await;
        assert_eq!(first.seq, here.seq + 1);
        drop(client);
        for number in 0..600 {
            workshop.say(&conversation, &format!("meanwhile {number}")).await;
        }
        let mut again = Client::connect(workshop.address).await;
        let head = again.subscribe(&[Topic::Workshop], Some(Cursor { epoch: here.epoch, seq: first.seq })).await;
        let mut heard = vec![first.seq];
        while heard.last() != Some(&head.seq) {
            heard.push(again.event().await.seq);
        }
        assert_eq!(heard, (first.seq..=head.seq).collect::<Vec<_>>());
        workshop.server.stop().await;
    }
}

#[tokio::test]
async fn a_cursor_of_another_epoch_is_a_gap_and_life_goes_on() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let mut client = Client::connect(workshop.address).await;
    let strange = Cursor { epoch: Uuid::from_u128(7), seq: 0 };
    let head = client.subscribe(&[Topic::Workshop], Some(strange)).await;
    let ServerFrame::Gap { epoch, oldest } = client.frame().await else { panic!("no gap") };
    assert_eq!((epoch, oldest), (head.epoch, 1));
    let message = workshop.say(&conversation, "after the gap").await;
    let event = client.event().await;
    assert_eq!(event.seq, head.seq + 1);
    assert!(serde_json::to_string(&event).unwrap().contains(&message.id.to_string()));
    workshop.close().await;
}

#[tokio::test]
async fn a_cursor_that_this_log_never_reaches_is_a_gap() {
    let workshop = Workshop::open().await;
    let mut client = Client::connect(workshop.address).await;
    let epoch = workshop.store.log().head().epoch;
    let head = client.subscribe(&[Topic::Workshop], Some(Cursor { epoch, seq: 1_000_000 })).await;
    let ServerFrame::Gap { .. } = client.frame().await else { panic!("no gap") };
    let conversation = workshop.conversation().await;
    assert_eq!(client.event().await.seq, head.seq + 1);
    drop(conversation);
    workshop.close().await;
}

#[tokio::test]
async fn a_subscription_hears_its_topics_and_learns_that_the_rest_went_by() {
    let workshop = Workshop::open().await;
    let (wanted, other) = (workshop.conversation().await, workshop.conversation().await);
    let mut client = Client::connect(workshop.address).await;
    let here = client.subscribe(&[Topic::Conversation(wanted.id)], None).await;
    workshop.say(&other, "not for you").await;
    let ServerFrame::Caught { seq } = client.frame().await else { panic!("not told") };
    assert_eq!(seq, here.seq + 1);
    workshop.say(&wanted, "for you").await;
    assert_eq!(client.event().await.seq, here.seq + 2);
    // A new subscription takes the place of the old one.
    client.subscribe(&[Topic::Conversation(other.id)], None).await;
    workshop.say(&wanted, "no longer for you").await;
    workshop.say(&other, "for you now").await;
    assert_eq!(client.event().await.seq, here.seq + 4);
    workshop.close().await;
}

#[tokio::test]
async fn passing_things_reach_whoever_listens_and_drafts_also_who_comes_late() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let draft = |offset: u32, text: &str| {
        Notice::Draft(Draft {
            delivery: Uuid::from_u128(1).into(),
            project: None,
            conversation: conversation.id,
            helper: "the_author".parse().unwrap(),
            offset,
            text: text.into(),
        })
    };
    let line = Notice::Log(LogLine {
        helper: "the_author".parse().unwrap(),
        number: 1,
        at: workshop.store.now(),
        text: "hm".into(),
    });
    workshop.store.log().notify(draft(0, "Once "));
    workshop.store.log().notify(draft(5, "upon"));
    let mut late = Client::connect(workshop.address).await;
    late.subscribe(&[Topic::Workshop], None).await;
    assert_eq!(late.frame().await, ServerFrame::Notice(draft(0, "Once upon")));
    let mut reader = Client::connect(workshop.address).await;
    reader.subscribe(&[Topic::Log("the_author".parse().unwrap())], None).await;
    workshop.store.log().notify(draft(9, " a time"));
    workshop.store.log().notify(line.clone());
    assert_eq!(late.frame().await, ServerFrame::Notice(draft(9, " a time")));
    assert_eq!(reader.frame().await, ServerFrame::Notice(line), "no drafts for a reader of the log");
    workshop.close().await;
}

#[tokio::test]
async fn silence_is_broken_by_pings() {
    let workshop = Workshop::with(StreamLimits { ping: Duration::from_millis(20), ..StreamLimits::default() }).await;
    let mut client = Client::connect(workshop.address).await;
    for _ in 0..3 {
        assert!(matches!(client.hear().await, Heard::Frame(ServerFrame::Ping { .. }, _)));
    }
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_of_the_other_side_are_answered_between_what_is_said() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    let mut client = Client::connect(workshop.address).await;
    let here = client.subscribe(&[Topic::Workshop], None).await;
    for number in 0..20_u8 {
        client.send(Message::Ping(vec![number; 100].into())).await;
        workshop.say(&conversation, &"long ".repeat(usize::from(number) * 50 + 1)).await;
    }
    client.say("and now for something else").await;
    let (heard, end) = client.hear_to_the_end().await;
    assert_eq!(end, Some(CLOSE_MALFORMED));
    assert_eq!(seqs(&heard), (here.seq + 1..).take(heard.len()).collect::<Vec<_>>());
    assert_eq!(client.pong.as_deref(), Some([19; 100].as_slice()));
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_cut_off_and_resumes_while_others_hear_everything() {
    let limits = StreamLimits { slow: Duration::from_millis(400), ..StreamLimits::default() };
    let workshop = Workshop::with(limits).await;
    let conversation = workshop.conversation().await;
    let mut slow = Client::connect(workshop.address).await;
    let here = slow.subscribe(&[Topic::Workshop], None).await;
    let mut quick = Client::connect(workshop.address).await;
    quick.subscribe(&[Topic::Workshop], None).await;
    // More than the buffers of a loopback connection hold.
    let big = "x".repeat(60_000);
    let store = workshop.store.clone();
    let writing = tokio::spawn(async move {
        for _ in 0..200 {
            say(&store, &conversation, &big).await;
        }
    });
    let mut heard = Vec::new();
    while heard.len() < 200 {
        heard.push(quick.event().await);
    }
    assert_eq!(seqs(&heard), (here.seq + 1..=here.seq + 200).collect::<Vec<_>>());
    writing.await.unwrap();
    while workshop.server.state.sockets.open() > 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (mut events, code) = slow.hear_to_the_end().await;
    assert!(matches!(code, Some(CLOSE_SLOW) | None), "{code:?}");
    assert!(events.len() < 200, "it was not cut off");
    let after = Cursor { epoch: here.epoch, seq: events.last().map_or(here.seq, |last| last.seq) };
    let mut again = Client::connect(workshop.address).await;
    again.subscribe(&[Topic::Workshop], Some(after)).await;
    while events.len() < 200 {
        events.push(again.event().await);
    }
    assert_eq!(seqs(&events), seqs(&heard));
    workshop.close().await;
}

#[tokio::test]
async fn a_reader_that_wakes_up_in_time_is_told_why_it_was_cut_off() {
    // Cut off by how far the log moved on, with time left for the last words.
    let limits = StreamLimits { slow: Duration::from_secs(30), max_behind: 50, ..StreamLimits::default() };
    let workshop = Workshop::with(limits).await;
    let conversation = workshop.conversation().await;
    let mut slow = Client::connect(workshop.address).await;
    let here = slow.subscribe(&[Topic::Workshop], None).await;
    let big = "x".repeat(60_000);
    while workshop.server.state.sockets.open() > 0 {
        workshop.say(&conversation, &big).await;
    }
    let (events, code) = slow.hear_to_the_end().await;
    assert_eq!(code, Some(CLOSE_SLOW));
    let last = events.last().unwrap().seq;
    assert_eq!(seqs(&events), (here.seq + 1..=last).collect::<Vec<_>>());
    workshop.close().await;
}

#[tokio::test]
async fn the_twin_in_server_sent_events_says_the_same_words() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    for number in 0..20 {
        workshop.say(&conversation, &format!("line {number}\nwith a break")).await;
    }
    let head = workshop.store.log().head();
    let start = Cursor { seq: 0, ..head };
    let mut client = Client::connect(workshop.address).await;
    client.subscribe(&[Topic::Workshop], Some(start)).await;
    let mut by_socket = Vec::new();
    while by_socket.len() < usize::try_from(head.seq).unwrap() {
        if let Heard::Frame(ServerFrame::Event(_), text) = client.hear().await {
            by_socket.push(text);
        }
    }
    let half = Cursor { seq: 10, ..head };
    let ask = get(workshop.address, &format!("/api/v1/events?topics=workshop&after={start}"))
        .header("accept", "text/event-stream")
        .header("last-event-id", &half.to_string());
    let answer = ask.send_until(&format!("{}\n\n", by_socket[by_socket.len() - 1])).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = answer.text();
    let mut by_sse = Vec::new();
    for block in text.split("\n\n") {
        if let Some((id, data)) = block.split_once("\ndata: ")
            && data.contains(r#""type":"event""#)
        {
            assert_eq!(id, format!("id: {}", Cursor { seq: 11 + i64::try_from(by_sse.len()).unwrap(), ..head }));
            by_sse.push(data.to_owned());
        }
    }
    assert_eq!(by_sse, by_socket[10..], "the header goes before the query");
    workshop.close().await;
}
