//! From a request to a WebSocket (RFC 6455).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::error::ApiError;

/// Bytes read at a time. Each connection keeps so many, and they are cleared before each read; what comes is short, and what
/// is longer comes in several.
const READ_BUFFER: usize = 256;

/// The server's end of a WebSocket.
pub(super) type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// A request for a WebSocket, and the answer that makes it one.
pub(super) struct Upgrade {
    answer: Response,
    line: OnUpgrade,
}

impl Upgrade {
    /// None: something else is asked for.
    pub(super) fn of(mut request: Request) -> Option<Self> {
        let answer = create_response_with_body(&request, Body::empty).ok()?;
        Some(Self { answer, line: hyper::upgrade::on(&mut request) })
    }

    /// The answer; then `talk` has the connection. What comes is at most `longest` bytes.
    pub(super) fn then<F>(self, longest: usize, talk: impl FnOnce(WebSocket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(longest))
            .max_frame_size(Some(longest));
        tokio::spawn(async move {
            match self.line.await {
                Ok(line) => {
                    let line = TokioIo::new(line);
                    let socket = WebSocketStream::from_raw_socket(line, Role::Server, Some(config)).await;
                    // A task of its own: this one keeps room for the connection in each of the shapes that it had.
                    tokio::spawn(talk(socket));
                }
                Err(error) => tracing::debug!(%error, "a WebSocket did not come about"),
            }
        });
        self.answer
    }
}

/// Says that only a WebSocket will do.
pub(super) fn required(message: &'static str) -> Response {
    let refusal = ApiError::from(Error::new(ErrorCode::Malformed, message)).with_status(StatusCode::UPGRADE_REQUIRED);
    ([(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade")], refusal).into_response()
}
