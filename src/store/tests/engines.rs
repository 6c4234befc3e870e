//! The two engines held against each other, and two servers on one PostgreSQL.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use domain::{ConversationId, Event};
use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use store::Store;
use store::commands::{OpenConversation, PostMessage};
use store::testing::{TestStore, owner};

type Schema = BTreeMap<String, BTreeMap<String, (String, bool)>>;

/// What an engine calls a kind of column, in words that both share.
fn shared(kind: &str, column: &str) -> String {
    match kind.to_ascii_lowercase().as_str() {
        "integer" | "bigint" => "number",
        "blob" | "uuid" | "bytea" => "bytes",
        "boolean" => "number",
        "jsonb" => "text",
        "text" => "text",
        other => panic!("{column} has the unknown kind {other}"),
    }
    .to_owned()
}

async fn sqlite_schema(url: &str) -> Schema {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let rows = sqlx::query(
        "SELECT m.name AS t, p.name AS c, p.type AS k, (p.\"notnull\" = 1 OR p.pk > 0) AS n FROM sqlite_master m \
         JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'messages\\_text%' ESCAPE '\\' \
         AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut schema = Schema::new();
    for row in rows {
        let (table, column, kind, required): (String, String, String, bool) =
            (row.get("t"), row.get("c"), row.get("k"), row.get("n"));
        schema.entry(table).or_default().insert(column.clone(), (shared(&kind, &column), required));
    }
    schema
}

async fn postgres_schema(url: &str) -> Schema {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows = sqlx::query(
        "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS k, is_nullable = 'NO' AS n \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%' \
         AND data_type <> 'tsvector'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut schema = Schema::new();
    for row in rows {
        let (table, column, kind, required): (String, String, String, bool) =
            (row.get("t"), row.get("c"), row.get("k"), row.get("n"));
        schema.entry(table).or_default().insert(column.clone(), (shared(&kind, &column), required));
    }
    schema
}

#[tokio::test]
async fn both_engines_have_the_same_tables_with_the_same_columns() {
    let Some(postgres) = TestStore::postgres().await else { return };
    let sqlite = TestStore::sqlite().await;
    assert_eq!(sqlite_schema(&sqlite.url).await, postgres_schema(&postgres.url).await);
    sqlite.finish().await;
    postgres.finish().await;
}

async fn post(store: &Store, conversation: ConversationId, body: String) {
    store.run(&owner(), PostMessage { conversation, recipient: None, body, reply_to: None, key: None }).await.unwrap();
}

async fn open(store: &Store) -> ConversationId {
    let open = OpenConversation { title: "Pods".into(), participants: vec![], project: None };
    store.run(&owner(), open).await.unwrap().id
}

/// Reads the log until `last`, checking that nothing is missing and nothing comes twice.
async fn follow(store: &Store, mut seen: i64, last: i64) {
    let mut head = store.log().watch();
    while seen < last {
        for frame in store.log().after(seen, 64).await.unwrap() {
            assert_eq!(frame.event.seq, seen + 1);
            seen = frame.event.seq;
        }
        if seen < last && *head.borrow_and_update() <= seen {
            head.changed().await.unwrap();
        }
    }
}

/// A database of before version 5, in which PostgreSQL took texts and events apart itself.
const BEFORE_WORDS: &str = "
    DELETE FROM _sqlx_migrations WHERE version >= 5;
    ALTER TABLE messages DROP COLUMN search;
    ALTER TABLE messages ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED;
    CREATE INDEX messages_text ON messages USING gin (search);
    ALTER TABLE events
        ALTER COLUMN actor TYPE JSONB USING actor::jsonb,
        ALTER COLUMN data TYPE JSONB USING data::jsonb;
    CREATE INDEX events_by_subject ON events (subject, seq);
    CREATE INDEX messages_by_time ON messages (at);
";

#[tokio::test]
async fn what_an_older_version_kept_on_postgresql_is_found_and_read() {
    let Some(test) = TestStore::postgres().await else { return };
    let conversation = open(&test.store).await;
    post(&test.store, conversation, "An Older pod".into()).await;
    let before = test.store.events(0, 100).await.unwrap();
    let mut connection = PgConnection::connect(&test.url).await.unwrap();
    sqlx::raw_sql(BEFORE_WORDS).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let store = test.another().await;
    assert_eq!(store.events(0, 100).await.unwrap(), before);
    post(&store, conversation, "A newer pod".into()).await;
    for (words, found) in [("older", 1), ("newer", 1), ("po", 2)] {
        assert_eq!(store.view(&owner()).search(words, 10).await.unwrap().len(), found, "{words}");
    }
    store.close().await;
    test.finish().await;
}

/// A database of before version 6, in which SQLite told its index of each message by itself, and counted the words of each.
const BEFORE_TEXT_INDEX: &str = "
    DELETE FROM _sqlx_migrations WHERE version >= 6;
    CREATE INDEX events_by_subject ON events (subject, seq);
    CREATE INDEX messages_by_time ON messages (at);
    DROP TABLE messages_text_known;
    DROP TABLE messages_text;
    CREATE VIRTUAL TABLE messages_text USING fts5 (body, content = 'messages', content_rowid = 'number', tokenize = 'unicode61');
    INSERT INTO messages_text (messages_text) VALUES ('rebuild');
    CREATE TRIGGER messages_text_insert AFTER INSERT ON messages BEGIN
        INSERT INTO messages_text (rowid, body) VALUES (new.number, new.body);
    END;
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_is_in_the_index_once_also_after_an_older_version() {
    let test = TestStore::sqlite().await;
    let conversation = open(&test.store).await;
    post(&test.store, conversation, "An older pod".into()).await;
    test.store.close().await;
    let mut connection = SqliteConnection::connect(&test.url).await.unwrap();
    sqlx::raw_sql(BEFORE_TEXT_INDEX).execute(&mut connection).await.unwrap();

    let store = test.another().await;
    let mut posts = tokio::task::JoinSet::new();
    for n in 0..1_100 {
        let store = store.clone();
        posts.spawn(async move { post(&store, conversation, format!("A newer pod, number {n}")).await });
    }
    posts.join_all().await;
    store.close().await;
    let known = "SELECT number FROM messages_text_known";
    let known: i64 = sqlx::query_scalar(known).fetch_one(&mut connection).await.unwrap();
    assert!((2..=1_101).contains(&known), "told of many at once: {known}");

    let store = test.another().await;
    for (words, found) in [("older", 1), ("newer number", 1_100), ("newer 1099", 1)] {
        assert_eq!(store.view(&owner()).search(words, 2_000).await.unwrap().len(), found, "{words}");
    }
    post(&store, conversation, "The newest pod".into()).await;
    assert_eq!(store.view(&owner()).search("newest", 2).await.unwrap().len(), 1);
    store.close().await;
    let check = "INSERT INTO messages_text (messages_text, rank) VALUES ('integrity-check', 1)";
    sqlx::raw_sql(check).execute(&mut connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_that_write_at_once_lose_no_event_and_both_see_all() {
    let Some(test) = TestStore::postgres().await else { return };
    let (one, two) = (test.store.clone(), test.another().await);
    let (a, b) = (open(&one).await, open(&one).await);
    let start = one.log().head().seq;
    let last = start + 400;
    let readers =
        [one.clone(), two.clone()].map(|store| tokio::spawn(async move { follow(&store, start, last).await }));
    let mut writers = tokio::task::JoinSet::new();
    for (store, conversation) in [(one.clone(), a), (two.clone(), b), (one.clone(), b), (two.clone(), a)] {
        writers.spawn(async move {
            for n in 0..100 {
                post(&store, conversation, format!("message {n}")).await;
            }
        });
    }
    writers.join_all().await;
    for reader in readers {
        reader.await.unwrap();
    }
    let events = one.events(start, 1_000).await.unwrap();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), (start + 1..=last).collect::<Vec<_>>());
    two.close().await;
    test.finish().await;
}

/// The hole that a sequence would leave: a number handed out before commit, passed over by a reader for ever. Here the
/// second session must wait for the first one's commit, because numbers are handed out under the log's row lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_not_handed_out_before_the_one_before_it_is_committed() {
    let Some(test) = TestStore::postgres().await else { return };
    let conversation = open(&test.store).await;
    let start = test.store.log().head().seq;
    let mut slow = PgConnection::connect(&test.url).await.unwrap();
    let mut open_transaction = slow.begin().await.unwrap();
    sqlx::query("UPDATE log_state SET seq = seq + 1 WHERE id = 1").execute(&mut *open_transaction).await.unwrap();
    let store = test.store.clone();
    let quick = tokio::spawn(async move { post(&store, conversation, "quick".into()).await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!quick.is_finished(), "the quick one must wait for the slow one");
    assert!(test.store.events(start, 10).await.unwrap().is_empty());
    open_transaction.rollback().await.unwrap();
    quick.await.unwrap();
    assert_eq!(test.store.events(start, 10).await.unwrap()[0].seq, start + 1);
    test.finish().await;
}

#[tokio::test]
async fn a_log_goes_on_where_it_was_after_a_restart() {
    let test = TestStore::sqlite().await;
    let conversation = open(&test.store).await;
    for n in 0..5 {
        post(&test.store, conversation, format!("\n *message* {n}\nand more")).await;
    }
    let head = test.store.log().head();
    let events = async |store: &Store| -> Vec<Event> {
        store.log().after(0, 100).await.unwrap().iter().map(|frame| frame.event.clone()).collect()
    };
    let told = events(&test.store).await;
    test.store.close().await;
    let again = test.another().await;
    assert_eq!(again.log().head(), head);
    assert_eq!(events(&again).await, told, "old events come from the database, with all that was left out there");
    post(&again, conversation, "after".into()).await;
    assert_eq!(again.log().after(head.seq, 10).await.unwrap().len(), 1);
    again.close().await;
}
