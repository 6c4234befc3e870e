//! What helpers may ask of the workshop: extension requests of the protocol, each checked and done as the helper.

mod conversations;
mod helpers;
mod making;
pub(crate) mod model;
mod search;

pub(crate) use self::helpers::waited;

use std::sync::Arc;

use agent_client_protocol::v1::ConnectionTo;
use agent_client_protocol::{Agent, Error as AcpError, ErrorCode as AcpCode};
use domain::{Actor, Error, ErrorCode, Result};
use projects::Projects;
use sandbox::Sandboxes;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::Store;

use crate::acp::Turn;
use crate::manifest::{Home, Manifest, Permission};
use crate::suggest;
use crate::work::Terms;

/// The requests, by the permission they take.
const METHODS: [(&str, Permission); 10] = [
    ("_tatwats/projects.make", Permission::Projects),
    ("_tatwats/projects.templates", Permission::Projects),
    ("_tatwats/tasks.follow", Permission::Projects),
    ("_tatwats/messages.search", Permission::Messages),
    ("_tatwats/conversation.summary", Permission::Messages),
    ("_tatwats/conversation.export", Permission::Messages),
    ("_tatwats/helpers.list", Permission::Helpers),
    ("_tatwats/deliveries.stalled", Permission::Helpers),
    ("_tatwats/model.configured", Permission::Model),
    ("_tatwats/model.complete", Permission::Model),
];

/// Answers what helpers ask.
pub(crate) struct Services {
    pub(crate) store: Store,
    pub(crate) projects: Projects,
    pub(crate) sandboxes: Sandboxes,
    pub(crate) model: Option<model::Model>,
    pub(crate) home: Home,
    /// How long a delivery may wait until it counts as stalled.
    pub(crate) stalled_after: std::time::Duration,
}

/// Who asks, and on behalf of which delivery.
pub(crate) struct Asker {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) turn: Arc<Turn>,
    pub(crate) session: String,
    pub(crate) connection: ConnectionTo<Agent>,
}

impl Asker {
    /// The helper, for the person who set the delivery off, and by the token they used.
    fn actor(&self) -> Actor {
        self.turn.delivery.actor()
    }
}

impl Services {
    /// What places to work are made with.
    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms { store: &self.store, projects: &self.projects, sandboxes: &self.sandboxes }
    }

    /// Answers one request.
    pub(crate) async fn serve(&self, asker: &Asker, method: &str, params: Value) -> Result<Value, AcpError> {
        let Some((_, permission)) = METHODS.into_iter().find(|(known, _)| *known == method) else {
            let known = METHODS.map(|(name, _)| name);
            return Err(AcpError::new(
                i32::from(AcpCode::METHOD_NOT_FOUND),
                suggest::unknown("request", method, &known),
            ));
        };
        if !asker.manifest.permissions.contains(&permission) {
            let sentence = format!(
                "{} may not ask this: it needs the permission “{}”. Add it to “permissions” in its helper.toml.",
                asker.manifest.name,
                permission.name()
            );
            return Err(refusal(&Error::new(ErrorCode::Forbidden, sentence)));
        }
        let answer = match method {
            "_tatwats/projects.make" => self.make_project(asker, read(params)?).await,
            "_tatwats/projects.templates" => Ok(self.list_templates().await),
            "_tatwats/tasks.follow" => self.follow_task(asker, read(params)?).await,
            "_tatwats/messages.search" => self.search(asker, read(params)?).await,
            "_tatwats/conversation.summary" => self.summary(asker).await,
            "_tatwats/conversation.export" => Ok(self.export(asker)),
            "_tatwats/helpers.list" => self.list_helpers().await,
            "_tatwats/deliveries.stalled" => self.list_stalled(asker).await,
            "_tatwats/model.configured" => Ok(json!({ "configured": self.model.is_some() })),
            "_tatwats/model.complete" => self.complete(asker).await,
            _ => Err(Error::internal(format!("{method} is listed and not served"))),
        };
        answer.map_err(|error| {
            if error.code == ErrorCode::Internal {
                tracing::error!(helper = %asker.manifest.name, method, error = ?error, "a helper's request failed");
            }
            refusal(&error)
        })
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, AcpError> {
    serde_json::from_value(params).map_err(|error| AcpError::new(i32::from(AcpCode::INVALID_PARAMS), error.to_string()))
}

/// An error of the workshop as JSON-RPC carries it: the sentence as the message, the stable code in the data.
pub(crate) fn refusal(error: &Error) -> AcpError {
    AcpError::new(1, error.message.clone()).data(json!({ "code": error.code, "field": error.field }))
}

fn to_json(value: impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Error::internal)
}
