//! Opening, changing and reading conversations.

use domain::access::{Action, Subject};
use domain::conversation::MAX_TITLE;
use domain::event::ConversationRead;
use domain::{Conversation, ConversationId, Error, EventData, Party, ProjectId, Result, Timestamp};

use crate::change::{Change, Command};
use crate::tables;

/// Most participants of one conversation.
const MAX_PARTICIPANTS: usize = 100;

/// Opens a conversation. Who opens it takes part.
#[derive(Debug, Clone)]
pub struct OpenConversation {
    /// Its title, at most [`MAX_TITLE`] characters.
    pub title: String,
    /// Who else takes part. Helpers must be known.
    pub participants: Vec<Party>,
    /// The project it belongs to; none: the whole workshop.
    pub project: Option<ProjectId>,
}

impl Command for OpenConversation {
    const ACTION: Action = Action::Talk;
    type Output = Conversation;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::of(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Conversation> {
        let mut participants = vec![change.actor.by.clone()];
        join(change, &mut participants, &self.participants).await?;
        if let Some(project) = self.project
            && tables::projects::get(change.tx, project).await?.is_none()
        {
            return Err(Error::invalid(
                "project",
                "There is no such project. Leave it out, or make the project first.",
            ));
        }
        let conversation = Conversation {
            id: change.new_id(),
            title: checked_title(&self.title)?,
            project: self.project,
            participants,
            message_count: 0,
            last: None,
            created_at: change.now,
            active_at: change.now,
        };
        tables::conversations::insert(change.tx, &conversation, None).await?;
        change.record(EventData::ConversationCreated(conversation.clone()));
        Ok(conversation)
    }
}

/// Opens the one conversation of two parties, or finds it. Whoever opens it is one of them, or the workshop.
#[derive(Debug, Clone)]
pub struct OpenPair {
    /// One of them.
    pub one: Party,
    /// The other.
    pub other: Party,
}

impl Command for OpenPair {
    const ACTION: Action = Action::Talk;
    type Output = Conversation;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Conversation> {
        if ![&self.one, &self.other, &Party::System].contains(&&change.actor.by) {
            return Err(Error::invalid("one", "A conversation of two is opened by one of them."));
        }
        join(change, &mut Vec::new(), &[self.one.clone(), self.other.clone()]).await?;
        pair(change, &self.one, &self.other, change.now).await
    }
}

/// The one conversation of two parties, made at `at` if there is none.
pub(super) async fn pair(change: &mut Change<'_>, one: &Party, other: &Party, at: Timestamp) -> Result<Conversation> {
    if one == other {
        return Err(Error::invalid("other", "A conversation of two needs two different parties."));
    }
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let key = format!("{first}|{second}");
    if let Some(conversation) = tables::conversations::by_pair(change.tx, &key).await? {
        return Ok(conversation);
    }
    let conversation = Conversation {
        id: change.new_id(),
        title: format!("{} ↔ {}", first.name(), second.name()),
        project: None,
        participants: vec![first.clone(), second.clone()],
        message_count: 0,
        last: None,
        created_at: at,
        active_at: at,
    };
    tables::conversations::insert(change.tx, &conversation, Some(&key)).await?;
    change.record(EventData::ConversationCreated(conversation.clone()));
    Ok(conversation)
}

/// Renames a conversation, or brings more parties in.
#[derive(Debug, Clone)]
pub struct ChangeConversation {
    /// Which one.
    pub conversation: ConversationId,
    /// Its new title.
    pub title: Option<String>,
    /// Who joins. Helpers must be known.
    pub join: Vec<Party>,
}

impl Command for ChangeConversation {
    const ACTION: Action = Action::Talk;
    type Output = Conversation;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Conversation> {
        let mut conversation = locked_conversation(change, self.conversation, Self::ACTION).await?;
        let before = conversation.clone();
        if let Some(title) = &self.title {
            conversation.title = checked_title(title)?;
        }
        join(change, &mut conversation.participants, &self.join).await?;
        if conversation != before {
            tables::conversations::update(change.tx, &[&conversation]).await?;
            change.record(EventData::ConversationChanged(conversation.clone()));
        }
        Ok(conversation)
    }
}

/// Notes how far the acting person has read. A mark never moves back.
#[derive(Debug, Clone)]
pub struct MarkRead {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The position of the newest message that was read; past the end means all of it.
    pub position: i64,
}

impl Command for MarkRead {
    const ACTION: Action = Action::Read;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let Some(reader) = change.actor.by.user().cloned() else {
            return Err(Error::invalid("reader", "Only people have read marks."));
        };
        let found = tables::conversations::get(change.tx, self.conversation).await?;
        let conversation = allowed(change, found, Self::ACTION)?;
        let position = self.position.clamp(0, conversation.message_count);
        let read = [(reader.clone(), conversation.id, position)];
        if position > 0 && tables::conversations::mark_read(change.tx, &read).await? > 0 {
            change.record(EventData::ConversationRead(ConversationRead {
                conversation: conversation.id,
                project: conversation.project,
                reader,
                position,
            }));
        }
        Ok(())
    }
}

/// The conversation, held to the end of the transaction, if the actor may do `action` in it.
pub(super) async fn locked_conversation(
    change: &mut Change<'_>,
    id: ConversationId,
    action: Action,
) -> Result<Conversation> {
    let found = tables::conversations::get_locked(change.tx, id).await?;
    allowed(change, found, action)
}

pub(super) fn allowed(change: &mut Change<'_>, found: Option<Conversation>, action: Action) -> Result<Conversation> {
    // One that is not there is not told from one that the actor may not know of.
    let what = "conversation";
    change.require(action, found.as_ref().and_then(|conversation| conversation.project), what)?;
    found.ok_or_else(|| Error::not_found(what))
}

/// Adds parties that are not there yet; they must be known.
pub(super) async fn join(change: &mut Change<'_>, participants: &mut Vec<Party>, joining: &[Party]) -> Result<()> {
    for party in joining {
        if participants.contains(party) {
            continue;
        }
        if let Some(name) = party.helper()
            && tables::helpers::get(change.tx, name).await?.is_none()
        {
            return Err(Error::invalid(
                "participants",
                format!("There is no helper called “{name}”. See the Helpers page for those there are."),
            ));
        }
        if let Some(name) = party.user()
            && tables::accounts::users::get(change.tx, name).await?.is_none()
        {
            return Err(Error::invalid("participants", format!("There is no user called “{name}”.")));
        }
        participants.push(party.clone());
    }
    if participants.len() > MAX_PARTICIPANTS {
        return Err(Error::invalid(
            "participants",
            format!("A conversation has at most {MAX_PARTICIPANTS} participants."),
        ));
    }
    Ok(())
}

fn checked_title(title: &str) -> Result<String> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = title.chars().count();
    if length == 0 {
        return Err(Error::invalid("title", "Give the conversation a title, for example “Design reviews”."));
    }
    if length > MAX_TITLE {
        return Err(Error::invalid(
            "title",
            format!("A title has at most {MAX_TITLE} characters; this one has {length}."),
        ));
    }
    if title.chars().any(char::is_control) {
        return Err(Error::invalid("title", "A title may not contain control characters."));
    }
    Ok(title)
}
