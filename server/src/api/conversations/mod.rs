//! Conversations and what is said in them.

mod export;
mod messages;
mod open;
mod read;
mod show;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

const TAG: &str = "Conversations";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(show::list_conversations, open::open_conversation))
        .routes(routes!(show::get_conversation, open::change_conversation))
        .routes(routes!(messages::list_messages, messages::post_message))
        .routes(routes!(messages::get_message))
        .routes(routes!(read::mark_read))
        .routes(routes!(export::export_conversation))
        .routes(routes!(open::conversation_with_helper))
}
