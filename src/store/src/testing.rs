//! A database per test, on both engines, with [`owner`] as its admin: `on_both! { async fn name(store: Store) { … } }` makes two tests,
//! `name::sqlite` and `name::postgres`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Actor, Clock, Timestamp};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use crate::clock::SystemClock;
use crate::commands::CreateFirstAdmin;
use crate::store::{Options, Store};

/// A store on a database of its own, which goes away with it.
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Where it is, for opening it a second time.
    pub url: String,
    cleanup: Cleanup,
}

enum Cleanup {
    Sqlite { _folder: TempDir },
    Postgres { admin: String, name: String },
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn at(at: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(at.micros())))
    }

    /// Moves it forward.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

impl TestStore {
    /// A store on a fresh SQLite file, going by the real clock.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(Arc::new(SystemClock)).await
    }

    /// A store on a fresh SQLite file, going by `clock`.
    pub async fn sqlite_with(clock: Arc<dyn Clock>) -> Self {
        let test = Self::bare_sqlite(clock).await;
        move_in(&test.store).await;
        test
    }

    /// A store on a fresh SQLite file, in which there is nobody yet.
    #[allow(clippy::unwrap_used, reason = "a test that cannot have its database should fail")]
    pub async fn bare_sqlite(clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = open(&url, clock).await;
        Self { store, url, cleanup: Cleanup::Sqlite { _folder: folder } }
    }

    /// A store on a fresh PostgreSQL database, going by the real clock; none when no server is set up for tests.
    pub async fn postgres() -> Option<Self> {
        Self::postgres_with(Arc::new(SystemClock)).await
    }

    /// A store on a fresh PostgreSQL database, going by `clock`; none when no server is set up for tests.
    ///
    /// # Panics
    /// As [`Self::bare_postgres`].
    pub async fn postgres_with(clock: Arc<dyn Clock>) -> Option<Self> {
        let test = Self::bare_postgres(clock).await?;
        move_in(&test.store).await;
        Some(test)
    }

    /// A store on a fresh PostgreSQL database, in which there is nobody yet; none when no server is set up for tests.
    ///
    /// # Panics
    /// When `CI` is set and no server is: there it is required.
    #[allow(
        clippy::unwrap_used,
        clippy::print_stderr,
        clippy::disallowed_methods,
        reason = "a test that cannot have its database should fail, a skip is told, and a database's name is nobody's time"
    )]
    pub async fn bare_postgres(clock: Arc<dyn Clock>) -> Option<Self> {
        let Ok(admin) = std::env::var("TATWATS_TEST_POSTGRES") else {
            assert!(std::env::var_os("CI").is_none(), "TATWATS_TEST_POSTGRES must name a PostgreSQL server in CI");
            eprintln!("skipped: PostgreSQL (set TATWATS_TEST_POSTGRES to a superuser's address to run it)");
            return None;
        };
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&admin).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
        let url = with_database(&admin, &name);
        let store = open(&url, clock).await;
        Some(Self { store, url, cleanup: Cleanup::Postgres { admin, name } })
    }

    /// A second store on the same database, as another server would have it.
    pub async fn another(&self) -> Store {
        open(&self.url, Arc::new(SystemClock)).await
    }

    /// Closes the store and takes its database away.
    #[allow(clippy::unwrap_used, reason = "a test that leaves something behind should fail")]
    pub async fn finish(self) {
        self.store.close().await;
        if let Cleanup::Postgres { admin, name } = self.cleanup {
            let mut connection = PgConnection::connect(&admin).await.unwrap();
            sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
}

/// The same server, another database. The address may carry parameters after `?`.
fn with_database(admin: &str, name: &str) -> String {
    let (address, parameters) = admin.split_once('?').map_or((admin, String::new()), |(a, p)| (a, format!("?{p}")));
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    match host.find('/') {
        Some(at) => format!("{}/{name}{parameters}", &address[..address.len() - host.len() + at]),
        None => format!("{address}/{name}{parameters}"),
    }
}

#[allow(clippy::unwrap_used, reason = "a test that cannot have its database should fail")]
async fn open(url: &str, clock: Arc<dyn Clock>) -> Store {
    // One for each database: servers clear away what others of their name left behind.
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    let node = format!("test-{:016x}", hasher.finish());
    Store::open(Options { url: url.to_owned(), clock, node }).await.unwrap()
}

/// Makes [`owner`] the admin of a store in which there is nobody yet.
#[allow(clippy::unwrap_used, reason = "a test that cannot have its admin should fail")]
pub async fn move_in(store: &Store) {
    let name = owner().by.user().cloned().unwrap();
    let admin = CreateFirstAdmin { name, display_name: "Owner".into(), password: None };
    store.run(&Actor::system(), admin).await.unwrap();
}

/// The person of the tests, an admin.
#[must_use]
#[allow(clippy::unwrap_used, reason = "a constant name")]
pub fn owner() -> Actor {
    Actor::user("owner".parse().unwrap())
}

/// Makes a test for each engine out of one body.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: Store) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($store: $crate::Store) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let test = $crate::testing::TestStore::sqlite().await;
                body(test.store.clone()).await;
                test.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(test) = $crate::testing::TestStore::postgres().await {
                    body(test.store.clone()).await;
                    test.finish().await;
                }
            }
        }
    )+};
}
