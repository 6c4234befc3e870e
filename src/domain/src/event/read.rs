//! How an event is read from JSON: its data by its kind, at once. What `serde` derives for a kind among other fields puts
//! everything aside first and reads it by a second set of readers, one for every type, which browsers would have to load.

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{Event, EventData};
use crate::actor::Actor;
use crate::id::{EventId, ProjectId};
use crate::timestamp::Timestamp;

/// An event as it is written.
#[derive(Deserialize)]
struct Written {
    seq: i64,
    id: EventId,
    at: Timestamp,
    actor: Actor,
    #[serde(default)]
    project: Option<ProjectId>,
    kind: String,
    data: Box<RawValue>,
}

/// From JSON only.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { seq, id, at, actor, project, kind, data } = Written::deserialize(deserializer)?;
        let what = EventData::read(&kind, data.get()).map_err(de::Error::custom)?;
        Ok(Self { seq, id, at, actor, project, what })
    }
}
