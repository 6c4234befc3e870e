//! What the workshop itself asks of the store, past anyone's rights; people and helpers read through a [`crate::View`].
//! "Not found" is `None`; the edge decides what that means.

use domain::access::Sight;
use domain::projection::HelperEntry;
use domain::{
    Conversation, ConversationId, Cut, Delivery, DeliveryId, DeliveryStatus, Event, HelperName, Message, MessageId,
    Page, Process, Project, ProjectId, Result, Slug, Task, TaskId, Timestamp,
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
}
