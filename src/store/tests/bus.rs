//! The bus on both engines: what is acknowledged is kept once, in order, and goes to whom it is for.
#![allow(clippy::unwrap_used, missing_docs)]

use domain::helper::RestartPolicy;
use domain::{Actor, ConversationId, Cut, DeliveryStatus, ErrorCode, HelperCommand, HelperName, Party};
use store::Store;
use store::commands::{
    AnnounceCommands, AnswerDelivery, ChangeConversation, ClaimDelivery, MarkRead, OpenConversation, OpenPair,
    PostMessage, RegisterHelper, SetPaused,
};
use store::on_both;
use store::testing::owner;

fn name(text: &str) -> HelperName {
    text.parse().unwrap()
}

async fn hire(store: &Store, helper: &str) {
    let register = RegisterHelper {
        name: name(helper),
        description: "Helps.".into(),
        version: "1".into(),
        built_in: true,
        restart: RestartPolicy::Always,
    };
    store.run(&Actor::system(), register).await.unwrap();
    let command = HelperCommand { name: format!("ask_{helper}"), description: "Asks.".into(), hint: String::new() };
    let announce = AnnounceCommands { helper: name(helper), version: None, commands: vec![command] };
    store.run(&Actor::system(), announce).await.unwrap();
}

async fn open(store: &Store) -> ConversationId {
    let open = OpenConversation { title: "Pods".into(), participants: vec![], project: None };
    store.run(&owner(), open).await.unwrap().id
}

fn say(conversation: ConversationId, body: &str) -> PostMessage {
    PostMessage { conversation, recipient: None, body: body.into(), reply_to: None, key: None }
}

on_both! {
    async fn a_message_is_kept_in_order_and_paged_both_ways(store: Store) {
        let id = open(&store).await;
        for n in 1..=7 {
            store.run(&owner(), say(id, &format!("message {n}"))).await.unwrap();
        }
        let positions = |page: &domain::Page<domain::Message>| page.items.iter().map(|m| m.position).collect::<Vec<_>>();
        let newest = store.messages(id, Cut::Newest, 3).await.unwrap();
        assert_eq!((positions(&newest), newest.before, newest.after), (vec![5, 6, 7], Some(5), None));
        let older = store.messages(id, Cut::Before(5), 3).await.unwrap();
        assert_eq!((positions(&older), older.before, older.after), (vec![2, 3, 4], Some(2), Some(4)));
        let newer = store.messages(id, Cut::After(4), 2).await.unwrap();
        assert_eq!((positions(&newer), newer.before, newer.after), (vec![5, 6], Some(5), Some(6)));
        let last = store.messages(id, Cut::Before(2), 3).await.unwrap();
        assert_eq!((positions(&last), last.before), (vec![1], None));
    }

    async fn the_same_key_keeps_one_message_and_another_text_is_refused(store: Store) {
        let id = open(&store).await;
        let once = PostMessage { key: Some("k1".into()), ..say(id, "hello") };
        let first = store.run(&owner(), once.clone()).await.unwrap();
        let again = store.run(&owner(), once).await.unwrap();
        assert!(again.repeated && !first.repeated);
        assert_eq!(first.message.id, again.message.id);
        let other = PostMessage { key: Some("k1".into()), ..say(id, "something else") };
        assert_eq!(store.run(&owner(), other).await.unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(store.messages(id, Cut::Newest, 10).await.unwrap().items.len(), 1);
    }

    async fn many_senders_at_once_lose_nothing_and_leave_no_gap(store: Store) {
        let id = open(&store).await;
        let before = store.log().head().seq;
        let mut senders = tokio::task::JoinSet::new();
        for n in 0..100 {
            let store = store.clone();
            senders.spawn(async move { store.run(&owner(), say(id, &format!("message {n}"))).await.unwrap().message.position });
        }
        let mut positions = senders.join_all().await;
        positions.sort_unstable();
        assert_eq!(positions, (1..=100).collect::<Vec<_>>());
        let frames = store.log().after(before, 1_000).await.unwrap();
        let seqs: Vec<_> = frames.iter().map(|frame| frame.event.seq).collect();
        assert_eq!(seqs, (before + 1..=before + 100).collect::<Vec<_>>());
    }

    async fn a_refused_command_leaves_nothing_and_does_not_harm_its_neighbours(store: Store) {
        let id = open(&store).await;
        let (good, bad) = (say(id, "good"), say(id, " "));
        let owner = owner();
        let (kept, refused) = tokio::join!(store.run(&owner, good), store.run(&owner, bad));
        assert_eq!(kept.unwrap().message.position, 1);
        assert_eq!(refused.unwrap_err().field.as_deref(), Some("body"));
        assert_eq!(store.conversation(id).await.unwrap().unwrap().message_count, 1);
    }

    /// All at once, so that they share transactions; every third is refused after another has been applied before it.
    async fn a_batch_with_refused_commands_keeps_the_others_once_each(store: Store) {
        let id = open(&store).await;
        let before = store.log().head().seq;
        let mut saying = tokio::task::JoinSet::new();
        for number in 0..60 {
            let store = store.clone();
            let text = if number % 3 == 2 { " ".to_owned() } else { format!("number {number}") };
            saying.spawn(async move { store.run(&owner(), say(id, &text)).await.is_ok() });
        }
        let kept = saying.join_all().await.into_iter().filter(|kept| *kept).count();
        assert_eq!((kept, store.conversation(id).await.unwrap().unwrap().message_count), (40, 40));
        let seqs: Vec<_> =
            store.log().after(before, 1_000).await.unwrap().iter().map(|frame| frame.event.seq).collect();
        assert_eq!(seqs, (before + 1..=before + 40).collect::<Vec<_>>());
    }

    /// Handed in at once, so that they share a transaction: each sees what those before it did.
    async fn commands_of_one_batch_follow_each_other(store: Store) {
        hire(&store, "the_author").await;
        let id = open(&store).await;
        let owner = owner();
        let once = PostMessage { key: Some("k1".into()), ..say(id, "one") };
        let rename = ChangeConversation { conversation: id, title: Some("Seeds".into()), join: Vec::new() };
        let (first, again, renamed, asked, read, last) = tokio::join!(
            store.run(&owner, once.clone()),
            store.run(&owner, once),
            store.run(&owner, rename),
            store.run(&owner, say(id, "@the_author two")),
            store.run(&owner, MarkRead { conversation: id, position: 1 }),
            store.run(&owner, say(id, "three")),
        );
        let (first, again) = (first.unwrap(), again.unwrap());
        assert_eq!((first.message.id, first.repeated, again.repeated), (again.message.id, false, true));
        assert_eq!(renamed.unwrap().message_count, 1);
        let asked = asked.unwrap();
        assert_eq!((asked.message.position, asked.deliveries.len()), (2, 1));
        read.unwrap();
        assert_eq!(last.unwrap().message.position, 3);
        let entry = store.view(&owner).workshop().await.unwrap().conversations.remove(0);
        assert_eq!((entry.conversation.title.as_str(), entry.conversation.message_count, entry.unread()), ("Seeds", 3, 0));
        let kept = store.messages(id, Cut::Newest, 10).await.unwrap().items;
        assert_eq!(kept.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["one", "@the_author two", "three"]);
    }

    async fn a_delivery_is_claimed_in_order_and_answered_exactly_once(store: Store) {
        hire(&store, "the_author").await;
        let id = open(&store).await;
        store.run(&owner(), say(id, "@the_author one")).await.unwrap();
        store.run(&owner(), say(id, "@the_author two")).await.unwrap();
        let claim = || ClaimDelivery { helper: name("the_author") };
        let first = store.run(&Actor::system(), claim()).await.unwrap().unwrap();
        assert_eq!(first.message.body, "@the_author one");
        assert!(store.run(&Actor::system(), claim()).await.unwrap().is_none(), "the second waits for the first");
        let helper = Actor::helper(name("the_author"), None);
        let answer = AnswerDelivery { delivery: first.delivery.id, token: first.token, body: Some("done".into()) };
        let answered = store.run(&helper, answer.clone()).await.unwrap();
        assert_eq!(answered.message.unwrap().reply_to, Some(first.message.id));
        assert!(store.run(&helper, answer).await.unwrap().fenced, "a second answer is too late");
        let second = store.run(&Actor::system(), claim()).await.unwrap().unwrap();
        assert_eq!(second.message.body, "@the_author two");
        assert_eq!(store.helper(&name("the_author")).await.unwrap().unwrap().helper.waiting, 1);
    }

    async fn a_paused_helper_gets_nothing(store: Store) {
        hire(&store, "the_author").await;
        let pair = OpenPair { one: "user:owner".parse().unwrap(), other: "helper:the_author".parse().unwrap() };
        let id = store.run(&owner(), pair.clone()).await.unwrap().id;
        assert_eq!(store.run(&owner(), pair).await.unwrap().id, id, "there is one conversation of the two");
        store.run(&owner(), say(id, "alone with one helper, everything is for it")).await.unwrap();
        store.run(&owner(), SetPaused { helper: name("the_author"), paused: true }).await.unwrap();
        let claim = ClaimDelivery { helper: name("the_author") };
        assert!(store.run(&Actor::system(), claim.clone()).await.unwrap().is_none());
        store.run(&owner(), SetPaused { helper: name("the_author"), paused: false }).await.unwrap();
        assert!(store.run(&Actor::system(), claim).await.unwrap().is_some());
    }

    async fn two_helpers_that_only_name_each_other_are_stopped_visibly(store: Store) {
        hire(&store, "ping").await;
        hire(&store, "pong").await;
        let id = open(&store).await;
        store.run(&owner(), say(id, "@ping begin")).await.unwrap();
        let mut turns = 0;
        loop {
            let mut moved = false;
            for (me, other) in [("ping", "pong"), ("pong", "ping")] {
                let Some(claimed) = store.run(&Actor::system(), ClaimDelivery { helper: name(me) }).await.unwrap() else { continue };
                let answer = AnswerDelivery {
                    delivery: claimed.delivery.id,
                    token: claimed.token,
                    body: Some(format!("@{other} your turn")),
                };
                store.run(&Actor::helper(name(me), None), answer).await.unwrap();
                (moved, turns) = (true, turns + 1);
                assert!(turns < 100, "they never stop");
            }
            if !moved {
                break;
            }
        }
        assert_eq!(turns, 17, "one for the person, sixteen hops");
        let last = store.messages(id, Cut::Newest, 1).await.unwrap().items.pop().unwrap();
        assert_eq!(last.sender, Party::System);
        assert!(last.body.contains("16 times"), "{}", last.body);
        store.run(&owner(), say(id, "@ping again")).await.unwrap();
        assert!(store.run(&Actor::system(), ClaimDelivery { helper: name("ping") }).await.unwrap().is_some(), "a person begins anew");
    }

    async fn a_helper_that_speaks_unasked_does_not_come_between_a_person_and_their_helper(store: Store) {
        hire(&store, "the_author").await;
        hire(&store, "the_mediator").await;
        let pair = OpenPair { one: "user:owner".parse().unwrap(), other: "helper:the_author".parse().unwrap() };
        let id = store.run(&owner(), pair).await.unwrap().id;
        let mediator = Actor::helper(name("the_mediator"), None);
        store.run(&mediator, say(id, "The author takes its time.")).await.unwrap();
        let posted = store.run(&owner(), say(id, "still there?")).await.unwrap();
        assert_eq!(posted.deliveries.iter().map(|d| d.helper.as_str()).collect::<Vec<_>>(), ["the_author"]);
    }

    async fn a_command_without_a_mention_finds_its_helper(store: Store) {
        hire(&store, "the_author").await;
        let id = open(&store).await;
        let posted = store.run(&owner(), say(id, "/ask_the_author please")).await.unwrap();
        assert_eq!(posted.deliveries.len(), 1);
        assert_eq!(posted.deliveries[0].status, DeliveryStatus::Queued);
        assert_eq!(posted.deliveries[0].on_behalf_of.as_ref().unwrap().as_str(), "owner");
    }

    async fn words_are_found_with_a_safe_snippet(store: Store) {
        let id = open(&store).await;
        store.run(&owner(), say(id, "The <b>pod</b> rules & glossary")).await.unwrap();
        store.run(&owner(), say(id, "Nothing to see")).await.unwrap();
        for words in ["pod", "glossary pod", "POD", "glos"] {
            let hits = store.view(&owner()).search(words, 10).await.unwrap();
            assert_eq!(hits.len(), 1, "{words}");
            assert!(hits[0].snippet.contains("<mark>") && !hits[0].snippet.contains("<b>"), "{}", hits[0].snippet);
        }
        for none in ["", "\"", "pod nowhere", "' OR 1=1 --", "NEAR(", "* ^ :"] {
            assert!(store.view(&owner()).search(none, 10).await.unwrap().is_empty(), "{none}");
        }
    }

    async fn words_are_found_within_addresses_and_names_and_whatever_their_letters(store: Store) {
        let id = open(&store).await;
        let text = "ÜBER https://pods.example/pod_list?max=10, well-known";
        store.run(&owner(), say(id, text)).await.unwrap();
        for words in ["über", "pods", "EXAMPLE", "list", "max 10", "known", "well known", "https://pods.exam"] {
            let hits = store.view(&owner()).search(words, 10).await.unwrap();
            assert_eq!(hits.len(), 1, "{words}");
            assert!(hits[0].snippet.contains("<mark>"), "{words}: {}", hits[0].snippet);
        }
        // Of a word that nobody writes, the beginning counts.
        let long = "x".repeat(5000);
        store.run(&owner(), say(id, &long)).await.unwrap();
        assert_eq!(store.view(&owner()).search(&long, 10).await.unwrap().len(), 1);
    }

    async fn a_read_mark_moves_forward_only(store: Store) {
        hire(&store, "the_author").await;
        let id = open(&store).await;
        let helper = Actor::helper(name("the_author"), None);
        for n in 0..3 {
            store.run(&helper, say(id, &format!("news {n}"))).await.unwrap();
        }
        let unread = async || store.view(&owner()).workshop().await.unwrap().conversations[0].unread();
        assert_eq!(unread().await, 3);
        for (position, left) in [(2, 1), (1, 1), (99, 0)] {
            store.run(&owner(), MarkRead { conversation: id, position }).await.unwrap();
            assert_eq!(unread().await, left);
        }
    }

    async fn helpers_cannot_do_what_operators_do(store: Store) {
        hire(&store, "the_author").await;
        let helper = Actor::helper(name("the_author"), None);
        let refused = store.run(&helper, SetPaused { helper: name("the_author"), paused: true }).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
    }
}
