//! A whole workshop in this process, on a loopback port and a database of its own, with `owner` signed in.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::{Actor, Conversation, Message};
use server::config::{Config, Inputs, StreamLimits};
use server::serve::{Server, listen};
use store::Store;
use store::commands::{OpenConversation, PostMessage};
use store::testing::{TestStore, owner};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::cookies;

pub(crate) struct Workshop {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    pub(crate) server: Server,
    /// Where it keeps its files.
    pub(crate) data: PathBuf,
    _folder: TempDir,
    database: Option<TestStore>,
}

impl Workshop {
    /// On a fresh SQLite database.
    pub(crate) async fn open() -> Self {
        Self::with(StreamLimits::default()).await
    }

    /// On a fresh SQLite database, with limits of the stream.
    pub(crate) async fn with(limits: StreamLimits) -> Self {
        let database = TestStore::sqlite().await;
        let mut workshop = Self::over(database.store.clone(), limits).await;
        workshop.database = Some(database);
        workshop
    }

    /// On a fresh SQLite database, with settings as the environment has them.
    pub(crate) async fn set(settings: &[(&str, &str)]) -> Self {
        let database = TestStore::sqlite().await;
        let mut workshop = Self::made(database.store.clone(), StreamLimits::default(), settings, |_| {}).await;
        workshop.database = Some(database);
        workshop
    }

    /// On a fresh SQLite database, with files that `put` puts into its data folder first.
    pub(crate) async fn with_files(put: impl FnOnce(&Path)) -> Self {
        let database = TestStore::sqlite().await;
        let mut workshop = Self::made(database.store.clone(), StreamLimits::default(), &[], put).await;
        workshop.database = Some(database);
        workshop
    }

    /// Over a store that belongs to the test.
    pub(crate) async fn over(store: Store, limits: StreamLimits) -> Self {
        Self::made(store, limits, &[], |_| {}).await
    }

    /// Over a store that belongs to the test, asked at most so often in a second by anyone.
    pub(crate) async fn asked_at_most(store: Store, limits: StreamLimits, times: u32) -> Self {
        let times = times.to_string();
        let settings = ["TATWATS_LIMITS_REQUESTS_PER_SECOND", "TATWATS_LIMITS_REQUESTS_AT_ONCE"];
        Self::made(store, limits, &settings.map(|name| (name, times.as_str())), |_| {}).await
    }

    async fn made(store: Store, limits: StreamLimits, settings: &[(&str, &str)], put: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
        let usual = [
            ("TATWATS_HELPERS_START", "false"),
            ("TATWATS_LISTEN", "127.0.0.1:0"),
            // Tests come faster than people.
            ("TATWATS_LIMITS_REQUESTS_PER_SECOND", "1000000"),
            ("TATWATS_LIMITS_REQUESTS_AT_ONCE", "1000000"),
        ];
        for (name, value) in usual.iter().chain(settings) {
            inputs.env.insert((*name).into(), (*value).into());
        }
        let mut config = Config::load(&inputs).unwrap();
        std::fs::create_dir_all(&config.data).unwrap();
        put(&config.data);
        let data = config.data.clone();
        config.stream = limits;
        let listener = TcpListener::bind(config.server.listen).await.unwrap();
        let server = listen(config, store.clone(), listener).await.unwrap();
        if store.has_admin() {
            cookies::sign_in(server.address, &store).await;
        }
        Self { address: server.address, store, server, data, _folder: folder, database: None }
    }

    pub(crate) async fn conversation(&self) -> Conversation {
        let open = OpenConversation { title: "Test".into(), participants: Vec::new(), project: None };
        self.store.run(&owner(), open).await.unwrap()
    }

    pub(crate) async fn say(&self, conversation: &Conversation, body: &str) -> Message {
        say(&self.store, conversation, body).await
    }

    /// Stops the server and takes the database away.
    pub(crate) async fn close(self) {
        self.server.stop().await;
        if let Some(database) = self.database {
            database.finish().await;
        }
    }
}

pub(crate) async fn say(store: &Store, conversation: &Conversation, body: &str) -> Message {
    let actor: Actor = owner();
    let post =
        PostMessage { conversation: conversation.id, recipient: None, body: body.into(), reply_to: None, key: None };
    store.run(&actor, post).await.unwrap().message
}
