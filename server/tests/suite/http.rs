//! The smallest HTTP client that lets a test say exactly what it wants.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::cookies;
use crate::ws::LONG;

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines
            .map(|(key, value)| (key, value.trim()))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of a page, without the marks by which the browser takes it over.
    pub(crate) fn said(&self) -> String {
        self.text().replace("<!>", "")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// A request in the making.
pub(crate) struct Ask {
    to: SocketAddr,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    stranger: bool,
}

pub(crate) fn get(to: SocketAddr, path: &str) -> Ask {
    ask(to, "GET", path)
}

pub(crate) fn ask(to: SocketAddr, method: &'static str, path: &str) -> Ask {
    let headers = vec![("host".into(), to.to_string())];
    Ask { to, method, path: path.into(), headers, body: String::new(), stranger: false }
}

impl Ask {
    /// Sets a header; `host` replaces the true one.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if name == "host" {
            self.headers.clear();
        }
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn json(mut self, value: &serde_json::Value) -> Self {
        self.body = value.to_string();
        self.header("content-type", "application/json")
    }

    /// As a page's form sends it, from the server's own page.
    pub(crate) fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = format!("http://{}", self.to);
        self.header("content-type", "application/x-www-form-urlencoded").header("origin", &origin)
    }

    /// As nobody, instead of `owner`.
    pub(crate) fn stranger(mut self) -> Self {
        self.stranger = true;
        self
    }

    /// The cookie of `owner`, as a browser would send it: to that name of the server only, and unless the request
    /// says itself who asks.
    fn cookie(&self) -> Option<String> {
        let says = |name: &str| self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let is_there = says("host").is_some_and(|(_, host)| *host == self.to.to_string());
        let says_who = self.stranger || says("cookie").is_some() || says("authorization").is_some();
        if is_there && !says_who { cookies::of(self.to) } else { None }
    }

    /// Sets the body as it is.
    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// Sends it and reads an answer that does not end, until it says `enough`.
    pub(crate) async fn send_until(self, enough: &str) -> Answer {
        let mut stream = self.open().await.unwrap();
        let mut bytes = Vec::new();
        loop {
            let read = timeout(LONG, stream.read_buf(&mut bytes)).await.expect("nothing came").unwrap();
            assert!(read > 0, "the answer ended without {enough}");
            let Some((head, body)) = split(&bytes) else { continue };
            let answer = Answer { status: status(&head).unwrap(), head, body: unchunk(body).0 };
            if answer.text().contains(enough) {
                return answer;
            }
        }
    }

    async fn open(&self) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.to).await?;
        stream.set_nodelay(true)?;
        let mut text = format!(
            "{} {} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(cookie) = self.cookie() {
            text.push_str(&format!("cookie: {cookie}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        stream.write_all(text.as_bytes()).await?;
        Ok(stream)
    }

    /// Sends it; an error when the connection breaks before the answer is whole.
    pub(crate) async fn try_send(self) -> std::io::Result<Answer> {
        let mut bytes = Vec::new();
        self.open().await?.read_to_end(&mut bytes).await?;
        let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let (head, body) = split(&bytes).ok_or_else(cut)?;
        let status = status(&head).ok_or_else(cut)?;
        let mut answer = Answer { status, head, body: body.to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            let (body, whole) = unchunk(&answer.body);
            if !whole {
                return Err(cut());
            }
            answer.body = body;
        }
        let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
        if self.method != "HEAD" && status != 304 && length.is_some_and(|length| length != answer.body.len()) {
            return Err(cut());
        }
        Ok(answer)
    }
}

fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 4..]))
}

fn status(head: &str) -> Option<u16> {
    head.split(' ').nth(1)?.parse().ok()
}

/// What has come of a body in chunks, and whether that is all.
fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let length = std::str::from_utf8(&rest[..end]).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let chunk = length.and_then(|length| rest.get(end + 2..end + 2 + length));
        match chunk {
            Some([]) => return (body, true),
            Some(chunk) => body.extend_from_slice(chunk),
            None => break,
        }
        rest = rest.get(end + 2 + chunk.map_or(0, <[u8]>::len) + 2..).unwrap_or_default();
    }
    (body, false)
}
