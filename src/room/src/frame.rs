//! How what is said is written: a kind (1 byte), a channel (4 bytes, little-endian), a length (4 bytes), a body.

use std::io;

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::{Channel, Guest, Host, MAX_BODY, Source};

/// Something that can be written as a frame and read back.
pub trait Frame: Sized {
    /// Its kind, its channel, its body.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    fn parts(&self) -> io::Result<(u8, Channel, Vec<u8>)>;

    /// What these parts say.
    ///
    /// # Errors
    /// `InvalidData` for parts that say nothing.
    fn from_parts(kind: u8, channel: Channel, body: Vec<u8>) -> io::Result<Self>;
}

/// Writes one frame.
///
/// # Errors
/// `InvalidInput` for a body over [`MAX_BODY`]; what the writer says.
pub async fn write<F: Frame>(writer: &mut (impl AsyncWrite + Unpin), frame: &F) -> io::Result<()> {
    let (kind, channel, body) = frame.parts()?;
    if body.len() > MAX_BODY {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("a frame of {} bytes", body.len())));
    }
    let length = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(9 + body.len());
    bytes.push(kind);
    bytes.extend_from_slice(&channel.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&body);
    // In one piece, so that a reader of the other side is woken once.
    writer.write_all(&bytes).await?;
    writer.flush().await
}

/// Reads one frame; none at the end of the stream between two frames.
///
/// # Errors
/// `InvalidData` for what is no frame or too long, `UnexpectedEof` within one; what the reader says.
pub async fn read<F: Frame>(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<F>> {
    let mut head = [0; 9];
    if reader.read(&mut head[..1]).await? == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut head[1..]).await?;
    let [kind, c0, c1, c2, c3, l0, l1, l2, l3] = head;
    let channel = Channel::from_le_bytes([c0, c1, c2, c3]);
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    if length > MAX_BODY {
        return Err(wrong(format!("a frame of {length} bytes")));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await?;
    F::from_parts(kind, channel, body).map(Some)
}

fn wrong(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn json(value: &impl Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}

fn of_json<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))
}

fn number(body: &[u8]) -> io::Result<u32> {
    body.try_into().map(u32::from_le_bytes).map_err(|_| wrong(format!("a number of {} bytes", body.len())))
}

fn text(body: Vec<u8>) -> io::Result<String> {
    String::from_utf8(body).map_err(|_| wrong("text that is not UTF-8".into()))
}

impl Frame for Host {
    fn parts(&self) -> io::Result<(u8, Channel, Vec<u8>)> {
        Ok(match self {
            Self::Setup(setup) => (0, 0, json(setup)?),
            Self::Spawn(channel, spawn) => (1, *channel, json(spawn)?),
            Self::Input(channel, bytes) => (2, *channel, bytes.clone()),
            Self::Signal(channel, signal) => (3, *channel, json(signal)?),
            Self::Resize(channel, size) => (4, *channel, json(size)?),
            Self::Take(channel, folder) => (5, *channel, folder.clone().into_bytes()),
            Self::Give(channel, give) => (6, *channel, json(give)?),
            Self::Measure(channel) => (7, *channel, Vec::new()),
            Self::Taken(channel, Source::Output, bytes) => (8, *channel, bytes.to_le_bytes().to_vec()),
            Self::Taken(channel, Source::Error, bytes) => (9, *channel, bytes.to_le_bytes().to_vec()),
        })
    }

    fn from_parts(kind: u8, channel: Channel, body: Vec<u8>) -> io::Result<Self> {
        Ok(match kind {
            0 => Self::Setup(of_json(&body)?),
            1 => Self::Spawn(channel, of_json(&body)?),
            2 => Self::Input(channel, body),
            3 => Self::Signal(channel, of_json(&body)?),
            4 => Self::Resize(channel, of_json(&body)?),
            5 => Self::Take(channel, text(body)?),
            6 => Self::Give(channel, of_json(&body)?),
            7 => Self::Measure(channel),
            8 => Self::Taken(channel, Source::Output, number(&body)?),
            9 => Self::Taken(channel, Source::Error, number(&body)?),
            _ => return Err(wrong(format!("a frame of kind {kind}"))),
        })
    }
}

impl Frame for Guest {
    fn parts(&self) -> io::Result<(u8, Channel, Vec<u8>)> {
        Ok(match self {
            Self::Ready(ready) => (0, 0, json(ready)?),
            Self::Started(channel) => (1, *channel, Vec::new()),
            Self::Output(channel, Source::Output, bytes) => (2, *channel, bytes.clone()),
            Self::Output(channel, Source::Error, bytes) => (3, *channel, bytes.clone()),
            Self::Exit(channel, exit) => (4, *channel, json(exit)?),
            Self::Done(channel) => (5, *channel, Vec::new()),
            Self::Failed(channel, why) => (6, *channel, why.clone().into_bytes()),
            Self::Usage(channel, usage) => (7, *channel, json(usage)?),
            Self::Taken(channel, bytes) => (8, *channel, bytes.to_le_bytes().to_vec()),
        })
    }

    fn from_parts(kind: u8, channel: Channel, body: Vec<u8>) -> io::Result<Self> {
        Ok(match kind {
            0 => Self::Ready(of_json(&body)?),
            1 => Self::Started(channel),
            2 => Self::Output(channel, Source::Output, body),
            3 => Self::Output(channel, Source::Error, body),
            4 => Self::Exit(channel, of_json(&body)?),
            5 => Self::Done(channel),
            6 => Self::Failed(channel, text(body)?),
            7 => Self::Usage(channel, of_json(&body)?),
            8 => Self::Taken(channel, number(&body)?),
            _ => return Err(wrong(format!("a frame of kind {kind}"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Exit, Give, Ready, Setup, Size, Spawn, Usage, VERSION};

    async fn back<F: Frame + PartialEq + std::fmt::Debug>(frames: &[F]) {
        let mut bytes = Vec::new();
        for frame in frames {
            write(&mut bytes, frame).await.unwrap();
        }
        let mut reader = bytes.as_slice();
        for frame in frames {
            assert_eq!(read::<F>(&mut reader).await.unwrap().as_ref(), Some(frame));
        }
        assert_eq!(read::<F>(&mut reader).await.unwrap(), None);
    }

    #[tokio::test]
    async fn everything_that_is_said_is_understood() {
        let size = Size { columns: 80, rows: 24 };
        let setup = Setup {
            version: VERSION,
            mounts: vec![],
            open_files: 16,
            file_bytes: 1,
            pids: 4,
            watched_memory_bytes: None,
            processors: Some(1),
            proxy: true,
        };
        let spawn = Spawn {
            command: vec!["sh".into()],
            environment: vec![("A".into(), "b".into())],
            folder: "/work".into(),
            terminal: Some(size),
        };
        let give = Give { path: "/work".into(), without: vec![], most_bytes: 1, most_entries: 1 };
        back(&[
            Host::Setup(setup),
            Host::Spawn(1, spawn),
            Host::Input(1, vec![0, 255]),
            Host::Input(1, vec![]),
            Host::Signal(1, 15),
            Host::Resize(1, size),
            Host::Take(2, "/work".into()),
            Host::Give(3, give),
            Host::Measure(4),
            Host::Taken(1, Source::Output, 7),
            Host::Taken(1, Source::Error, 8),
        ])
        .await;
        back(&[
            Guest::Ready(Ready { version: VERSION, seccomp: true, landlock: 4 }),
            Guest::Started(1),
            Guest::Output(1, Source::Output, vec![1]),
            Guest::Output(1, Source::Error, vec![]),
            Guest::Exit(1, Exit { status: 137, memory: true }),
            Guest::Done(2),
            Guest::Failed(3, "no such file".into()),
            Guest::Usage(4, Usage::default()),
            Guest::Taken(1, 9),
        ])
        .await;
    }

    #[tokio::test]
    async fn nonsense_is_refused_and_never_believed() {
        let huge = [2, 1, 0, 0, 0, 255, 255, 255, 255];
        assert_eq!(read::<Guest>(&mut huge.as_slice()).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let unknown = [99, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(read::<Guest>(&mut unknown.as_slice()).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let cut = [2, 1, 0, 0, 0, 9, 0, 0, 0, 1];
        assert_eq!(read::<Guest>(&mut cut.as_slice()).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
