//! A command, and the change it makes: rows and events of one transaction.

use std::future::Future;

use domain::access::{Action, Subject};
use domain::{
    Actor, Conversation, ConversationId, Error, Event, EventData, Message, Party, ProjectId, Result, Rights, Timestamp,
    UserName,
};
use uuid::Uuid;

use crate::db::Tx;
use crate::gate::Gate;
use crate::gathered::Gathered;
use crate::ids::Ids;

/// Something to be done. Applied in a transaction, possibly more than once when the database asks for a retry,
/// so it keeps its hands off everything but the [`Change`].
pub trait Command: Send + Sync + 'static {
    /// The right it takes.
    const ACTION: Action;
    /// What the caller gets once it is durable.
    type Output: Send + 'static;

    /// What that right must hold for. `None`: that is known only within the transaction, where `apply` must check it;
    /// a command that forgets to is refused.
    fn subject(&self) -> Option<Subject> {
        Some(Subject::Workshop)
    }

    /// Whether it keeps to what is [gathered](Gathered) for the whole transaction, or settles that before it asks the
    /// database itself. What does not is applied by itself, between settlings.
    const GATHERS: bool = false;

    /// Checks the rules, writes the rows, and records what happened.
    fn apply(&self, change: &mut Change<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// The transaction a command works in: who acts, and when.
pub struct Change<'a> {
    pub(crate) tx: &'a mut Tx,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Timestamp,
    pub(crate) node: &'a str,
    pub(crate) ids: &'a Ids,
    pub(crate) gate: &'a Gate,
    pub(crate) gathered: &'a mut Gathered,
    /// What has happened, also by the commands before it in the transaction.
    pub(crate) happened: &'a mut Vec<Event>,
    /// Whether a right was checked within the transaction.
    pub(crate) checked: bool,
}

impl Change<'_> {
    /// Records what happened. It gets its number when the transaction is about to be committed.
    pub(crate) fn record(&mut self, what: EventData) {
        self.happened.push(Event {
            seq: 0,
            id: self.ids.next(self.now).into(),
            at: self.now,
            actor: self.actor.clone(),
            project: what.project(),
            what,
        });
    }

    /// Tells the transaction what was gathered.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        self.gathered.settle(self.tx, self.happened).await
    }

    /// The conversation as it stands now, held to the end of the transaction.
    pub(crate) async fn conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>> {
        self.gathered.conversation(self.tx, self.happened, id).await
    }

    /// The message that the sender sent with this key.
    pub(crate) async fn message_by_key(&mut self, sender: &Party, key: &str) -> Result<Option<Message>> {
        self.gathered.message_by_key(self.tx, self.happened, sender, key).await
    }

    /// A new id.
    pub(crate) fn new_id<T: From<Uuid>>(&self) -> T {
        self.ids.next(self.now).into()
    }

    /// What `actor` may do now.
    pub(crate) fn rights_of(&self, actor: &Actor) -> Rights {
        self.gate.rights(actor, self.now)
    }

    /// Checks that the actor may do `action` to a `what` that belongs to `project` (none: to no project). For one who
    /// may not even read there, there is no such `what`.
    pub(crate) fn require(&mut self, action: Action, project: Option<ProjectId>, what: &str) -> Result<()> {
        self.checked = true;
        let (rights, subject) = (self.rights_of(self.actor), Subject::of(project));
        if rights != Rights::Nobody && rights.allow(Action::Read, subject).is_err() {
            return Err(Error::not_found(what));
        }
        rights.allow(action, subject)
    }

    /// Checks that the actor is `user` at their own account, or may do `otherwise` in the workshop.
    pub(crate) fn require_account(&mut self, user: &UserName, otherwise: Action) -> Result<()> {
        self.checked = true;
        let rights = self.rights_of(self.actor);
        if rights.user() == Some(user) && rights.allow(Action::OwnAccount, Subject::Workshop).is_ok() {
            return Ok(());
        }
        rights.allow(otherwise, Subject::Workshop)
    }
}
