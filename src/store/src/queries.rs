//! What the workshop itself asks of the store, past anyone's rights; people and helpers read through a [`crate::View`].
//! "Not found" is `None`; the edge decides what that means.

use domain::access::Sight;
use domain::projection::HelperEntry;
use domain::{
    Conversation, ConversationId, Cut, Delivery, DeliveryId, DeliveryStatus, Event, HelperName, Message, MessageId,
    Page, Permission, PermissionId, Policy, PolicySubject, Process, Project, ProjectId, Result, Run, RunId, Slug, Task,
    TaskId, Timestamp,
};

use crate::store::Store;
use crate::tables;

/// Which deliveries are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Those of one conversation.
    pub conversation: Option<ConversationId>,
    /// Those to one helper.
    pub helper: Option<HelperName>,
    /// Those that stand there.
    pub status: Option<DeliveryStatus>,
}

/// Reads one thing in a transaction of its own.
macro_rules! reads {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $($path:ident)::+;)+) => {
        impl Store {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// When the database does not answer.
            pub async fn $name(&self, $($arg: $ty),*) -> Result<$out> {
                tables::$($path)::+(&mut self.db().read().await?, $($arg),*).await
            }
        )+}
    };
}

reads! {
    /// One conversation.
    conversation(id: ConversationId) -> Option<Conversation> = conversations::get;
    /// A page of a conversation's messages, oldest first.
    messages(conversation: ConversationId, cut: Cut, limit: i64) -> Page<Message> = messages::page;
    /// One message.
    message(id: MessageId) -> Option<Message> = messages::get;
    /// One delivery.
    delivery(id: DeliveryId) -> Option<Delivery> = deliveries::get;
    /// Open deliveries queued before a moment, oldest first, at most 200.
    stalled(queued_before: Timestamp) -> Vec<Delivery> = deliveries::stalled;
    /// The runs of a helper, newest first.
    processes(helper: &HelperName, limit: i64) -> Vec<Process> = processes::of_helper;
    /// The project of that short name.
    project(slug: &Slug) -> Option<Project> = projects::by_slug;
    /// The project of that id.
    project_by_id(id: ProjectId) -> Option<Project> = projects::get;
    /// One task.
    task(id: TaskId) -> Option<Task> = tasks::get;
    /// The tasks that concern a project, newest first.
    tasks_of_project(project: ProjectId) -> Vec<Task> = tasks::of_project;
    /// The task of that title that a message set off, so that work tried again is not begun twice.
    task_of_message(message: MessageId, title: &str) -> Option<Task> = tasks::of_message;
    /// One run.
    run_by_id(id: RunId) -> Option<Run> = runs::get;
    /// The runs of a project, newest first.
    runs_of_project(project: ProjectId, limit: i64) -> Vec<Run> = runs::of_project;
    /// The runs that wait for their turn, on whichever server, oldest first.
    queued_runs() -> Vec<Run> = runs::queued;
    /// One permission.
    permission(id: PermissionId) -> Option<Permission> = permissions::get;
    /// What helpers asked in a conversation, newest first.
    permissions_of_conversation(conversation: ConversationId, limit: i64) -> Vec<Permission> = permissions::of_conversation;
    /// The policy for a subject; an empty one when none was set.
    policy(subject: &PolicySubject) -> Policy = policies::get;
    /// The policies that hold for what a helper (none: a person) does in a project: the workshop's, the project's, the
    /// helper's; empty ones where none was set.
    policies_holding(project: Option<ProjectId>, helper: Option<&HelperName>) -> Vec<Policy> = policies::holding;
    /// Events after a number, oldest first.
    events(after: i64, limit: i64) -> Vec<Event> = events::after;
}

impl Store {
    /// The conversations with the newest activity before a moment (none: now), newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversations(&self, before: Option<Timestamp>, limit: i64) -> Result<Vec<Conversation>> {
        let before = before.unwrap_or(Timestamp::from_micros(i64::MAX));
        tables::conversations::newest(&mut self.db().read().await?, &Sight::Everything, before, limit).await
    }

    /// The newest deliveries that fit the filter, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliveries(&self, filter: &DeliveryFilter, limit: i64) -> Result<Vec<Delivery>> {
        tables::deliveries::filtered(&mut self.db().read().await?, &Sight::Everything, filter, limit).await
    }

    /// All projects, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn projects(&self) -> Result<Vec<Project>> {
        tables::projects::all(&mut self.db().read().await?, &Sight::Everything).await
    }

    /// The helpers with their newest processes, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn helpers(&self) -> Result<Vec<HelperEntry>> {
        crate::snapshot::helper_entries(&mut self.db().read().await?).await
    }

    /// One helper with its newest process.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn helper(&self, name: &HelperName) -> Result<Option<HelperEntry>> {
        let mut tx = self.db().read().await?;
        let Some(helper) = tables::helpers::get(&mut tx, name).await? else { return Ok(None) };
        let process = tables::processes::of_helper(&mut tx, name, 1).await?.pop();
        Ok(Some(HelperEntry { helper, process }))
    }

    /// The runs that this server began and that have not ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_processes(&self) -> Result<Vec<Process>> {
        tables::processes::open_on(&mut self.db().read().await?, self.node()).await
    }

    /// The runs that this server has, waiting or running, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_runs(&self) -> Result<Vec<Run>> {
        tables::runs::open_on(&mut self.db().read().await?, self.node()).await
    }

    /// What helpers ask people to allow and nobody answered yet, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn permissions_asked(&self, limit: i64) -> Result<Vec<Permission>> {
        tables::permissions::asked(&mut self.db().read().await?, &Sight::Everything, limit).await
    }

    /// The policies that were set: the workshop's, then those of projects and of helpers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policies(&self) -> Result<Vec<Policy>> {
        tables::policies::all(&mut self.db().read().await?, &Sight::Everything).await
    }
}
