//! What a helper's process says on its own: text, commands, and requests to the workshop.

use std::sync::Arc;

use agent_client_protocol::v1::schema::{
    AgentRequest, AvailableCommand, AvailableCommandInput, SessionNotification, SessionUpdate,
};
use agent_client_protocol::v1::{ConnectionTo, Responder};
use agent_client_protocol::{Agent, Error};
use domain::{HelperCommand, syntax};
use serde_json::Value;
use tokio::sync::watch;

use super::{Turns, requests};
use crate::manifest::Manifest;
use crate::services::{Asker, Services, refusal};

/// What is said to a request outside any turn.
const NO_TURN: &str =
    "“sessionId” must name a session whose prompt is being answered: the workshop is asked on behalf of a delivery.";
/// Most commands that one helper may announce.
const MAX_COMMANDS: usize = 64;

/// Hears what one process says.
pub(crate) struct Host {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) turns: Turns,
    pub(crate) services: Arc<Services>,
    /// The commands it announced last.
    pub(crate) commands: watch::Sender<Option<Vec<HelperCommand>>>,
}

impl Host {
    /// An update of a session. Those of sessions without a turn come too late and are dropped.
    pub(crate) fn update(&self, notification: SessionNotification) {
        match notification.update {
            SessionUpdate::AgentMessageChunk(chunk) => {
                if let Some(turn) = self.turns.of(&notification.session_id.0) {
                    turn.say_block(&chunk.content);
                }
            }
            SessionUpdate::AvailableCommandsUpdate(update) => {
                let commands: Vec<_> =
                    update.available_commands.into_iter().filter_map(command).take(MAX_COMMANDS).collect();
                self.commands.send_if_modified(|known| {
                    let new = known.as_ref() != Some(&commands);
                    *known = Some(commands);
                    new
                });
            }
            _ => {}
        }
    }

    /// A request. Answered from a task of its own, so that the connection goes on meanwhile.
    pub(crate) fn asked(
        self: &Arc<Self>,
        request: AgentRequest,
        responder: Responder<Value>,
        connection: ConnectionTo<Agent>,
    ) -> Result<(), Error> {
        match request {
            AgentRequest::ExtMethodRequest(request) => {
                let host = self.clone();
                tokio::spawn(async move {
                    let answer = host.serve(&request.method, request.params.get(), &connection).await;
                    let _ = responder.respond_with_result(answer);
                });
                Ok(())
            }
            request => {
                let host = self.clone();
                tokio::spawn(async move {
                    let answer = host.work(request).await;
                    let _ = responder.respond_with_result(answer.map_err(|error| refusal(&error)));
                });
                Ok(())
            }
        }
    }

    /// A request for files, a terminal or a permission, on behalf of the delivery whose session it names.
    async fn work(&self, request: AgentRequest) -> Result<Value, domain::Error> {
        let session = match &request {
            AgentRequest::ReadTextFileRequest(request) => &request.session_id,
            AgentRequest::WriteTextFileRequest(request) => &request.session_id,
            AgentRequest::CreateTerminalRequest(request) => &request.session_id,
            AgentRequest::TerminalOutputRequest(request) => &request.session_id,
            AgentRequest::WaitForTerminalExitRequest(request) => &request.session_id,
            AgentRequest::KillTerminalRequest(request) => &request.session_id,
            AgentRequest::ReleaseTerminalRequest(request) => &request.session_id,
            AgentRequest::RequestPermissionRequest(request) => &request.session_id,
            _ => return Err(domain::Error::invalid("method", "The workshop does not offer this.")),
        };
        let Some(turn) = self.turns.of(&session.0) else {
            return Err(domain::Error::invalid("sessionId", NO_TURN));
        };
        requests::serve(&self.services, &turn, request).await
    }

    /// An extension request to the workshop, on behalf of the delivery whose session it names.
    async fn serve(&self, method: &str, params: &str, connection: &ConnectionTo<Agent>) -> Result<Value, Error> {
        let params: Value = serde_json::from_str(params).map_err(|_| Error::invalid_params())?;
        let session = params.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        let Some(turn) = self.turns.of(session) else {
            return Err(Error::new(i32::from(agent_client_protocol::ErrorCode::INVALID_PARAMS), NO_TURN));
        };
        let asker = Asker {
            manifest: self.manifest.clone(),
            turn,
            session: session.to_owned(),
            connection: connection.clone(),
        };
        self.services.serve(&asker, method, params).await
    }
}

/// A command that people can type; names that no message can begin with are left out.
fn command(announced: AvailableCommand) -> Option<HelperCommand> {
    let typed = format!("/{}", announced.name);
    if syntax::slash_command(&typed).map(|command| command.name) != Some(announced.name.as_str())
        || announced.name.len() > 40
    {
        return None;
    }
    let one_line =
        |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect::<String>();
    let hint = match &announced.input {
        Some(AvailableCommandInput::Unstructured(input)) => one_line(&input.hint),
        _ => String::new(),
    };
    Some(HelperCommand { description: one_line(&announced.description), name: announced.name, hint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_can_be_typed_are_announced() {
        let names = ["find", "Find", "a b", "", "deep-think", "x\n"];
        let kept: Vec<_> = names.iter().filter_map(|name| command(AvailableCommand::new(*name, "Does\nit"))).collect();
        assert_eq!(kept.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["find", "deep-think"]);
        assert_eq!(kept[0].description, "Does it");
    }
}
