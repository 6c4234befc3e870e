//! The servers that are measured: ours and the peers, each as its own users would run it.

pub(crate) mod bare;
pub(crate) mod nats;
pub(crate) mod node;
pub(crate) mod pocketbase;
pub(crate) mod postgres;
pub(crate) mod rooms;
pub(crate) mod tatwats;

use crate::server::Server;

/// A server that takes messages by HTTP.
#[derive(Debug)]
pub(crate) struct Messages {
    /// The server.
    pub(crate) server: Server,
    /// The request that posts one message.
    pub(crate) post: Vec<u8>,
    /// Its folder; gone with it.
    pub(crate) folder: Option<tempfile::TempDir>,
}

/// What is said: 128 bytes, everywhere the same.
pub(crate) fn words() -> String {
    let text = "The pods left the nest at dawn, one after the other, and the wizard counted them twice before he wrote the number down. ";
    format!("{text:.<128}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_payload_has_128_bytes() {
        assert_eq!(super::words().len(), 128);
    }
}
