//! A server that does nothing but send: what one says, every listener is sent in one call of the kernel, in as many bytes as
//! our events have. So much nobody can do without who tells a thousand connections over TCP with a call
//! for each.
//!
//! A connection says by its first byte who it is. A speaker's every further byte is a message, answered by a byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::Result;
use crate::server::{self, Server};

/// The word by which the load is made to be this server.
pub(crate) const WORD: &str = "bare";

/// Bytes of a message to each listener: an event of ours with 128 bytes of text.
const MESSAGE: usize = 1_116;
const LISTENER: u8 = b'l';
const SPEAKER: u8 = b's';

/// Starts one.
pub(crate) async fn start() -> Result<Server> {
    let address = server::free_port()?;
    let mut serve = server::command(std::env::current_exe()?);
    serve.args([WORD, &address.to_string()]);
    let folder = tempfile::tempdir()?;
    Server::start(serve, address, &folder.path().join("log")).await
}

/// Serves at `address` until it is killed.
pub(crate) fn serve(address: &str) -> Result<()> {
    let listeners: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let (said, says) = mpsc::channel();
    thread::spawn({
        let listeners = listeners.clone();
        move || tell(&listeners, &says)
    });
    for connection in TcpListener::bind(address)?.incoming() {
        let mut connection = connection?;
        connection.set_nodelay(true)?;
        let mut who = [0];
        // Who only looks whether somebody is there says nothing.
        match connection.read(&mut who) {
            Ok(1) if who == [SPEAKER] => {
                let said = said.clone();
                thread::spawn(move || listen(connection, &said));
            }
            Ok(1) if who == [LISTENER] => {
                connection.write_all(&who)?;
                listeners.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Hears a speaker, and hands on whom to answer for each message.
fn listen(mut speaker: TcpStream, said: &Sender<TcpStream>) {
    while matches!(speaker.read(&mut [0]), Ok(1)) {
        let Ok(answer) = speaker.try_clone() else { return };
        if said.send(answer).is_err() {
            return;
        }
    }
}

/// Tells all listeners what is said, what is said together in one call.
fn tell(listeners: &Mutex<Vec<TcpStream>>, says: &Receiver<TcpStream>) {
    while let Ok(first) = says.recv() {
        thread::sleep(Duration::from_millis(2));
        let speakers: Vec<_> = std::iter::once(first).chain(says.try_iter()).collect();
        let bytes = vec![b'.'; MESSAGE * speakers.len()];
        // Who has gone hears nothing.
        listeners.lock().unwrap_or_else(PoisonError::into_inner).retain_mut(|to| to.write_all(&bytes).is_ok());
        for mut speaker in speakers {
            let _ = speaker.write_all(b".");
        }
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: tokio::net::TcpStream,
    /// Bytes that came.
    pub(crate) bytes: usize,
}

impl Client {
    /// Comes in to hear.
    pub(crate) async fn listener(to: SocketAddr) -> Result<Self> {
        let mut client = Self::open(to, LISTENER).await?;
        client.stream.read_u8().await?;
        Ok(client)
    }

    /// Comes in to speak.
    pub(crate) async fn speaker(to: SocketAddr) -> Result<Self> {
        Self::open(to, SPEAKER).await
    }

    async fn open(to: SocketAddr, who: u8) -> Result<Self> {
        let mut stream = tokio::net::TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        stream.write_u8(who).await?;
        Ok(Self { stream, bytes: 0 })
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Result<()> {
        self.stream.read_exact(&mut [0; MESSAGE]).await?;
        self.bytes += MESSAGE;
        Ok(())
    }

    /// Has a message told and waits until it is.
    pub(crate) async fn say(&mut self) -> Result<()> {
        self.stream.write_u8(b'.').await?;
        self.stream.read_u8().await?;
        Ok(())
    }
}
