//! What is to be sent over one WebSocket, straight from the bytes that all of them share: tungstenite would copy it into a
//! buffer for each.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// Most frames that are handed to the system at once.
const AT_ONCE: usize = 16;

/// Something to say, ready for the wire.
#[derive(Debug, Clone)]
pub(super) struct Say {
    /// A `ServerFrame` as JSON.
    pub(super) json: Bytes,
    /// The event up to which the reader has heard everything once this is said.
    pub(super) seq: Option<i64>,
}

impl Say {
    /// Its length on the wire.
    fn length(&self) -> usize {
        Head::of(self).length + self.json.len()
    }
}

/// What waits to be sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    waiting: VecDeque<Say>,
    /// How many bytes of the first frame were sent.
    sent: usize,
}

impl Outgoing {
    pub(super) fn push(&mut self, say: Say) {
        self.waiting.push_back(say);
    }

    pub(super) fn pop(&mut self) -> Option<Say> {
        self.waiting.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends frames of text over `line` until none waits or `most` bytes are sent. One that was begun is sent to its end, also
    /// when it was begun by a call that was given up.
    pub(super) async fn send(&mut self, line: &mut (impl AsyncWrite + Unpin), most: usize) -> Result<()> {
        let mut done = 0;
        while self.sent > 0 || (done < most && !self.is_empty()) {
            let written = poll_fn(|cx| self.poll_write(Pin::new(line), cx, most - done.min(most))).await?;
            if written == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            done += written;
            self.advance(written);
        }
        if self.is_empty() {
            // Who caught up needs no room for a thousand.
            self.waiting.shrink_to(AT_ONCE);
        }
        line.flush().await
    }

    /// Hands frames of about `most` bytes to the system, the first at any rate.
    fn poll_write(
        &self,
        line: Pin<&mut impl AsyncWrite>,
        context: &mut Context<'_>,
        most: usize,
    ) -> Poll<Result<usize>> {
        let (mut heads, mut room) = ([Head::NONE; AT_ONCE], Some(most));
        let mut count = 0;
        for (head, say) in heads.iter_mut().zip(&self.waiting) {
            let Some(left) = room else { break };
            *head = Head::of(say);
            count += 1;
            room = left.checked_sub(say.length()).filter(|left| *left > 0);
        }
        let mut pieces = [IoSlice::new(&[]); 2 * AT_ONCE];
        for ((pair, head), say) in pieces.chunks_exact_mut(2).zip(&heads[..count]).zip(&self.waiting) {
            pair.copy_from_slice(&[IoSlice::new(head.bytes()), IoSlice::new(&say.json)]);
        }
        let mut pieces = &mut pieces[..2 * count];
        IoSlice::advance_slices(&mut pieces, self.sent);
        line.poll_write_vectored(context, pieces)
    }

    fn advance(&mut self, written: usize) {
        self.sent += written;
        while let Some(first) = self.waiting.front()
            && let Some(rest) = self.sent.checked_sub(first.length())
        {
            self.sent = rest;
            self.waiting.pop_front();
        }
    }
}

/// The head of a frame of text that is a whole message and is not masked (RFC 6455, 5.2).
#[derive(Debug, Clone, Copy)]
struct Head {
    bytes: [u8; 10],
    length: usize,
}

impl Head {
    const NONE: Self = Self { bytes: [0; 10], length: 0 };
    /// A message's only frame, of text.
    const TEXT: u8 = 0x81;

    fn of(say: &Say) -> Self {
        let mut bytes = [Self::TEXT, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let length = say.json.len() as u64;
        let [.., b1, b0] = length.to_be_bytes();
        let taken = match length {
            ..=125 => {
                bytes[1] = b0;
                2
            }
            126..=0xffff => {
                bytes[1..4].copy_from_slice(&[126, b1, b0]);
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..].copy_from_slice(&length.to_be_bytes());
                10
            }
        };
        Self { bytes, length: taken }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};
    use tokio::io::duplex;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;

    fn outgoing(lengths: &[usize]) -> Outgoing {
        let mut outgoing = Outgoing::default();
        for (length, letter) in lengths.iter().zip('a'..) {
            outgoing.push(Say { json: letter.to_string().repeat(*length).into(), seq: None });
        }
        outgoing
    }

    fn texts(lengths: &[usize]) -> Vec<Message> {
        lengths.iter().zip('a'..).map(|(length, letter)| letter.to_string().repeat(*length).into()).collect()
    }

    #[tokio::test]
    async fn frames_of_every_length_arrive_however_little_the_line_takes() {
        let lengths = [[1, 0, 125, 126].as_slice(), &[200; 40], &[65_535, 65_536, 70_000, 3]].concat();
        for takes in [1, 7, 64, 1 << 20] {
            let (mut here, there) = duplex(takes);
            let sent = async {
                let mut outgoing = outgoing(&lengths);
                while !outgoing.is_empty() {
                    outgoing.send(&mut here, 4_096).await.unwrap();
                }
                drop(here);
            };
            let heard = WebSocketStream::from_raw_socket(there, Role::Client, None)
                .await
                .take(lengths.len())
                .map(|heard| heard.unwrap())
                .collect::<Vec<_>>();
            assert_eq!(tokio::join!(sent, heard).1, texts(&lengths));
        }
    }

    #[tokio::test]
    async fn it_stops_after_so_many_bytes_at_the_end_of_a_frame() {
        let (mut here, _there) = duplex(1 << 20);
        let mut outgoing = outgoing(&[100; 10]);
        outgoing.send(&mut here, 150).await.unwrap();
        assert_eq!((outgoing.waiting.len(), outgoing.sent), (8, 0));
    }

    #[tokio::test]
    async fn what_took_much_room_gives_it_back_once_it_is_sent() {
        let (mut here, _there) = duplex(1 << 20);
        let mut outgoing = outgoing(&[1; 300]);
        outgoing.send(&mut here, 1 << 20).await.unwrap();
        assert!(outgoing.is_empty() && outgoing.waiting.capacity() <= AT_ONCE);
    }

    #[tokio::test]
    async fn a_frame_that_was_begun_and_given_up_can_be_sent_to_its_end_alone() {
        let (mut here, there) = duplex(50);
        let mut outgoing = outgoing(&[100, 100, 100]);
        assert!(outgoing.send(&mut here, 1_000).now_or_never().is_none());
        assert_eq!((outgoing.waiting.len(), outgoing.sent), (3, 50));
        let mut there = WebSocketStream::from_raw_socket(there, Role::Client, None).await;
        let (sent, heard) = tokio::join!(outgoing.send(&mut here, 0), there.next());
        sent.unwrap();
        assert_eq!(heard.unwrap().unwrap(), texts(&[100])[0]);
        assert_eq!((outgoing.waiting.len(), outgoing.sent), (2, 0));
    }
}
