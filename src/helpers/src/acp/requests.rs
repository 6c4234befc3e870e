//! What a helper asks for while it answers a prompt: files, terminals, permissions.

use agent_client_protocol::v1::schema::{
    AgentRequest, CreateTerminalRequest, CreateTerminalResponse, KillTerminalResponse, PermissionOption,
    PermissionOptionKind, ReadTextFileResponse, ReleaseTerminalResponse, RequestPermissionOutcome,
    RequestPermissionRequest, RequestPermissionResponse, SelectedPermissionOutcome, TerminalExitStatus,
    TerminalOutputResponse, ToolKind, WaitForTerminalExitResponse, WriteTextFileResponse,
};
use domain::{Error, ErrorCode, PermissionState, Result};
use serde_json::Value;

use super::Turn;
use crate::services::Services;
use crate::work::{Ended, Judged, Order, Place, ask, judge};

/// Longest words for people, in characters.
const MAX_WHAT: usize = 200;

/// Answers one request of a turn.
pub(super) async fn serve(services: &Services, turn: &Turn, request: AgentRequest) -> Result<Value> {
    if let AgentRequest::RequestPermissionRequest(request) = request {
        return to_json(RequestPermissionResponse::new(permit(services, turn, &request).await?));
    }
    let terms = services.terms();
    let place = turn.place.get_or_try_init(|| Place::open(&terms, turn)).await?;
    match request {
        AgentRequest::ReadTextFileRequest(request) => {
            let text = place.read(&request.path, request.line, request.limit).await?;
            to_json(ReadTextFileResponse::new(text))
        }
        AgentRequest::WriteTextFileRequest(request) => {
            place.write(&request.path, &request.content).await?;
            to_json(WriteTextFileResponse::new())
        }
        AgentRequest::CreateTerminalRequest(request) => {
            let terminal = place.run(&services.store, turn, order(request)).await?;
            to_json(CreateTerminalResponse::new(terminal))
        }
        AgentRequest::TerminalOutputRequest(request) => {
            let (output, truncated, ended) = place.terminal(&request.terminal_id.0)?.output();
            to_json(TerminalOutputResponse::new(output, truncated).exit_status(ended.map(status)))
        }
        AgentRequest::WaitForTerminalExitRequest(request) => {
            let ended = place.terminal(&request.terminal_id.0)?.wait().await;
            let ended = ended.ok_or_else(|| Error::new(ErrorCode::Unavailable, "The sandbox ended."))?;
            to_json(WaitForTerminalExitResponse::new(status(ended)))
        }
        AgentRequest::KillTerminalRequest(request) => {
            place.terminal(&request.terminal_id.0)?.kill();
            to_json(KillTerminalResponse::new())
        }
        AgentRequest::ReleaseTerminalRequest(request) => {
            place.release(&request.terminal_id.0)?;
            to_json(ReleaseTerminalResponse::new())
        }
        _ => Err(Error::invalid("method", "The workshop does not offer this.")),
    }
}

fn order(request: CreateTerminalRequest) -> Order {
    Order {
        command: request.command,
        args: request.args,
        env: request.env.into_iter().map(|variable| (variable.name, variable.value)).collect(),
        folder: request.cwd,
        keep: request.output_byte_limit,
    }
}

fn status(ended: Ended) -> TerminalExitStatus {
    TerminalExitStatus::new().exit_code(ended.code).signal(ended.signal)
}

/// Asks people what a helper asks of its user. A command is first held against the rules, as one that is to be run.
async fn permit(
    services: &Services,
    turn: &Turn,
    request: &RequestPermissionRequest,
) -> Result<RequestPermissionOutcome> {
    let fields = &request.tool_call.fields;
    let command = match fields.kind {
        Some(ToolKind::Execute) => fields.raw_input.as_ref().and_then(|input| input["command"].as_str()),
        _ => None,
    };
    let title = fields.title.as_deref().or(command).unwrap_or("Go on");
    let title: String = title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_WHAT).collect();
    if let Some(line) = command {
        match judge(&services.store, turn, line).await? {
            Judged::Allowed => return Ok(chosen(&request.options, Answer::Once)),
            Judged::Denied(error) => {
                turn.note(&error.message);
                return Ok(chosen(&request.options, Answer::No));
            }
            Judged::Open => {}
        }
    }
    let permission = ask(&services.store, turn, &title, command).await?;
    let answer = match permission.state {
        PermissionState::Allowed if permission.always => Answer::Always,
        PermissionState::Allowed => {
            if let Some(line) = command {
                turn.grant(line);
            }
            Answer::Once
        }
        PermissionState::Denied | PermissionState::Revoked => Answer::No,
        // Nobody answered until the turn was over, and that is no refusal.
        PermissionState::Asked | PermissionState::Withdrawn => return Ok(RequestPermissionOutcome::Cancelled),
    };
    Ok(chosen(&request.options, answer))
}

/// What people said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Once,
    Always,
    No,
}

/// The option that says it, and never one that says more.
fn chosen(options: &[PermissionOption], answer: Answer) -> RequestPermissionOutcome {
    use PermissionOptionKind::{AllowAlways, AllowOnce, RejectAlways, RejectOnce};
    let kinds: &[_] = match answer {
        Answer::Once => &[AllowOnce],
        Answer::Always => &[AllowAlways, AllowOnce],
        Answer::No => &[RejectOnce, RejectAlways],
    };
    let option = kinds.iter().find_map(|kind| options.iter().find(|option| option.kind == *kind));
    option.map_or(RequestPermissionOutcome::Cancelled, |option| {
        RequestPermissionOutcome::Selected(SelectedPermissionOutcome::new(option.option_id.clone()))
    })
}

fn to_json(value: impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_chooses_what_says_it_and_never_more() {
        let option = |id: &str, kind| PermissionOption::new(id.to_owned(), id.to_owned(), kind);
        let all = [
            option("always", PermissionOptionKind::AllowAlways),
            option("once", PermissionOptionKind::AllowOnce),
            option("never", PermissionOptionKind::RejectAlways),
            option("no", PermissionOptionKind::RejectOnce),
        ];
        let id = |options: &[PermissionOption], answer| match chosen(options, answer) {
            RequestPermissionOutcome::Selected(selected) => selected.option_id.0.to_string(),
            _ => "cancelled".into(),
        };
        assert_eq!([Answer::Always, Answer::Once, Answer::No].map(|answer| id(&all, answer)), ["always", "once", "no"]);
        assert_eq!(id(&all[..1], Answer::Once), "cancelled");
        assert_eq!(id(&all[1..3], Answer::Always), "once");
        assert_eq!(id(&all[1..3], Answer::No), "never");
        assert_eq!(id(&all[..2], Answer::No), "cancelled");
    }
}
