//! Projects on request: makes them and tells how far they are.

use std::time::Duration;

use domain::{Error, ErrorCode, Project, ProjectStatus, Result, Task, TaskId, TaskState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asker, Services, to_json};

/// Longest wait for news of a task; then it is told as it stands.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How far back the task of a repeated request is looked for.
const RECENT_TASKS: i64 = 200;

/// `_tatwats/projects.make`
#[derive(Deserialize)]
pub(super) struct Make {
    name: String,
    #[serde(default)]
    template: Option<String>,
}

/// `_tatwats/tasks.follow`
#[derive(Deserialize)]
pub(super) struct Follow {
    task: TaskId,
    /// The task as it was last seen; none: tell at once.
    #[serde(default)]
    seen: Option<Task>,
}

impl Services {
    /// Begins a project. Asked again for the same message, as after a crash of the helper, it finds what was begun.
    pub(super) async fn make_project(&self, asker: &Asker, make: Make) -> Result<Value> {
        let message = asker.turn.message.id;
        let tasks = self.store.tasks(RECENT_TASKS).await?;
        let begun = tasks.into_iter().find(|task| task.message == Some(message) && !gave_up(task.state));
        if let Some(task) = begun {
            let project = self.project_of(&task).await?;
            return Ok(json!({ "task": task, "project": project }));
        }
        let asked_in = (asker.turn.conversation.id, message);
        let (project, task) = self.projects.make(&asker.actor(), &make.name, make.template.as_deref(), asked_in).await?;
        Ok(json!({ "task": task, "project": project }))
    }

    /// Waits until the task differs from what was seen, and tells it with its project.
    pub(super) async fn follow_task(&self, asker: &Asker, follow: Follow) -> Result<Value> {
        let mut log = self.store.log().watch();
        let waited = tokio::time::sleep(LONGEST_WAIT);
        tokio::pin!(waited);
        loop {
            log.borrow_and_update();
            let task = self.store.task(follow.task).await?.filter(|task| task.conversation == Some(asker.turn.conversation.id));
            let Some(task) = task else { return Err(Error::not_found("task in this conversation")) };
            if follow.seen.as_ref() != Some(&task) || waited.is_elapsed() {
                let project = self.project_of(&task).await?;
                return to_json(json!({ "task": task, "project": project }));
            }
            tokio::select! {
                changed = log.changed() => {
                    changed.map_err(|_| Error::new(ErrorCode::Unavailable, "The workshop is shutting down."))?;
                }
                () = &mut waited => {}
            }
        }
    }

    async fn project_of(&self, task: &Task) -> Result<Option<Project>> {
        let Some(id) = task.project else { return Ok(None) };
        let projects = self.store.projects().await?;
        Ok(projects.into_iter().find(|project| project.id == id && (task.state != TaskState::Completed || project.status == ProjectStatus::Ready)))
    }
}

const fn gave_up(state: TaskState) -> bool {
    matches!(state, TaskState::Failed | TaskState::Canceled)
}
