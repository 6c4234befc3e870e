//! What one helper's page loads, and the saving of its persona.

use domain::projection::HelperEntry;
use domain::stream::{LogLine, Measured};
use domain::{Delivery, HelperName};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;
use crate::pages::sandboxes::PolicyView;
#[cfg(feature = "ssr")]
use {crate::pages::sandboxes::policy_view, domain::policy::PolicySubject};

/// Lines of the process log that are shown at first.
#[cfg(feature = "ssr")]
const LINES: usize = 200;
/// Deliveries that are shown at first.
#[cfg(feature = "ssr")]
const DELIVERIES: i64 = 100;

/// One helper as its page shows it, with the cursor from which the live stream goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Loaded {
    /// The last event known when this was read.
    pub(super) seq: i64,
    /// The helper and its newest process.
    pub(super) entry: HelperEntry,
    /// Its persona.
    pub(super) persona: String,
    /// The newest lines of its process log, oldest first.
    pub(super) log: Vec<LogLine>,
    /// Its newest deliveries, newest first.
    pub(super) deliveries: Vec<Delivery>,
    /// What its process used when last measured.
    pub(super) measured: Option<Measured>,
    /// What its sandbox may have.
    pub(super) policy: PolicyView,
}

/// Reads one helper.
///
/// # Errors
/// `NotFound` without such a helper.
#[server(prefix = "/api/fn", endpoint = "load_helper", input = GetUrl, output = Json)]
pub(super) async fn load_helper(
    /// Which one.
    name: HelperName,
) -> Result<Loaded, AppError> {
    let (store, view, helpers) = (crate::server::store()?, crate::server::view()?, crate::server::helpers()?);
    // Taken first: what happens while the rest is read comes again over the stream, and changes nothing then.
    let seq = store.log().head().seq;
    let entry = seen(&view, &name).await?;
    let filter = store::DeliveryFilter { conversation: None, helper: Some(name.clone()), status: None };
    let deliveries = view.deliveries(&filter, DELIVERIES).await?;
    let persona = helpers.persona(&name).await?;
    let policy = policy_view(&view, &PolicySubject::Helper(name.clone())).await?;
    let policy = policy.ok_or_else(|| AppError::not_found("policy"))?;
    Ok(Loaded {
        seq,
        entry,
        persona,
        log: helpers.log_tail(&name, LINES),
        deliveries,
        measured: helpers.measured(&name),
        policy,
    })
}

/// Reads a helper's persona.
///
/// # Errors
/// `NotFound` without such a helper.
#[server(prefix = "/api/fn", endpoint = "load_persona", input = GetUrl, output = Json)]
pub(super) async fn load_persona(
    /// Whose.
    helper: HelperName,
) -> Result<String, AppError> {
    let (view, helpers) = (crate::server::view()?, crate::server::helpers()?);
    seen(&view, &helper).await?;
    Ok(helpers.persona(&helper).await?)
}

/// Refuses whoever may not see the helper.
#[cfg(feature = "ssr")]
async fn seen(view: &store::View, helper: &HelperName) -> Result<HelperEntry, AppError> {
    view.helper(helper).await?.ok_or_else(|| AppError::not_found("helper"))
}

/// Saves a helper's persona, unless someone else changed it since it was loaded. Returns it as saved.
///
/// # Errors
/// `Conflict` when it was changed meanwhile.
#[server(prefix = "/api/fn", endpoint = "save_persona", output = Json)]
pub(super) async fn save_persona(
    /// Whose.
    helper: HelperName,
    /// The new text.
    persona: String,
    /// The mark of the text it was made from.
    base: String,
) -> Result<String, AppError> {
    let (helpers, actor, view) = (crate::server::helpers()?, crate::server::actor()?, crate::server::view()?);
    seen(&view, &helper).await?;
    // Forms send line ends as CR LF (HTML standard, "normalize newlines"); the file has LF.
    let persona = persona.replace("\r\n", "\n");
    let now = helpers.persona(&helper).await?;
    if now == persona {
        return Ok(persona);
    }
    if mark(&now) != base {
        let why = "The persona was changed by someone else since you loaded it. Your text was not saved and is still \
                   here: compare it with what is saved now, then save again.";
        let mut error = domain::Error::conflict(why);
        error.field = Some("persona".into());
        return Err(error.into());
    }
    helpers.set_persona(&actor, &helper, persona).await?;
    Ok(helpers.persona(&helper).await?)
}

/// A short mark that tells texts apart: FNV-1a, 64 bits.
pub(super) fn mark(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn marks_are_those_of_the_published_function() {
        assert_eq!(mark(""), "cbf29ce484222325");
        assert_eq!(mark("a"), "af63dc4c8601ec8c");
    }
}
