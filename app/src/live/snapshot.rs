//! The workshop as it stood when the page was asked for, and who asked.

use domain::Timestamp;
use domain::projection::Workshop;
use domain::stream::Measured;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::Me;
use crate::error::AppError;
use crate::json::Json;

/// The workshop and the server's time when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The workshop.
    pub workshop: Workshop,
    /// When it was read.
    pub at: Timestamp,
    /// What each helper's process used when last measured.
    pub measures: Vec<Measured>,
    /// Who looks.
    pub me: Me,
}

/// Reads the workshop as the viewer sees it, with the cursor from which the live stream goes on.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "load_workshop", input = GetUrl, output = Json)]
pub async fn load_workshop() -> Result<Snapshot, AppError> {
    let (store, helpers) = (crate::server::store()?, crate::server::helpers()?);
    let (caller, view) = (crate::server::caller()?, crate::server::view()?);
    let workshop = view.workshop().await?;
    let measures = workshop.helpers.iter().filter_map(|entry| helpers.measured(&entry.helper.name)).collect();
    let domain::User { name, display_name, time_zone, .. } = std::sync::Arc::unwrap_or_clone(caller.user);
    let me = Me { name, display_name, grants: view.rights().grants(), time_zone };
    Ok(Snapshot { workshop, at: store.now(), measures, me })
}
