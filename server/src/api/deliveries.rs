//! Messages on their way to helpers.

use axum::Json;
use axum::extract::State;
use domain::page::check_limit;
use domain::{ConversationId, Delivery, DeliveryId, DeliveryStatus, HelperName};
use serde::{Deserialize, Serialize};
use store::commands::RequeueDelivery;
use store::{DeliveryFilter, Store};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::OrNotFound;
use super::extract::{By, Named, Query, Seen};
use crate::error::Result;
use crate::state::AppState;

const TAG: &str = "Deliveries";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_deliveries))
        .routes(routes!(get_delivery))
        .routes(routes!(requeue_delivery))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those of this conversation.
    conversation: Option<ConversationId>,
    /// Only those to this helper.
    helper: Option<HelperName>,
    /// Only those that stand there.
    status: Option<DeliveryStatus>,
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// Deliveries, newest first.
#[derive(Serialize, ToSchema)]
struct DeliveryList {
    /// The deliveries.
    items: Vec<Delivery>,
}

/// List deliveries, newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = TAG, params(Wanted),
    responses((status = 200, description = "The newest deliveries that fit", body = DeliveryList)))]
async fn list_deliveries(Seen(view): Seen, Query(wanted): Query<Wanted>) -> Result<Json<DeliveryList>> {
    let limit = check_limit(wanted.limit)?;
    let Wanted { conversation, helper, status, .. } = wanted;
    let items = view.deliveries(&DeliveryFilter { conversation, helper, status }, limit).await?;
    Ok(Json(DeliveryList { items }))
}

/// Show a delivery.
#[utoipa::path(get, path = "/api/v1/deliveries/{id}", tag = TAG,
    params(("id" = DeliveryId, Path, description = "The delivery")),
    responses((status = 200, description = "The delivery", body = Delivery)))]
async fn get_delivery(Seen(view): Seen, Named(id): Named<DeliveryId>) -> Result<Json<Delivery>> {
    Ok(Json(view.delivery(id).await?.or_not_found("delivery")?))
}

/// Try a delivery again that was given up.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/requeue", tag = TAG,
    params(("id" = DeliveryId, Path, description = "The delivery")),
    responses((status = 200, description = "It waits again", body = Delivery)))]
async fn requeue_delivery(
    State(store): State<Store>,
    By(actor): By,
    Named(delivery): Named<DeliveryId>,
) -> Result<Json<Delivery>> {
    Ok(Json(store.run(&actor, RequeueDelivery { delivery }).await?))
}
