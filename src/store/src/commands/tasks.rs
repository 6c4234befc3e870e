//! Tasks: moving on, ending, and being canceled.

use domain::access::{Action, Subject};
use domain::{Error, EventData, Result, StepState, Task, TaskId, TaskState};

use crate::change::{Change, Command};
use crate::tables;

/// A task has come to a step: those before it are done, it is being worked on.
#[derive(Debug, Clone)]
pub struct AdvanceTask {
    /// Which task.
    pub task: TaskId,
    /// The step that is being worked on, counted from 0; past the last one all are done.
    pub step: usize,
    /// A better title for that step, now that more is known.
    pub title: Option<String>,
}

impl Command for AdvanceTask {
    const ACTION: Action = Action::MakeProject;
    type Output = Task;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Task> {
        let mut task = allowed_task(change, self.task, Self::ACTION).await?;
        if task.state.is_over() {
            return Ok(task);
        }
        task.state = TaskState::Working;
        for (index, step) in task.steps.iter_mut().enumerate() {
            if index < self.step && step.state != StepState::Done {
                step.state = StepState::Done;
                step.started_at.get_or_insert(change.now);
                step.ended_at = Some(change.now);
            } else if index == self.step {
                step.state = StepState::Working;
                step.started_at.get_or_insert(change.now);
                if let Some(title) = &self.title {
                    step.title.clone_from(title);
                }
            }
        }
        tables::tasks::put(change.tx, &task).await?;
        change.record(EventData::TaskProgressed(task.clone()));
        Ok(task)
    }
}

/// Asks a task to end. One that has not begun ends at once; one at work ends at its next step.
#[derive(Debug, Clone)]
pub struct CancelTask {
    /// Which task.
    pub task: TaskId,
}

impl Command for CancelTask {
    const ACTION: Action = Action::CancelTask;
    type Output = Task;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Task> {
        let mut task = allowed_task(change, self.task, Self::ACTION).await?;
        if task.state.is_over() {
            return Err(Error::conflict(format!("This task is over already: it is {}.", task.state.name())));
        }
        if task.cancel_requested {
            return Ok(task);
        }
        task.cancel_requested = true;
        if task.state == TaskState::Submitted {
            return end(change, task, TaskState::Canceled, None).await;
        }
        tables::tasks::put(change.tx, &task).await?;
        change.record(EventData::TaskProgressed(task.clone()));
        Ok(task)
    }
}

/// Ends a task in `state`. One that is over stays as it is.
pub(super) async fn end(
    change: &mut Change<'_>,
    mut task: Task,
    state: TaskState,
    error: Option<String>,
) -> Result<Task> {
    if task.state.is_over() {
        return Ok(task);
    }
    for step in &mut task.steps {
        match (state, step.state) {
            (TaskState::Completed, StepState::Todo | StepState::Working) => {
                step.state = StepState::Done;
                step.started_at.get_or_insert(change.now);
                step.ended_at = Some(change.now);
            }
            (_, StepState::Working) => {
                step.state = StepState::Failed;
                step.ended_at = Some(change.now);
            }
            _ => {}
        }
    }
    task.state = state;
    task.error = error;
    task.ended_at = Some(change.now);
    tables::tasks::put(change.tx, &task).await?;
    change.record(EventData::TaskProgressed(task.clone()));
    Ok(task)
}

/// The task, held to the end of the transaction, if the actor may do `action` to what it concerns.
async fn allowed_task(change: &mut Change<'_>, id: TaskId, action: Action) -> Result<Task> {
    let found = tables::tasks::get_locked(change.tx, id).await?;
    change.require(action, found.as_ref().and_then(|task| task.project), "task")?;
    found.ok_or_else(|| Error::not_found("task"))
}

pub(super) async fn locked_task(change: &mut Change<'_>, id: TaskId) -> Result<Task> {
    tables::tasks::get_locked(change.tx, id).await?.ok_or_else(|| Error::not_found("task"))
}
