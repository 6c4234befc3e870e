//! One line of the activity feed.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::{Event, EventData};
use crate::process::ProcessStatus;
use crate::project::ProjectStatus;
use crate::timestamp::Timestamp;

/// One line of the activity feed: what people would tell each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// The event's place in the log.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened, as the end of a sentence that begins with the actor.
    pub text: String,
    /// The page that shows it.
    pub href: String,
}

impl Activity {
    /// The line for `event`, if it is worth one. Only kinds in [`crate::event::NOTABLE_KINDS`] ever are.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let (text, href) = match &event.what {
            EventData::MessagePosted(posted) => (
                format!("said in {}: {}", posted.conversation.title, posted.conversation.last.as_ref()?.text),
                format!("/conversations/{}#m{}", posted.conversation.id, posted.message.position),
            ),
            EventData::PersonaEdited(edited) => {
                (format!("edited the persona of {}", edited.helper), format!("/helpers/{}", edited.helper))
            }
            EventData::ProcessStatusChanged(process) => {
                let word = match process.status {
                    ProcessStatus::Running => "is running",
                    ProcessStatus::Unhealthy => "does not answer pings",
                    ProcessStatus::BackingOff => "ended and will be started again",
                    ProcessStatus::Stopped => "was stopped",
                    ProcessStatus::Failed => "failed",
                    ProcessStatus::Starting | ProcessStatus::Stopping => return None,
                };
                let why = process.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                (format!("noted that {} {word}{why}", process.helper), format!("/helpers/{}", process.helper))
            }
            EventData::ProjectChanged(project) if project.status == ProjectStatus::Ready => {
                (format!("made the project {}", project.slug), format!("/projects/{}", project.slug))
            }
            EventData::ProjectRemoved(removed) => {
                (format!("cleared {} away: {}", removed.slug, removed.reason), "/projects".into())
            }
            EventData::ImportCompleted(done) => {
                (format!("brought in {} messages from {}", done.imported, done.source), "/conversations".into())
            }
            _ => return None,
        };
        Some(Self { seq: event.seq, at: event.at, actor: event.actor.clone(), text, href })
    }
}
