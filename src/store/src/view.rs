//! The workshop as one reader may see it: whatever lies outside their rights is not there.

use domain::access::{self, Action, Sight, Subject};
use domain::projection::HelperEntry;
use domain::{
    Actor, Conversation, ConversationId, Cut, Delivery, DeliveryId, Error, ErrorCode, Event, HelperName, Message,
    MessageId, Page, Permission, PermissionId, Policy, PolicySubject, Process, Project, ProjectId, Result, Rights, Run,
    RunId, Slug, Task, TaskId, Timestamp, UserName,
};

use crate::db::Tx;
use crate::queries::DeliveryFilter;
use crate::store::Store;
use crate::tables;

/// The workshop as one reader may see it, with the rights they had when it was made. Make one per request.
///
/// What is not found may also be out of sight: both are `None`.
#[derive(Debug, Clone)]
pub struct View {
    pub(crate) store: Store,
    pub(crate) sight: Sight,
    rights: Rights,
}

impl Store {
    /// The workshop as `actor` may see it now.
    #[must_use]
    pub fn view(&self, actor: &Actor) -> View {
        let rights = self.rights(actor);
        View { store: self.clone(), sight: rights.sight(), rights }
    }
}

impl View {
    /// The reader's rights.
    #[must_use]
    pub const fn rights(&self) -> &Rights {
        &self.rights
    }

    /// Whether the reader may see `event`.
    #[must_use]
    pub fn may_see(&self, event: &Event) -> bool {
        access::may_see(&self.rights, event)
    }

    /// One conversation.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>> {
        self.seen_conversation(&mut self.store.db().read().await?, id).await
    }

    /// The conversations with the newest activity before a moment (none: now), newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversations(&self, before: Option<Timestamp>, limit: i64) -> Result<Vec<Conversation>> {
        let before = before.unwrap_or(Timestamp::from_micros(i64::MAX));
        tables::conversations::newest(&mut self.store.db().read().await?, &self.sight, before, limit).await
    }

    /// A page of a conversation's messages, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn messages(&self, id: ConversationId, cut: Cut, limit: i64) -> Result<Page<Message>> {
        let mut tx = self.store.db().read().await?;
        match self.seen_conversation(&mut tx, id).await? {
            Some(_) => tables::messages::page(&mut tx, id, cut, limit).await,
            None => Ok(Page::empty()),
        }
    }

    /// One message.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>> {
        let mut tx = self.store.db().read().await?;
        let Some(message) = tables::messages::get(&mut tx, id).await? else { return Ok(None) };
        let seen = self.seen_conversation(&mut tx, message.conversation).await?;
        Ok(seen.map(|_| message))
    }

    /// One delivery.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>> {
        Ok(self.store.delivery(id).await?.filter(|delivery| self.sight.covers(delivery.project)))
    }

    /// The newest deliveries that fit the filter, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliveries(&self, filter: &DeliveryFilter, limit: i64) -> Result<Vec<Delivery>> {
        tables::deliveries::filtered(&mut self.store.db().read().await?, &self.sight, filter, limit).await
    }

    /// The projects, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn projects(&self) -> Result<Vec<Project>> {
        tables::projects::all(&mut self.store.db().read().await?, &self.sight).await
    }

    /// The project of that short name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn project(&self, slug: &Slug) -> Result<Option<Project>> {
        Ok(self.store.project(slug).await?.filter(|project| self.sight.covers(Some(project.id))))
    }

    /// The newest tasks, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tasks(&self, limit: i64) -> Result<Vec<Task>> {
        tables::tasks::newest(&mut self.store.db().read().await?, &self.sight, limit).await
    }

    /// One task.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn task(&self, id: TaskId) -> Result<Option<Task>> {
        Ok(self.store.task(id).await?.filter(|task| self.sight.covers(task.project)))
    }

    /// The tasks that concern a project, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tasks_of_project(&self, project: ProjectId) -> Result<Vec<Task>> {
        Ok(self.seen_tasks(self.store.tasks_of_project(project).await?))
    }

    /// One run.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_by_id(&self, id: RunId) -> Result<Option<Run>> {
        Ok(self.store.run_by_id(id).await?.filter(|run| self.sight.covers(Some(run.project))))
    }

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn runs(&self, limit: i64) -> Result<Vec<Run>> {
        tables::runs::newest(&mut self.store.db().read().await?, &self.sight, limit).await
    }

    /// The runs of a project, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn runs_of_project(&self, project: ProjectId, limit: i64) -> Result<Vec<Run>> {
        if self.sight.covers(Some(project)) { self.store.runs_of_project(project, limit).await } else { Ok(Vec::new()) }
    }

    /// One permission.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn permission(&self, id: PermissionId) -> Result<Option<Permission>> {
        Ok(self.store.permission(id).await?.filter(|permission| self.sight.covers(permission.project)))
    }

    /// What helpers ask people to allow and nobody answered yet, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn permissions_asked(&self, limit: i64) -> Result<Vec<Permission>> {
        tables::permissions::asked(&mut self.store.db().read().await?, &self.sight, limit).await
    }

    /// What helpers asked in a conversation, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn permissions_of_conversation(&self, id: ConversationId, limit: i64) -> Result<Vec<Permission>> {
        let mut tx = self.store.db().read().await?;
        match self.seen_conversation(&mut tx, id).await? {
            Some(_) => Ok(self.seen_permissions(tables::permissions::of_conversation(&mut tx, id, limit).await?)),
            None => Ok(Vec::new()),
        }
    }

    /// The policy for a subject; an empty one when none was set. Those of the workshop and of helpers are for readers of
    /// the whole workshop.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy(&self, subject: &PolicySubject) -> Result<Option<Policy>> {
        let project = match subject {
            PolicySubject::Project(project) => Some(*project),
            PolicySubject::Workshop | PolicySubject::Helper(_) => None,
        };
        if self.sight.covers(project) { self.store.policy(subject).await.map(Some) } else { Ok(None) }
    }

    /// The policies that were set: the workshop's, then those of projects and of helpers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policies(&self) -> Result<Vec<Policy>> {
        tables::policies::all(&mut self.store.db().read().await?, &self.sight).await
    }

    /// The events among the next `limit` after a number that the reader may see, oldest first, and the number of the
    /// last one that was looked at.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn events(&self, after: i64, limit: i64) -> Result<(Vec<Event>, i64)> {
        let mut events = self.store.events(after, limit).await?;
        let looked_at = events.last().map_or(after, |last| last.seq);
        events.retain(|event| self.may_see(event));
        Ok((events, looked_at))
    }

    /// The helpers with their newest processes, by name: for everyone with a role anywhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn helpers(&self) -> Result<Vec<HelperEntry>> {
        if self.reads(Subject::Anywhere) { self.store.helpers().await } else { Ok(Vec::new()) }
    }

    /// One helper with its newest process: for everyone with a role anywhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn helper(&self, name: &HelperName) -> Result<Option<HelperEntry>> {
        if self.reads(Subject::Anywhere) { self.store.helper(name).await } else { Ok(None) }
    }

    /// The runs of a helper, newest first: for everyone with a role anywhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn processes(&self, helper: &HelperName, limit: i64) -> Result<Vec<Process>> {
        if self.reads(Subject::Anywhere) { self.store.processes(helper, limit).await } else { Ok(Vec::new()) }
    }

    /// The person who looks, if they may look at anything.
    pub(crate) fn viewer(&self) -> Result<&UserName> {
        self.rights.allow(Action::Read, Subject::Anywhere)?;
        self.rights.user().ok_or_else(|| Error::new(ErrorCode::Forbidden, "Only a person can look at this."))
    }

    /// The conversation, if it is in sight.
    pub(crate) async fn seen_conversation(&self, tx: &mut Tx, id: ConversationId) -> Result<Option<Conversation>> {
        let found = tables::conversations::get(tx, id).await?;
        Ok(found.filter(|conversation| self.sight.covers(conversation.project)))
    }

    /// Those of the tasks that are in sight.
    pub(crate) fn seen_tasks(&self, mut tasks: Vec<Task>) -> Vec<Task> {
        tasks.retain(|task| self.sight.covers(task.project));
        tasks
    }

    /// Those of the permissions that are in sight.
    pub(crate) fn seen_permissions(&self, mut permissions: Vec<Permission>) -> Vec<Permission> {
        permissions.retain(|permission| self.sight.covers(permission.project));
        permissions
    }

    fn reads(&self, subject: Subject) -> bool {
        self.rights.allow(Action::Read, subject).is_ok()
    }
}
