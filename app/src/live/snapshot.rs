//! The workshop as it stood when the page was asked for, and who asked.

use std::sync::Arc;

use domain::Timestamp;
use domain::projection::Workshop;
use domain::sandbox::RoomKind;
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
    /// Which kind of sandbox there is.
    pub sandboxes: Sandboxes,
}

/// Which kind of sandbox there is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandboxes {
    /// The kind; none: there is none, and nothing is run.
    pub room: Option<RoomKind>,
    /// Why this one, or why none.
    pub why: String,
    /// How to get one, when there is none; else empty.
    pub fix: String,
    /// What is worth knowing of its safety.
    pub warnings: Vec<String>,
}

/// Reads the workshop as the viewer sees it, with the cursor from which the live stream goes on.
///
/// # Errors
/// Whatever the store fails with.
#[server(prefix = "/api/fn", endpoint = "load_workshop", input = GetUrl, output = Json)]
pub async fn load_workshop() -> Result<Snapshot, AppError> {
    let (store, helpers, sandboxes) = (crate::server::store()?, crate::server::helpers()?, crate::server::sandboxes()?);
    Ok(Snapshot::load(&store, &helpers, &sandboxes, crate::server::caller()?).await?)
}

#[cfg(feature = "ssr")]
impl Snapshot {
    /// Reads the workshop as `caller` sees it.
    ///
    /// # Errors
    /// Whatever the store fails with.
    pub async fn load(
        store: &store::Store,
        helpers: &helpers::Helpers,
        sandboxes: &sandbox::Sandboxes,
        caller: accounts::Caller,
    ) -> domain::Result<Self> {
        let view = store.view(&caller.actor());
        let workshop = view.workshop().await?;
        let measures = workshop.helpers.iter().filter_map(|entry| helpers.measured(&entry.helper.name)).collect();
        let domain::User { name, display_name, time_zone, .. } = Arc::unwrap_or_clone(caller.user);
        let me = Me { name, display_name, grants: view.rights().grants(), time_zone };
        let sandbox::Status { room, why, fix, warnings } = sandboxes.status().clone();
        Ok(Self { workshop, at: store.now(), measures, me, sandboxes: Sandboxes { room, why, fix, warnings } })
    }
}

/// What a page is rendered from on the server, and taken over with in the browser: the snapshot, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found(pub Result<Arc<Snapshot>, AppError>);

impl Found {
    /// The id of the script in which a page brings it along.
    pub const SCRIPT: &str = "found";

    /// That of the page: the server has [read](Read) it beforehand, and the browser finds it in the page.
    #[must_use]
    pub fn of_page() -> Self {
        #[cfg(feature = "ssr")]
        let found = use_context::<Self>();
        #[cfg(not(feature = "ssr"))]
        let found = document()
            .get_element_by_id(Self::SCRIPT)
            .and_then(|script| domain::from_json(&script.text_content().unwrap_or_default()).ok());
        found.unwrap_or_else(|| {
            let words = "The page came without what it shows. Load it again.";
            Self(Err(AppError::new(domain::ErrorCode::Unavailable, words)))
        })
    }
}

/// What the server reads before it renders a page. It puts that into the request's extensions.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone)]
pub struct Read(pub Arc<domain::Result<Arc<Snapshot>>>);

#[cfg(feature = "ssr")]
impl Found {
    /// What was read for the page being rendered. A failure sets the page's status.
    #[must_use]
    pub fn of_request() -> Option<Self> {
        let Read(read) = use_context::<axum::http::request::Parts>()?.extensions.get().cloned()?;
        Some(Self(match &*read {
            Ok(snapshot) => Ok(snapshot.clone()),
            Err(error) => Err(error.into()),
        }))
    }

    /// What stands in the [script](Self::SCRIPT) in which the page brings it along.
    #[must_use]
    pub fn script(&self) -> String {
        // No text in it may end the script, nor begin a comment.
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }
}
