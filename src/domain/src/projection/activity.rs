//! One line of the activity feed.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::{Event, EventData};
use crate::permission::{Permission, PermissionState};
use crate::policy::PolicySubject;
use crate::process::ProcessStatus;
use crate::project::ProjectStatus;
use crate::run::Run;
use crate::sandbox::Verdict;
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
            EventData::ProjectCommitted(committed) => {
                let slug = &committed.project.slug;
                (format!("changed the project {slug}: {}", committed.subject), format!("/projects/{slug}"))
            }
            EventData::ProjectRemoved(removed) => {
                (format!("cleared {} away: {}", removed.slug, removed.reason), "/projects".into())
            }
            EventData::RunChanged(run) => (run_text(run)?, format!("/runs/{}", run.id)),
            EventData::PermissionChanged(permission) => {
                (permission_text(permission)?, format!("/conversations/{}", permission.conversation))
            }
            EventData::PolicyChanged(policy) => match &policy.subject {
                PolicySubject::Workshop => ("changed the policy of all sandboxes".to_owned(), "/".to_owned()),
                PolicySubject::Project(_) => {
                    ("changed the policy of a project's sandboxes".to_owned(), "/projects".to_owned())
                }
                PolicySubject::Helper(helper) => {
                    (format!("changed the policy of {helper}"), format!("/helpers/{helper}"))
                }
            },
            EventData::ImportCompleted(done) => {
                (format!("brought in {} messages from {}", done.imported, done.source), "/conversations".into())
            }
            _ => return None,
        };
        Some(Self { seq: event.seq, at: event.at, actor: event.actor.clone(), text, href })
    }
}

/// Only what ended is told of.
fn run_text(run: &Run) -> Option<String> {
    let command = short(&run.command);
    match run.verdict? {
        Verdict::Cancelled => Some(format!("stopped “{command}”")),
        verdict => Some(format!("noted that “{command}” ended: {verdict}")),
    }
}

fn permission_text(permission: &Permission) -> Option<String> {
    let (helper, what) = (&permission.helper, short(&permission.what));
    match permission.state {
        PermissionState::Asked => Some(format!("asked for permission: {what}")),
        PermissionState::Allowed if permission.always => Some(format!("allowed {helper}, from now on: {what}")),
        PermissionState::Allowed => Some(format!("allowed {helper} once: {what}")),
        PermissionState::Denied => Some(format!("refused {helper}: {what}")),
        PermissionState::Revoked => Some(format!("took back what {helper} was allowed: {what}")),
        PermissionState::Withdrawn => None,
    }
}

/// The first line of a text, cut at 80 characters.
fn short(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let mut cut: String = line.chars().take(80).collect();
    if cut.len() < text.trim().len() {
        cut.push('…');
    }
    cut
}
