//! The first words of TLS: a tunnel to a place is for that place, and for TLS.
//!
//! Many names share one address. Who is let through to one of them must not greet another one there.

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Most bytes of a greeting.
const MOST_HELLO: usize = 32 * 1024;

/// Reads from `from` (after what was read already) until the greeting is whole, and checks that it is one and calls on
/// `host`. Gives all that was read, or why it is not let through.
pub(super) async fn read_hello(
    from: &mut (impl AsyncRead + Unpin),
    already: Vec<u8>,
    host: &str,
) -> std::io::Result<Result<Vec<u8>, &'static str>> {
    let mut acceptor = Acceptor::default();
    let (mut bytes, mut fed) = (already, 0);
    loop {
        while fed < bytes.len() {
            match acceptor.read_tls(&mut &bytes[fed..]) {
                Ok(read) if read > 0 => fed += read,
                _ => return Ok(Err("it does not speak TLS")),
            }
            match acceptor.accept() {
                Ok(Some(accepted)) => {
                    let hello = accepted.client_hello();
                    // Whoever calls on an address gives no name.
                    let named =
                        hello.server_name().map_or_else(|| is_address(host), |name| name.eq_ignore_ascii_case(host));
                    return Ok(if named { Ok(bytes) } else { Err("it asks for another name within TLS") });
                }
                Ok(None) => {}
                Err(_) => return Ok(Err("it does not speak TLS")),
            }
        }
        if bytes.len() > MOST_HELLO {
            return Ok(Err("its greeting is too long"));
        }
        if from.read_buf(&mut bytes).await? == 0 {
            return Ok(Err("it does not speak TLS"));
        }
    }
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring};

    use super::*;

    /// What a client says first.
    pub(in super::super) fn hello(name: &str) -> Vec<u8> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let mut client = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        bytes
    }

    async fn read(mut bytes: &[u8], already: usize, host: &str) -> Result<Vec<u8>, &'static str> {
        let already = bytes.split_off(..already).unwrap().to_vec();
        read_hello(&mut bytes, already, host).await.unwrap()
    }

    #[tokio::test]
    async fn a_greeting_is_for_the_place_that_was_asked_for() {
        let greeting = hello("packages.example");
        for already in [0, 1, 5, 60, greeting.len()] {
            assert_eq!(read(&greeting, already, "packages.example").await.as_ref(), Ok(&greeting));
        }
        assert_eq!(read(&greeting, 0, "other.example").await, Err("it asks for another name within TLS"));
        assert_eq!(read(&greeting, 0, "10.0.0.1").await, Err("it asks for another name within TLS"));
        let nameless = hello("10.0.0.1");
        assert_eq!(read(&nameless, 0, "10.0.0.1").await.as_ref(), Ok(&nameless));
        assert_eq!(read(&nameless, 0, "packages.example").await, Err("it asks for another name within TLS"));
    }

    #[tokio::test]
    async fn nothing_but_tls_goes_through() {
        for bytes in [&b"SSH-2.0-x\r\n"[..], b"GET / HTTP/1.1\r\n\r\n", b"", &[0; 600], &[0x16, 3, 1, 0xff, 0xff]] {
            assert_eq!(read(bytes, 0, "packages.example").await, Err("it does not speak TLS"), "{bytes:?}");
        }
        assert!(read(&hello("packages.example")[..50], 0, "packages.example").await.is_err());
    }
}
