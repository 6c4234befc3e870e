//! What people do to helpers. Each works as a plain form too and then leads back to the page it was sent from.

use domain::HelperName;
use leptos::prelude::*;

use crate::error::AppError;
use crate::json::Json;

/// Starts a helper.
///
/// # Errors
/// `NotFound` without such a helper.
#[server(prefix = "/api/fn", endpoint = "start_helper", output = Json)]
pub async fn start_helper(
    /// Which one.
    helper: HelperName,
) -> Result<(), AppError> {
    let (helpers, actor) = (crate::server::helpers()?, crate::server::actor()?);
    Ok(helpers.start_helper(&actor, &helper).await?)
}

/// Stops a helper. Its deliveries wait until it is started again.
///
/// # Errors
/// `NotFound` without such a helper.
#[server(prefix = "/api/fn", endpoint = "stop_helper", output = Json)]
pub async fn stop_helper(
    /// Which one.
    helper: HelperName,
) -> Result<(), AppError> {
    let (helpers, actor) = (crate::server::helpers()?, crate::server::actor()?);
    Ok(helpers.stop_helper(&actor, &helper).await?)
}

/// Stops a helper's process and starts a new one.
///
/// # Errors
/// `NotFound` without such a helper.
#[server(prefix = "/api/fn", endpoint = "restart_helper", output = Json)]
pub async fn restart_helper(
    /// Which one.
    helper: HelperName,
) -> Result<(), AppError> {
    let (helpers, actor) = (crate::server::helpers()?, crate::server::actor()?);
    Ok(helpers.restart_helper(&actor, &helper).await?)
}

/// Holds a helper's deliveries back, or lets them through again.
///
/// # Errors
/// `NotFound` without such a helper.
#[server(prefix = "/api/fn", endpoint = "pause_helper", output = Json)]
pub async fn pause_helper(
    /// Which one.
    helper: HelperName,
    /// Whether to hold back.
    paused: bool,
) -> Result<(), AppError> {
    let (helpers, actor) = (crate::server::helpers()?, crate::server::actor()?);
    Ok(helpers.pause_helper(&actor, &helper, paused).await?)
}
