//! Follows the live stream over server-sent events, and comes back with its cursor when the connection is lost.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use domain::stream::{Cursor, ServerFrame, Topic};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Method, header};
use tokio::time::{sleep, timeout};

use super::fault::Fault;
use super::http::Client;
use super::sse::Decoder;

/// The server pings every 15 s; three silences mean that nobody is there.
const SILENCE: Duration = Duration::from_secs(45);
/// The longest pause between two tries to come back.
const LONGEST_PAUSE: u64 = 30;

/// A frame, and the very text it came as.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) frame: ServerFrame,
    pub(super) text: String,
}

/// A reader of the live stream.
pub(super) struct Follow<'a> {
    client: &'a Client,
    topics: String,
    after: Option<Cursor>,
    connection: Option<Open>,
    failures: u32,
}

struct Open {
    bytes: BoxStream<'static, reqwest::Result<Bytes>>,
    decoder: Decoder,
}

impl<'a> Follow<'a> {
    /// Begins to follow `topics`, from `after` or from now on. Once this returns nothing that happens is missed.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses.
    pub(super) async fn begin(client: &'a Client, topics: &[Topic], after: Option<Cursor>) -> Result<Self, Fault> {
        let topics = topics.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let mut follow = Self { client, topics, after, connection: None, failures: 0 };
        follow.connection = Some(follow.connect().await?);
        // The greeting is said once the subscription stands.
        while !matches!(follow.next().await?.frame, ServerFrame::Hello { .. }) {}
        Ok(follow)
    }

    /// What is said next. A lost connection is made again, for as long as it takes.
    ///
    /// # Errors
    /// When the server refuses, or says what makes no sense.
    pub(super) async fn next(&mut self) -> Result<Heard, Fault> {
        loop {
            let why = match &mut self.connection {
                None => match self.connect().await {
                    Ok(connection) => {
                        self.connection = Some(connection);
                        continue;
                    }
                    Err(Fault::Refused(problem)) if problem.status < 500 && problem.status != 429 => {
                        return Err(Fault::Refused(problem));
                    }
                    Err(fault) => fault.to_string(),
                },
                Some(open) => {
                    if let Some(event) = open.decoder.next() {
                        self.failures = 0;
                        if let Some(cursor) = event.id.and_then(|id| id.parse().ok()) {
                            self.after = Some(cursor);
                        }
                        let frame = serde_json::from_str(&event.data).map_err(|error| {
                            Fault::Failed(format!("The live stream says what this version does not know: {error}"))
                        })?;
                        return Ok(Heard { frame, text: event.data });
                    }
                    match timeout(SILENCE, open.bytes.try_next()).await {
                        Ok(Ok(Some(bytes))) if open.decoder.push(&bytes) => continue,
                        Ok(Ok(Some(_))) => {
                            return Err(Fault::Failed("The live stream sends an event without end.".into()));
                        }
                        Ok(Ok(None)) => "the server closed the stream".to_owned(),
                        Ok(Err(error)) => error.to_string(),
                        Err(_) => "the server fell silent".to_owned(),
                    }
                }
            };
            self.pause(&why).await;
        }
    }

    async fn pause(&mut self, why: &str) {
        self.connection = None;
        self.failures += 1;
        let seconds = 2_u64.saturating_pow(self.failures - 1).min(LONGEST_PAUSE);
        // Only for the person who watches; whether it can be written changes nothing.
        let _ = writeln!(std::io::stderr(), "tatwats: {why}; trying again in {seconds} s");
        sleep(Duration::from_secs(seconds)).await;
    }

    async fn connect(&self) -> Result<Open, Fault> {
        let mut url = self.client.at(&["events"]);
        url.query_pairs_mut().append_pair("topics", &self.topics);
        let mut request = self.client.request(Method::GET, url).header(header::ACCEPT, "text/event-stream");
        if let Some(cursor) = self.after {
            request = request.header("last-event-id", cursor.to_string());
        }
        let response = self.client.send(request).await?;
        Ok(Open { bytes: response.bytes_stream().boxed(), decoder: Decoder::default() })
    }
}
