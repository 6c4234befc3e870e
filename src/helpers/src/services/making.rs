//! Projects on request: makes them and tells how far they are.

use std::time::Duration;

use domain::{Error, ErrorCode, Project, Result, Task, TaskId};
use projects::{Listed, Origin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asker, Services, to_json};

/// Longest wait for news of a task; then it is told as it stands.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

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
        let origin = Origin { conversation: Some(asker.turn.conversation.id), message: Some(asker.turn.message.id) };
        let begun = self.projects.make(&asker.actor(), &make.name, make.template.as_deref(), origin).await?;
        Ok(json!({ "task": begun.task, "project": begun.project }))
    }

    /// What a project can be made from.
    pub(super) async fn list_templates(&self) -> Value {
        let line = |Listed { template, missing }| {
            json!({
                "name": template.name,
                "version": template.version,
                "title": template.title,
                "description": template.description,
                "missing": missing,
            })
        };
        self.projects.templates().await.into_iter().map(line).collect()
    }

    /// Waits until the task differs from what was seen, and tells it with its project.
    pub(super) async fn follow_task(&self, asker: &Asker, follow: Follow) -> Result<Value> {
        let mut log = self.store.log().watch();
        let waited = tokio::time::sleep(LONGEST_WAIT);
        tokio::pin!(waited);
        loop {
            log.borrow_and_update();
            let task = self
                .store
                .task(follow.task)
                .await?
                .filter(|task| task.conversation == Some(asker.turn.conversation.id));
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
        match task.project {
            Some(id) => self.store.project_by_id(id).await,
            None => Ok(None),
        }
    }
}
