//! One person's way to the server: a kept connection, and the difference between a server that is down and one that fails.

use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::timeout;

use super::plan::PATIENCE;
use super::world::{Person, World};
use crate::http::{Answer, Connection};

/// A connection that was not used for so long is not used again: the server closes it after half a minute.
const STALE: Duration = Duration::from_secs(10);

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The server answered.
    Answer(Answer),
    /// It was down, or was killed meanwhile.
    Away,
    /// It was up all the time, and there was no answer, or one that says that the server cannot.
    Broken(String),
}

/// How someone shows who they are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// As a program.
    Token,
    /// As a browser.
    Cookie,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Line {
    world: Rc<World>,
    who: Person,
    by: By,
    /// With when it was last used, and in which of the server's lives.
    connection: Option<(Connection, Instant, u32)>,
}

impl Line {
    /// A line of that person's.
    pub(crate) fn of(world: &Rc<World>, who: &Person, by: By) -> Self {
        Self { world: world.clone(), who: who.clone(), by, connection: None }
    }

    /// Asks for something.
    pub(crate) async fn get(&mut self, path: &str) -> Outcome {
        self.ask("GET", path, None, None).await
    }

    /// Sends something.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Outcome {
        self.ask("POST", path, None, Some(body)).await
    }

    /// Asks, with a key by which the server tells a second try from a second wish.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, key: Option<&str>, body: Option<&Value>) -> Outcome {
        let to = self.world.address;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\n");
        let _ = match self.by {
            By::Token => write!(request, "Authorization: Bearer {}\r\n", self.who.token),
            By::Cookie => write!(request, "Accept: text/html\r\nCookie: {}\r\n", self.who.cookie),
        };
        if let Some(key) = key {
            let _ = write!(request, "Idempotency-Key: {key}\r\n");
        }
        match body.map(Value::to_string) {
            Some(body) => {
                let head = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
                let _ = write!(request, "{head}\r\n\r\n{body}");
            }
            None => request.push_str("\r\n"),
        }
        let before = self.world.life();
        let answer = timeout(PATIENCE, self.exchange(request.as_bytes())).await;
        let excused = !before.up || self.world.life() != before;
        let broken = match answer {
            Ok(Ok(answer)) if answer.status < 500 => return Outcome::Answer(answer),
            Ok(Ok(answer)) => format!("was answered {}: {}", answer.status, excerpt(&answer.body)),
            Ok(Err(error)) => format!("failed: {error}"),
            Err(_) => format!("had no answer after {} s", PATIENCE.as_secs()),
        };
        self.connection = None;
        if excused { Outcome::Away } else { Outcome::Broken(format!("{method} {path} {broken}")) }
    }

    async fn exchange(&mut self, request: &[u8]) -> crate::Result<Answer> {
        let life = self.world.life().number;
        // One from an earlier life is dead, whoever notices when.
        let kept = self.connection.take().filter(|(_, used, of)| used.elapsed() < STALE && *of == life);
        let mut connection = match kept {
            Some((connection, ..)) => connection,
            None => Connection::open_from(self.who.from, self.world.address).await?,
        };
        let answer = connection.ask(request).await?;
        self.connection = Some((connection, Instant::now(), life));
        Ok(answer)
    }
}

/// The beginning of an answer, for people.
pub(crate) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect::<String>().replace('\n', " ")
}
