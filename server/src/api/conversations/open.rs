//! Opens and changes conversations.

use axum::Json;
use axum::extract::State;
use domain::{Conversation, ConversationId, HelperName, Party, ProjectId};
use serde::Deserialize;
use store::Store;
use store::commands::{ChangeConversation, OpenConversation, OpenPair};
use utoipa::ToSchema;

use super::super::answer::{Located, OrNotFound};
use super::super::extract::{Body, By, Named, Seen};
use super::TAG;
use crate::error::Result;

/// A conversation to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversation {
    /// Its name, at most 120 characters.
    #[schema(example = "Pod tracker")]
    title: String,
    /// Who takes part, besides you.
    #[serde(default)]
    participants: Vec<Party>,
    /// The project it belongs to; none: the whole workshop.
    project: Option<ProjectId>,
}

/// What is to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationChange {
    /// A new name, at most 120 characters.
    title: Option<String>,
    /// Who joins.
    #[serde(default)]
    join: Vec<Party>,
}

/// Open a conversation.
#[utoipa::path(post, path = "/api/v1/conversations", tag = TAG, request_body = NewConversation,
    responses((status = 201, description = "It is open; `Location` leads to it", body = Conversation)))]
pub(super) async fn open_conversation(
    State(store): State<Store>,
    By(actor): By,
    Body(new): Body<NewConversation>,
) -> Result<Located<Conversation>> {
    let NewConversation { title, participants, project } = new;
    let opened = store.run(&actor, OpenConversation { title, participants, project }).await?;
    Ok(Located::created(format!("/conversations/{}", opened.id), opened))
}

/// Rename a conversation, or let others join it.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = TAG, request_body = ConversationChange,
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation as it stands now", body = Conversation)))]
pub(super) async fn change_conversation(
    State(store): State<Store>,
    By(actor): By,
    Named(conversation): Named<ConversationId>,
    Body(change): Body<ConversationChange>,
) -> Result<Json<Conversation>> {
    let ConversationChange { title, join } = change;
    Ok(Json(store.run(&actor, ChangeConversation { conversation, title, join }).await?))
}

/// Find your conversation with a helper.
///
/// There is one; it is opened when there is none yet.
#[utoipa::path(put, path = "/api/v1/helpers/{name}/conversation", tag = TAG,
    params(("name" = HelperName, Path, description = "The helper")),
    responses((status = 200, description = "The conversation; `Location` leads to it", body = Conversation)))]
pub(super) async fn conversation_with_helper(
    State(store): State<Store>,
    Seen(view): Seen,
    By(actor): By,
    Named(name): Named<HelperName>,
) -> Result<Located<Conversation>> {
    view.helper(&name).await?.or_not_found("helper")?;
    let pair = OpenPair { one: actor.by.clone(), other: Party::Helper(name) };
    let conversation = store.run(&actor, pair).await?;
    Ok(Located::known(format!("/conversations/{}", conversation.id), conversation))
}
