//! How events and older parts move the page on.

use domain::event::{ConversationRead, DeliveryChanged, MessagePosted};
use domain::{Actor, Conversation, DeliveryStatus, EventId, Timestamp};
use uuid::Uuid;

use super::*;

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

fn conversation(count: i64) -> Conversation {
    Conversation {
        id: id(1),
        title: "pod-tracker".into(),
        project: None,
        participants: vec!["user:owner".parse().unwrap(), "helper:the_author".parse().unwrap()],
        message_count: count,
        last: None,
        created_at: Timestamp::default(),
        active_at: Timestamp::default(),
    }
}

fn message(position: i64, sender: &str, body: &str, reply_to: Option<i64>) -> Message {
    Message {
        id: id(100 + position as u128),
        conversation: id(1),
        position,
        sender: sender.parse().unwrap(),
        recipient: None,
        body: body.into(),
        html: String::new(),
        reply_to: reply_to.map(|position| id(100 + position as u128)),
        root: id(100 + reply_to.unwrap_or(position) as u128),
        hops: i32::from(reply_to.is_some()),
        key: None,
        at: Timestamp::default(),
    }
}

fn delivery(number: u128, message: i64) -> Delivery {
    Delivery {
        id: id(number),
        message: id(100 + message as u128),
        conversation: id(1),
        project: None,
        helper: "the_author".parse().unwrap(),
        on_behalf_of: None,
        token: None,
        status: DeliveryStatus::Queued,
        attempts: 0,
        queued_at: Timestamp::default(),
        delivered_at: None,
        answered_at: None,
        next_attempt_at: None,
        answer: None,
        error: None,
    }
}

fn view(messages: Vec<Message>, newer: Option<i64>) -> View {
    let count = messages.last().map_or(0, |message| message.position) + newer.map_or(0, |_| 5);
    View {
        thread: Thread {
            viewer: "owner".parse().unwrap(),
            epoch: Uuid::nil(),
            seq: 10,
            conversation: conversation(count),
            read: 0,
            messages,
            deliveries: Vec::new(),
            permissions: vec![],
            tasks: Vec::new(),
        },
        older: None,
        newer,
        quotes: Vec::new(),
        decisions: Vec::new(),
        form_key: String::new(),
    }
}

fn event(seq: i64, what: EventData) -> Event {
    Event { seq, id: EventId(Uuid::nil()), at: Timestamp::default(), actor: Actor::system(), project: None, what }
}

fn posted(seq: i64, message: Message) -> Event {
    let conversation = conversation(message.position);
    event(seq, EventData::MessagePosted(MessagePosted { message, conversation }))
}

fn positions(view: &View) -> Vec<i64> {
    view.thread.messages.iter().map(|message| message.position).collect()
}

#[test]
fn the_newest_part_follows_the_stream_and_repeats_change_nothing() {
    let mut view = view(vec![message(1, "user:owner", "hello", None)], None);
    let next = posted(11, message(2, "helper:the_author", "hello", Some(1)));
    view.apply(&next);
    view.apply(&next);
    assert_eq!(positions(&view), [1, 2]);
    assert_eq!(view.unread(), 2);
    let what = EventData::ConversationRead(ConversationRead {
        conversation: id(1),
        project: None,
        reader: "owner".parse().unwrap(),
        position: 2,
    });
    view.apply(&event(12, what));
    assert_eq!(view.unread(), 0);
}

#[test]
fn an_older_part_counts_what_is_new_and_leaves_no_hole() {
    let mut view = view(vec![message(1, "user:owner", "hello", None)], Some(1));
    view.apply(&posted(11, message(7, "user:owner", "/decide Tournaments are out", None)));
    assert_eq!(positions(&view), [1]);
    assert_eq!(view.thread.conversation.message_count, 7);
    assert_eq!(view.decisions[0].excerpt.text, "Tournaments are out");
    let part = |messages, newer| Part {
        messages,
        deliveries: vec![],
        tasks: vec![],
        permissions: vec![],
        quotes: vec![],
        older: None,
        newer,
    };
    view.append(part((2..=6).map(|p| message(p, "user:owner", "x", None)).collect(), None));
    assert_eq!(view.newer, Some(6), "the seventh was posted while the part was on its way");
    view.append(part(vec![message(7, "user:owner", "x", None)], None));
    view.apply(&posted(12, message(8, "user:owner", "live", None)));
    assert_eq!(positions(&view), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn older_messages_bring_their_deliveries_once_and_in_order() {
    let mut view = view(vec![message(5, "user:owner", "new", None)], None);
    view.apply(&event(11, EventData::DeliveryChanged(DeliveryChanged { delivery: delivery(50, 5), waiting: 1 })));
    let part = Part {
        messages: vec![message(4, "user:owner", "old", None), message(5, "user:owner", "new", None)],
        deliveries: vec![delivery(40, 4), delivery(50, 5)],
        tasks: vec![],
        permissions: vec![],
        quotes: vec![],
        older: Some(4),
        newer: None,
    };
    view.prepend(part);
    assert_eq!(positions(&view), [4, 5]);
    assert_eq!(view.thread.deliveries.iter().map(|d| d.id).collect::<Vec<_>>(), [id(40), id(50)]);
    assert_eq!(view.older, Some(4));
}

#[test]
fn an_answer_right_below_its_question_needs_no_quote() {
    let messages = vec![
        message(1, "user:owner", "hello", None),
        message(2, "helper:the_author", "hello", Some(1)),
        message(3, "helper:the_author", "more", Some(1)),
        message(4, "user:owner", "about that", Some(3)),
    ];
    let view = view(messages.clone(), None);
    let quoted: Vec<_> = messages.iter().map(|message| view.quote_for(message)).collect();
    assert_eq!(quoted, [None, None, Some(id(101)), Some(id(103))]);
    assert_eq!(view.quote(id(103)).unwrap().position, 3);
}

#[test]
fn the_hop_budget_counts_the_newest_exchange_only() {
    let messages = vec![
        message(1, "user:owner", "old", None),
        message(2, "user:owner", "new", None),
        message(3, "helper:the_author", "answer", Some(2)),
    ];
    let mut view = view(messages, None);
    assert_eq!(view.hops_left(), 16);
    view.thread.deliveries = vec![delivery(1, 1), delivery(2, 2), delivery(3, 3)];
    assert_eq!(view.hops_left(), 15);
}
