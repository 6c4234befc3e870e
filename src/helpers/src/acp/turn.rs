//! An answer in the making: the text that came so far, shown as a draft while it grows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use agent_client_protocol::v1::schema::ContentBlock;
use domain::message::MAX_BODY;
use domain::stream::{Draft, Notice};
use domain::{Conversation, Delivery, Message};
use store::Store;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::work::Place;

/// What stands at the end of an answer that was too long to keep whole.
const CUT: &str = "\n\n*… cut here: a message holds at most 64 KiB.*";

/// One delivery being answered.
pub(crate) struct Turn {
    pub(crate) delivery: Delivery,
    pub(crate) message: Message,
    pub(crate) conversation: Conversation,
    /// Cancelled when nobody waits for the answer any more.
    pub(crate) over: CancellationToken,
    /// Where it works on the project's files, once it has to.
    pub(crate) place: OnceCell<Place>,
    text: Mutex<Text>,
    /// How many answers of people it waits for.
    waiting: AtomicUsize,
    /// Whether it has asked people for anything.
    asked: AtomicBool,
    /// Commands that a person has allowed once, and that were not run yet.
    granted: Mutex<Vec<String>>,
}

/// While this is there, the turn waits for people.
pub(crate) struct Waiting<'a>(&'a Turn);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Text {
    body: String,
    /// Bytes that were shown already.
    shown: usize,
    cut: bool,
}

impl Turn {
    pub(crate) fn new(delivery: Delivery, message: Message, conversation: Conversation) -> Self {
        let text = Text { body: String::new(), shown: 0, cut: false };
        Self {
            delivery,
            message,
            conversation,
            over: CancellationToken::new(),
            place: OnceCell::new(),
            text: Mutex::new(text),
            waiting: AtomicUsize::new(0),
            asked: AtomicBool::new(false),
            granted: Mutex::default(),
        }
    }

    /// Says, for as long as it is kept, that an answer of people is waited for.
    pub(crate) fn waiting_for_people(&self) -> Waiting<'_> {
        self.asked.store(true, Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }

    /// Whether people were asked for anything.
    pub(crate) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether an answer of people is waited for.
    pub(crate) fn waits_for_people(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// A person allowed a command, this once.
    pub(crate) fn grant(&self, line: &str) {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }

    /// Uses a permission that a person gave for this once up; tells whether there was one.
    pub(crate) fn use_grant(&self, line: &str) -> bool {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let found = granted.iter().position(|granted| granted == line);
        found.map(|at| granted.swap_remove(at)).is_some()
    }

    /// Adds what the helper said. Past the limit everything is dropped, and the end says so.
    pub(crate) fn say(&self, piece: &str) {
        let mut text = self.text();
        if text.cut {
            return;
        }
        let room = MAX_BODY - CUT.len() - text.body.len();
        let fits = &piece[..piece.floor_char_boundary(room)];
        text.body.extend(fits.chars().filter(|c| *c != '\0'));
        if fits.len() < piece.len() {
            text.body.push_str(CUT);
            text.cut = true;
        }
    }

    /// Adds a block of content; what is not text is named.
    pub(crate) fn say_block(&self, block: &ContentBlock) {
        match block {
            ContentBlock::Text(text) => self.say(&text.text),
            ContentBlock::ResourceLink(link) => self.say(&format!("[{}]({})", link.name, link.uri)),
            ContentBlock::Image(_) => self.say("*(an image, which cannot be shown here)*"),
            ContentBlock::Audio(_) => self.say("*(a sound, which cannot be played here)*"),
            _ => self.say("*(something that cannot be shown here)*"),
        }
    }

    /// Adds a paragraph of the workshop's own.
    pub(crate) fn note(&self, sentence: &str) {
        let between = if self.text().body.is_empty() { "" } else { "\n\n" };
        self.say(&format!("{between}*{sentence}*\n\n"));
    }

    /// Shows what came since the last time.
    pub(crate) fn show(&self, store: &Store) {
        let mut text = self.text();
        if text.shown == text.body.len() {
            return;
        }
        let draft = self.draft(text.shown, text.body[text.shown..].to_owned());
        text.shown = text.body.len();
        store.log().notify(Notice::Draft(draft));
    }

    /// Shows that work has begun: an empty draft.
    pub(crate) fn begin(&self, store: &Store) {
        store.log().notify(Notice::Draft(self.draft(0, String::new())));
    }

    fn draft(&self, offset: usize, text: String) -> Draft {
        Draft {
            delivery: self.delivery.id,
            conversation: self.conversation.id,
            project: self.conversation.project,
            helper: self.delivery.helper.clone(),
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            text,
        }
    }

    /// What was said, ready to be posted; none when nothing was.
    pub(crate) fn body(&self) -> Option<String> {
        let text = self.text();
        let body = text.body.trim();
        (!body.is_empty()).then(|| body.to_owned())
    }

    fn text(&self) -> std::sync::MutexGuard<'_, Text> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turns going on, by ACP session.
#[derive(Default)]
pub(crate) struct Turns {
    by_session: Mutex<HashMap<String, Arc<Turn>>>,
}

impl Turns {
    pub(crate) fn begin(&self, session: &str, turn: Arc<Turn>) {
        self.lock().insert(session.to_owned(), turn);
    }

    pub(crate) fn end(&self, session: &str) {
        if let Some(turn) = self.lock().remove(session) {
            turn.over.cancel();
        }
    }

    pub(crate) fn of(&self, session: &str) -> Option<Arc<Turn>> {
        self.lock().get(session).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Turn>>> {
        self.by_session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::{DeliveryStatus, Party, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn turn() -> Turn {
        let (id, at) = (Uuid::nil(), Timestamp::default());
        let delivery = Delivery {
            id: id.into(),
            message: id.into(),
            conversation: id.into(),
            project: None,
            helper: "echo".parse().unwrap(),
            on_behalf_of: None,
            token: None,
            status: DeliveryStatus::Delivered,
            attempts: 1,
            queued_at: at,
            delivered_at: Some(at),
            answered_at: None,
            next_attempt_at: None,
            answer: None,
            error: None,
        };
        let message = Message {
            id: id.into(),
            conversation: id.into(),
            position: 1,
            sender: Party::System,
            recipient: None,
            body: "hello".into(),
            html: String::new(),
            reply_to: None,
            root: id.into(),
            hops: 0,
            key: None,
            at,
        };
        let conversation = Conversation {
            id: id.into(),
            title: "t".into(),
            project: None,
            participants: Vec::new(),
            message_count: 1,
            last: None,
            created_at: at,
            active_at: at,
        };
        Turn::new(delivery, message, conversation)
    }

    #[test]
    fn an_answer_of_any_length_can_be_posted() {
        let turn = turn();
        assert_eq!(turn.body(), None);
        turn.say("a\0b");
        for _ in 0..3 {
            turn.say(&"ä".repeat(20_000));
        }
        let body = turn.body().unwrap();
        assert!(body.starts_with("abä") && body.ends_with("at most 64 KiB.*"), "{}", body.len());
        domain::message::check_body(&body).unwrap();
    }

    #[test]
    fn notes_stand_in_paragraphs_of_their_own() {
        let turn = turn();
        turn.note("One.");
        turn.say("said");
        turn.note("Two.");
        assert_eq!(turn.body().unwrap(), "*One.*\n\nsaid\n\n*Two.*");
    }
}
