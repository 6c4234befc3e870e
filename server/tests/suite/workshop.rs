//! A whole workshop in this process, on a loopback port and a database of its own, with `owner` signed in.

use std::net::SocketAddr;

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

    /// Over a store that belongs to the test.
    pub(crate) async fn over(store: Store, limits: StreamLimits) -> Self {
        // Tests come faster than people.
        Self::asked_at_most(store, limits, 1_000_000).await
    }

    /// Over a store that belongs to the test, asked at most so often in a second by anyone.
    pub(crate) async fn asked_at_most(store: Store, limits: StreamLimits, times: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
        inputs.env.insert("TATWATS_HELPERS_START".into(), "false".into());
        for name in ["TATWATS_LIMITS_REQUESTS_PER_SECOND", "TATWATS_LIMITS_REQUESTS_AT_ONCE"] {
            inputs.env.insert(name.into(), times.to_string());
        }
        let mut config = Config::load(&inputs).unwrap();
        std::fs::create_dir_all(&config.data).unwrap();
        config.stream = limits;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listen(config, store.clone(), listener).await.unwrap();
        if store.has_admin() {
            cookies::sign_in(server.address, &store).await;
        }
        Self { address: server.address, store, server, _folder: folder, database: None }
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
