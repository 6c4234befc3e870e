//! The agent's side of the protocol: sessions, prompts, and giving them up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::schema::{
    AgentCapabilities, AvailableCommand, AvailableCommandInput, AvailableCommandsUpdate, CancelNotification,
    ClientNotification, ClientRequest, ContentBlock, Implementation, InitializeResponse, NewSessionResponse,
    PromptRequest, PromptResponse, SessionId, SessionNotification, SessionUpdate, StopReason, UnstructuredCommandInput,
};
use agent_client_protocol::v1::{ConnectionTo, Responder};
use agent_client_protocol::{Client, Error, Stdio};
use domain::syntax;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::turn::{Turn, say};
use super::{Agent, free_text};

struct Server {
    agent: Agent,
    sessions: Mutex<Sessions>,
}

/// The sessions, each with what gives its prompt up while one is being answered.
#[derive(Default)]
struct Sessions {
    made: u64,
    open: HashMap<String, CancellationToken>,
}

/// Serves until standard input ends.
pub(super) async fn serve(agent: Agent) -> Result<(), Error> {
    let server = Arc::new(Server { agent, sessions: Mutex::default() });
    let (for_requests, for_notifications) = (server.clone(), server);
    agent_client_protocol::Agent
        .v1()
        .name(agent.name())
        .on_receive_request(
            async move |request: ClientRequest, responder, connection| {
                for_requests.asked(request, responder, connection)
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_notification(
            async move |notification: ClientNotification, connection| {
                for_notifications.told(notification, &connection);
                Ok(())
            },
            agent_client_protocol::on_receive_notification!(),
        )
        .connect_to(Stdio::new())
        .await
}

impl Server {
    fn asked(
        self: &Arc<Self>,
        request: ClientRequest,
        responder: Responder<Value>,
        connection: ConnectionTo<Client>,
    ) -> Result<(), Error> {
        match request {
            ClientRequest::InitializeRequest(_) => responder.respond(json_of(
                InitializeResponse::new(ProtocolVersion::V1)
                    .agent_capabilities(AgentCapabilities::new())
                    .agent_info(Implementation::new(self.agent.name(), env!("CARGO_PKG_VERSION"))),
            )?),
            ClientRequest::NewSessionRequest(_) => {
                let session = self.new_session();
                responder.respond(json_of(NewSessionResponse::new(session.clone()))?)?;
                let update = AvailableCommandsUpdate::new(self.commands());
                connection.send_notification(SessionNotification::new(
                    session,
                    SessionUpdate::AvailableCommandsUpdate(update),
                ))
            }
            ClientRequest::PromptRequest(request) => {
                let server = self.clone();
                tokio::spawn(async move {
                    let reason = server.prompt(request, connection).await;
                    let _ =
                        responder.respond_with_result(reason.and_then(|reason| json_of(PromptResponse::new(reason))));
                });
                Ok(())
            }
            ClientRequest::ExtMethodRequest(request) if &*request.method == "_tatwats/ping" => {
                responder.respond(json!({}))
            }
            _ => responder.respond_with_error(Error::method_not_found()),
        }
    }

    fn told(&self, notification: ClientNotification, connection: &ConnectionTo<Client>) {
        match notification {
            ClientNotification::CancelNotification(CancelNotification { session_id, .. }) => {
                if let Some(cancel) = self.sessions().open.get(&*session_id.0) {
                    cancel.cancel();
                }
            }
            ClientNotification::ExtNotification(notification) if &*notification.method == "_tatwats/model.chunk" => {
                let chunk: Value = serde_json::from_str(notification.params.get()).unwrap_or_default();
                if let (Some(session), Some(text)) = (chunk["sessionId"].as_str(), chunk["text"].as_str()) {
                    say(connection, &SessionId::new(session), text);
                }
            }
            _ => {}
        }
    }

    fn new_session(&self) -> SessionId {
        let mut sessions = self.sessions();
        sessions.made += 1;
        let id = format!("{}-{}", self.agent.name(), sessions.made);
        sessions.open.insert(id.clone(), CancellationToken::new());
        SessionId::new(id)
    }

    async fn prompt(&self, request: PromptRequest, connection: ConnectionTo<Client>) -> Result<StopReason, Error> {
        let session = request.session_id.clone();
        let cancel = CancellationToken::new();
        match self.sessions().open.get_mut(&*session.0) {
            Some(place) => *place = cancel.clone(),
            None => return Err(agent_client_protocol::v1::schema::Error::session_not_found(session).into()),
        }
        let text: String = request.prompt.iter().filter_map(text_of).collect::<Vec<_>>().join("\n");
        let ours = request.meta.and_then(|mut meta| meta.remove("tatwats")).unwrap_or_default();
        let turn = Turn { connection, session, ours };
        tokio::select! {
            () = cancel.cancelled() => return Ok(StopReason::Cancelled),
            () = self.answer(&turn, &text) => {}
        }
        Ok(StopReason::EndTurn)
    }

    /// Answers; a refusal of the workshop becomes part of the answer, in its own words.
    async fn answer(&self, turn: &Turn, text: &str) {
        let answered = match syntax::slash_command(text) {
            Some(command) if self.agent.commands().iter().any(|can| can.name == command.name) => {
                self.agent.obey(turn, command.name, command.rest).await
            }
            Some(command) => {
                turn.say(&format!("There is no command `/{}` here.\n\n", command.name));
                turn.say(&free_text::what_i_can(self.agent));
                Ok(())
            }
            None => free_text::answer(self.agent, turn).await,
        };
        if let Err(refusal) = answered {
            turn.say(&format!("That did not work. {}", refusal.message));
        }
    }

    fn commands(&self) -> Vec<AvailableCommand> {
        let command = |can: &super::Can| {
            let input = (!can.hint.is_empty())
                .then(|| AvailableCommandInput::Unstructured(UnstructuredCommandInput::new(can.hint)));
            AvailableCommand::new(can.name, can.description).input(input)
        };
        self.agent.commands().iter().map(command).collect()
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text_of(block: &ContentBlock) -> Option<&str> {
    match block {
        ContentBlock::Text(text) => Some(&text.text),
        _ => None,
    }
}

fn json_of(value: impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(Error::into_internal_error)
}
