//! One connection of a guest.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::connect::{self, Failed};
use super::head::{self, Bad, Fields, Request, What, read_head};
use super::hello::read_hello;
use super::{Asked, MOST_RECEIVED, MOST_SENT, Rules, allow::Meant};

/// Bytes of all connections of a sandbox.
#[derive(Debug, Default)]
pub(super) struct Totals {
    sent: AtomicU64,
    received: AtomicU64,
}

/// In place of a status: one of the two ends went, as programs do when they have what they wanted.
const GONE: u16 = 0;

/// An end before the proper one: the status to answer while nothing was answered yet, and why.
struct Ended(u16, &'static str);

/// Serves one connection to its end, and tells what was asked for.
pub(super) async fn serve(guest: UnixStream, rules: &Rules, stop: &CancellationToken) {
    let mut asked = Asked { host: String::new(), port: 0, allowed: false, why: None, sent: 0, received: 0 };
    let mut connection =
        Connection { guest, rules, sent: AtomicU64::new(0), received: AtomicU64::new(0), answered: false };
    let ended = stop.run_until_cancelled(connection.serve(&mut asked)).await;
    if let Some(Err(Ended(status, why))) = ended
        && status != GONE
    {
        asked.why = Some(why);
        if !connection.answered {
            // Whoever does not read it learns of it by the end of the connection.
            let _ = timeout(rules.patience.head, connection.refuse(status, &asked)).await;
        }
    }
    (asked.sent, asked.received) = (connection.sent.into_inner(), connection.received.into_inner());
    // Who connects and says nothing has asked for nothing.
    if !asked.host.is_empty() || asked.why.is_some() {
        (rules.on_host)(asked);
    }
}

struct Connection<'a> {
    guest: UnixStream,
    rules: &'a Rules,
    sent: AtomicU64,
    received: AtomicU64,
    /// Whether an answer has begun.
    answered: bool,
}

impl Connection<'_> {
    async fn serve(&mut self, asked: &mut Asked) -> Result<(), Ended> {
        let patience = self.rules.patience;
        let head =
            timeout(patience.head, read_head(&mut self.guest)).await.map_err(|_| Ended(408, "it was too slow"))?;
        let Ok(head) = head else { return Ok(()) };
        let (head, rest) = head.map_err(bad)?;
        let Request { host, port, what } = head::request(&head).map_err(bad)?;
        (asked.host, asked.port) = (host, port);
        let tls = what == What::Tunnel;
        let meant =
            self.rules.allow.find(&asked.host, port, tls).ok_or(Ended(403, "it is no registry of this workshop"))?;
        asked.allowed = true;
        let done = match what {
            What::Tunnel => self.tunnel(&asked.host, port, meant, rest).await,
            What::Fetch { method, path, fields } => self.fetch(&asked.host, port, meant, (method, &path, fields)).await,
        };
        // Refused all the same, by its address or its greeting.
        asked.allowed = !matches!(done, Err(Ended(403, _)));
        done
    }

    /// Lets TLS through.
    async fn tunnel(&mut self, host: &str, port: u16, meant: Meant, rest: Vec<u8>) -> Result<(), Ended> {
        let patience = self.rules.patience;
        let reach = async {
            match self.rules.upstream.to(host, port, true) {
                Some(via) => connect::through(via, host, port).await,
                None => connect::directly(host, port, meant).await.map(|stream| (stream, Vec::new())),
            }
        };
        let (mut place, early) = reached(timeout(patience.connect, reach).await)?;
        self.answered = true;
        self.guest.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.map_err(gone)?;
        let hello = timeout(patience.head, read_hello(&mut self.guest, rest, host)).await;
        let hello = hello.map_err(|_| Ended(408, "it was too slow"))?.map_err(gone)?;
        let hello = hello.map_err(|why| Ended(403, why))?;
        self.count(&self.sent, &self.rules.totals.sent, MOST_SENT, hello.len())?;
        place.write_all(&hello).await.map_err(gone)?;
        self.count(&self.received, &self.rules.totals.received, MOST_RECEIVED, early.len())?;
        let (mut from_guest, mut to_guest) = self.guest.split();
        to_guest.write_all(&early).await.map_err(gone)?;
        let (mut from_place, mut to_place) = place.split();
        let counts = Counts { sent: &self.sent, received: &self.received, totals: &self.rules.totals };
        let out = counts.pass(&mut from_guest, &mut to_place, true);
        let back = counts.pass(&mut from_place, &mut to_guest, false);
        tokio::select! {
            both = async { tokio::try_join!(out, back) } => both.map(drop),
            () = counts.silence(patience.silence) => Err(Ended(504, "nothing was said any more")),
        }
    }

    /// Asks one question without TLS, and passes the answer on.
    async fn fetch(
        &mut self,
        host: &str,
        port: u16,
        meant: Meant,
        (method, path, fields): (&str, &str, Fields),
    ) -> Result<(), Ended> {
        let patience = self.rules.patience;
        let via = self.rules.upstream.to(host, port, false);
        let reach = async {
            match via {
                Some(via) => connect::to_proxy(via).await,
                None => connect::directly(host, port, meant).await,
            }
        };
        let mut place = reached(timeout(patience.connect, reach).await)?;
        let authority = if port == 80 { host.to_owned() } else { format!("{host}:{port}") };
        let target = if via.is_some() { format!("http://{authority}{path}") } else { path.to_owned() };
        let mut ask = format!("{method} {target} HTTP/1.1\r\nhost: {authority}\r\n").into_bytes();
        if let Some(authorization) = via.and_then(|via| via.authorization.as_ref()) {
            ask.extend(format!("proxy-authorization: {authorization}\r\n").bytes());
        }
        head::write(&mut ask, &fields);
        ask.extend(b"connection: close\r\n\r\n");
        self.count(&self.sent, &self.rules.totals.sent, MOST_SENT, ask.len())?;
        place.write_all(&ask).await.map_err(|_| Ended(502, "it does not answer"))?;
        let answer = timeout(patience.connect, read_head(&mut place)).await;
        let answer = answer.map_err(|_| Ended(504, "it does not answer"))?;
        let unclear = || Ended(502, "its answer is unclear");
        let (answer, rest) = answer.map_err(|_| unclear())?.map_err(|_| unclear())?;
        let mut first = head::answer(&answer).ok_or_else(unclear)?;
        first.extend(rest);
        self.answered = true;
        self.count(&self.received, &self.rules.totals.received, MOST_RECEIVED, first.len())?;
        let (mut from_guest, mut to_guest) = self.guest.split();
        to_guest.write_all(&first).await.map_err(gone)?;
        let counts = Counts { sent: &self.sent, received: &self.received, totals: &self.rules.totals };
        // A guest that says more, or goes, ends it.
        let mut more = [0; 1];
        tokio::select! {
            passed = counts.pass(&mut place, &mut to_guest, false) => passed,
            _ = from_guest.read(&mut more) => Err(Ended(400, "it did not wait for the answer")),
            () = counts.silence(patience.silence) => Err(Ended(504, "nothing was said any more")),
        }
    }

    fn count(&self, own: &AtomicU64, total: &AtomicU64, most: u64, bytes: usize) -> Result<(), Ended> {
        own.fetch_add(bytes as u64, Ordering::Relaxed);
        within(total, most, bytes)
    }

    async fn refuse(&mut self, status: u16, asked: &Asked) -> std::io::Result<()> {
        let reason = match status {
            400 => "Bad Request",
            403 => "Forbidden",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            431 => "Request Header Fields Too Large",
            504 => "Gateway Timeout",
            _ => "Bad Gateway",
        };
        let what = if asked.host.is_empty() { "This" } else { asked.host.as_str() };
        let why = asked.why.unwrap_or_default();
        let fix = if status == 403 { "An admin can add it under [sandbox] registries.\n" } else { "" };
        let body = format!("{what} is not let out of the sandbox: {why}.\n{fix}");
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        self.guest.write_all((head + &body).as_bytes()).await?;
        self.guest.shutdown().await
    }
}

/// Counts what passes.
struct Counts<'a> {
    sent: &'a AtomicU64,
    received: &'a AtomicU64,
    totals: &'a Totals,
}

impl Counts<'_> {
    /// Passes bytes on until there are no more, and says so to the other end.
    async fn pass(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        out: bool,
    ) -> Result<(), Ended> {
        let (own, total, most) = if out {
            (self.sent, &self.totals.sent, MOST_SENT)
        } else {
            (self.received, &self.totals.received, MOST_RECEIVED)
        };
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await.map_err(gone)?;
            if read == 0 {
                return to.shutdown().await.map_err(gone);
            }
            own.fetch_add(read as u64, Ordering::Relaxed);
            within(total, most, read)?;
            to.write_all(&buffer[..read]).await.map_err(gone)?;
        }
    }

    /// Waits until nothing has passed, in either direction, for so long.
    async fn silence(&self, patience: std::time::Duration) {
        let passed = || self.sent.load(Ordering::Relaxed) + self.received.load(Ordering::Relaxed);
        let mut before = passed();
        loop {
            tokio::time::sleep(patience).await;
            let now = passed();
            if now == before {
                return;
            }
            before = now;
        }
    }
}

fn within(total: &AtomicU64, most: u64, bytes: usize) -> Result<(), Ended> {
    let before = total.fetch_add(bytes as u64, Ordering::Relaxed);
    if before + bytes as u64 > most { Err(Ended(502, "the sandbox has passed enough bytes")) } else { Ok(()) }
}

fn bad(Bad(status, why): Bad) -> Ended {
    Ended(status, why)
}

fn gone(_: std::io::Error) -> Ended {
    Ended(GONE, "")
}

fn reached<T>(tried: Result<Result<T, Failed>, tokio::time::error::Elapsed>) -> Result<T, Ended> {
    match tried {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(Failed::Address)) => Err(Ended(403, "it stands where nothing is reached")),
        Ok(Err(Failed::Io(error))) => {
            tracing::info!(error = %error, "a registry could not be reached for a sandbox");
            Err(Ended(502, "it cannot be reached"))
        }
        Err(_) => Err(Ended(504, "it does not answer")),
    }
}
