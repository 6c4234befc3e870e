//! One connection to a helper's process: initialise, open sessions, prompt, cancel, ping.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::ConnectionTo;
use agent_client_protocol::v1::schema::{
    AgentRequest, CancelNotification, ClientCapabilities, ContentBlock, FileSystemCapabilities, Implementation,
    InitializeRequest, Meta, NewSessionRequest, PromptRequest, SessionNotification, StopReason, TextContent,
};
use agent_client_protocol::{
    Agent, Client, ConnectTo, Error, ErrorCode, UntypedMessage, is_connection_terminated, is_incoming_transport_closed,
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Host;

/// How a prompt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// The helper is done.
    Everything,
    /// The helper stopped at a limit of its own.
    UpToALimit,
    /// The helper refused.
    Refused,
    /// The helper gave up, asked to or not.
    Cancelled,
}

/// One connection to a helper's process. Dropping it closes the process's standard input.
pub(crate) struct Link {
    connection: ConnectionTo<Agent>,
    /// Asks the connection to end.
    done: CancellationToken,
    /// Told when it has ended, with the reason if it broke.
    over: watch::Receiver<Option<Result<(), String>>>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.done.cancel();
    }
}

impl Link {
    /// Starts to talk over `transport`.
    ///
    /// # Errors
    /// In words, when the connection ends at once.
    pub(crate) async fn open(transport: impl ConnectTo<Client> + 'static, host: Arc<Host>) -> Result<Self, String> {
        let done = CancellationToken::new();
        let (ready, connected) = tokio::sync::oneshot::channel();
        let until = done.clone();
        let (for_updates, for_requests) = (host.clone(), host);
        let driving = Client
            .v1()
            .name("tatwats")
            .on_receive_notification(
                async move |update: SessionNotification, _connection| {
                    for_updates.update(update);
                    Ok(())
                },
                agent_client_protocol::on_receive_notification!(),
            )
            .on_receive_request(
                async move |request: AgentRequest, responder, connection| {
                    for_requests.asked(request, responder, connection)
                },
                agent_client_protocol::on_receive_request!(),
            )
            .connect_with(transport, async move |connection: ConnectionTo<Agent>| {
                let _ = ready.send(connection);
                until.cancelled().await;
                Ok(())
            });
        let (ended, over) = watch::channel(None);
        tokio::spawn(async move {
            let result = driving.await.map_err(|error| cause(&error));
            ended.send_replace(Some(result));
        });
        let connection = connected.await.map_err(|_| "the connection ended before it began".to_owned())?;
        Ok(Self { connection, done, over })
    }

    /// Agrees on the protocol; gives the helper's own name and version when it tells them.
    pub(crate) async fn initialize(&self, limit: Duration) -> Result<Option<Implementation>, String> {
        let files = FileSystemCapabilities::new().read_text_file(true).write_text_file(true);
        let request = InitializeRequest::new(ProtocolVersion::V1)
            .client_info(Implementation::new("tatwats", env!("CARGO_PKG_VERSION")))
            .client_capabilities(ClientCapabilities::new().fs(files).terminal(true));
        let sent = self.connection.send_request(request).block_task();
        let response = within(limit, "initialize", sent).await?;
        Ok(response.agent_info)
    }

    /// Opens a session; gives its id.
    pub(crate) async fn open_session(&self, cwd: &Path, meta: Meta, limit: Duration) -> Result<String, String> {
        let request = NewSessionRequest::new(cwd).meta(meta);
        let response = within(limit, "session/new", self.connection.send_request(request).block_task()).await?;
        Ok(response.session_id.0.to_string())
    }

    /// Hands a prompt over and waits for its end, however long that takes.
    pub(crate) async fn prompt(&self, session: &str, text: String, meta: Meta) -> Result<Said, String> {
        let request =
            PromptRequest::new(session.to_owned(), vec![ContentBlock::Text(TextContent::new(text))]).meta(meta);
        let response = self
            .connection
            .send_request(request)
            .block_task()
            .await
            .map_err(|error| describe("session/prompt", &error))?;
        Ok(match response.stop_reason {
            StopReason::EndTurn => Said::Everything,
            StopReason::Refusal => Said::Refused,
            StopReason::Cancelled => Said::Cancelled,
            _ => Said::UpToALimit,
        })
    }

    /// Asks the helper to give the prompt of `session` up.
    pub(crate) fn cancel(&self, session: &str) {
        let _ = self.connection.send_notification(CancelNotification::new(session.to_owned()));
    }

    /// Asks whether the process still answers. Any answer will do, also that it does not know the question.
    pub(crate) async fn ping(&self, limit: Duration) -> bool {
        let Ok(request) = UntypedMessage::new("_tatwats/ping", json!({})) else { return false };
        match tokio::time::timeout(limit, self.connection.send_request(request).block_task()).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => !is_gone(&error),
            Err(_) => false,
        }
    }

    /// Waits until the process has closed its output, or broke the protocol; gives the reason in words if there is one.
    pub(crate) async fn closed(&self) -> Option<String> {
        let mut over = self.over.clone();
        tokio::select! {
            () = self.connection.incoming_closed() => None,
            ended = over.wait_for(Option::is_some) => ended.ok()?.clone()?.err(),
        }
    }

    /// Ends the connection: what was said last still goes out if the process takes it within `limit`.
    pub(crate) async fn close(&self, limit: Duration) {
        self.done.cancel();
        let mut over = self.over.clone();
        let _ = tokio::time::timeout(limit, over.wait_for(Option::is_some)).await;
    }
}

async fn within<T>(limit: Duration, method: &str, sent: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    match tokio::time::timeout(limit, sent).await {
        Ok(answer) => answer.map_err(|error| describe(method, &error)),
        Err(_) => Err(format!("it did not answer “{method}” within {} s", limit.as_secs())),
    }
}

fn is_gone(error: &Error) -> bool {
    is_incoming_transport_closed(error) || is_connection_terminated(error)
}

/// The failure of a request in words for people.
fn describe(method: &str, error: &Error) -> String {
    if is_gone(error) {
        return "its process ended in the middle of it".into();
    }
    if error.code == ErrorCode::AUTH_REQUIRED {
        return "it wants someone to sign in first; run its program by hand once and sign in there".into();
    }
    let message: String = cause(error).chars().take(500).collect();
    format!("it answered “{method}” with an error: {message}")
}

/// The message of an error, with the details it carries.
fn cause(error: &Error) -> String {
    match &error.data {
        Some(Value::String(data)) => format!("{}: {data}", error.message),
        Some(Value::Object(data)) => match data.get("details").or_else(|| data.get("error")).and_then(Value::as_str) {
            Some(details) => format!("{}: {details}", error.message),
            None => error.message.clone(),
        },
        _ => error.message.clone(),
    }
}
