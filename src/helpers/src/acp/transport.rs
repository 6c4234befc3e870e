//! The wire: one JSON message per line over the process's standard input and output.

use std::io::{Error, ErrorKind};

use agent_client_protocol::Lines;
use futures_util::{Sink, Stream, sink, stream};
use serde::de::IgnoredAny;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

use crate::lines;
use crate::log::ProcessLog;

/// Longest message from a helper, in bytes. A longer one ends the connection: half a message is none.
const MAX_MESSAGE: usize = 8 * 1024 * 1024;
/// Lines in a row that are no messages, after which the helper is taken to speak something else.
const MAX_GARBAGE: usize = 1000;

/// Connects to the pipes of a process. Lines on its standard output that are no messages go to its log, since many
/// programs greet or warn there.
pub(crate) fn transport(
    stdin: impl AsyncWrite + Send + Unpin + 'static,
    stdout: impl AsyncRead + Send + Unpin + 'static,
    log: ProcessLog,
) -> Lines<
    impl Sink<String, Error = Error> + Send + 'static,
    impl Stream<Item = std::io::Result<String>> + Send + 'static,
> {
    let incoming = stream::unfold(Some(Incoming { reader: BufReader::new(stdout), log, garbage: 0 }), async |state| {
        let mut state = state?;
        match state.next().await {
            Ok(Some(line)) => Some((Ok(line), Some(state))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    Lines::new(outgoing(stdin), incoming)
}

/// Lines to the process. Once nobody reads them they go nowhere: what the process still says, and how it ends, tells
/// more than a broken pipe would.
fn outgoing(stdin: impl AsyncWrite + Send + Unpin + 'static) -> impl Sink<String, Error = Error> + Send + 'static {
    sink::unfold(stdin, async |mut stdin, mut line: String| {
        line.push('\n');
        match write(&mut stdin, line.as_bytes()).await {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written?,
        }
        Ok::<_, Error>(stdin)
    })
}

async fn write(stdin: &mut (impl AsyncWrite + Unpin), line: &[u8]) -> std::io::Result<()> {
    stdin.write_all(line).await?;
    stdin.flush().await
}

struct Incoming<R> {
    reader: BufReader<R>,
    log: ProcessLog,
    garbage: usize,
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    async fn next(&mut self) -> std::io::Result<Option<String>> {
        while let Some(line) = lines::next_line(&mut self.reader, MAX_MESSAGE).await? {
            if line.cut {
                return Err(
                    self.broken("wrote a line of more than 8 MiB to standard output, which no message may have")
                );
            }
            match String::from_utf8(line.bytes) {
                Ok(text) if is_message(&text) => {
                    self.garbage = 0;
                    return Ok(Some(text));
                }
                Ok(text) => self.put_aside(text.as_bytes())?,
                Err(error) => self.put_aside(error.as_bytes())?,
            }
        }
        Ok(None)
    }

    fn put_aside(&mut self, line: &[u8]) -> std::io::Result<()> {
        if !line.trim_ascii().is_empty() {
            self.log.line(&[b"[stdout] ", line].concat(), false);
        }
        self.garbage += 1;
        if self.garbage > MAX_GARBAGE {
            return Err(self.broken("writes something else than ACP messages to standard output"));
        }
        Ok(())
    }

    fn broken(&self, reason: &str) -> Error {
        self.log.note(&format!("The helper {reason}."));
        Error::new(ErrorKind::InvalidData, reason)
    }
}

/// Whether the line is a JSON object; what is in it, the protocol decides.
fn is_message(line: &str) -> bool {
    line.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::SinkExt as _;
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn a_reader_that_is_gone_breaks_nothing() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut outgoing = Box::pin(outgoing(ours));
        outgoing.send("{}".into()).await.unwrap();
        let mut read = [0; 3];
        theirs.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"{}\n");
        drop(theirs);
        outgoing.send("{}".into()).await.unwrap();
    }
}
