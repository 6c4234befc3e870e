//! One conversation on request: summed up, and where to get it as a file.

use std::collections::{BTreeMap, HashSet};

use domain::{Cut, Message, Party, Result, syntax};
use serde_json::{Value, json};

use super::{Asker, Services};
use crate::lines;

/// Messages read at a time.
const PAGE: i64 = 200;
/// Longest text of a question or a decision in a summary, in bytes.
const MAX_TEXT: usize = 300;

/// What a summary counts while it reads.
#[derive(Default)]
struct Summary {
    count: usize,
    by_sender: BTreeMap<String, usize>,
    questions: Vec<Value>,
    decisions: Vec<Value>,
    answered: HashSet<domain::MessageId>,
    asked: Vec<Message>,
    first: Option<domain::Timestamp>,
    last: Option<domain::Timestamp>,
}

impl Services {
    /// Counts, participants, questions of people that nobody replied to, decisions marked with `/decide`.
    pub(super) async fn summary(&self, asker: &Asker) -> Result<Value> {
        let conversation = asker.turn.conversation.id;
        let mut summary = Summary::default();
        let mut cut = Cut::After(0);
        loop {
            let page = self.store.messages(conversation, cut, PAGE).await?;
            for message in page.items {
                if message.id != asker.turn.message.id {
                    summary.add(message);
                }
            }
            match page.after {
                Some(position) if cut != Cut::After(position) => cut = Cut::After(position),
                _ => break,
            }
        }
        Ok(summary.tell())
    }

    /// Where the conversation can be had as a file.
    pub(super) fn export(&self, asker: &Asker) -> Value {
        let base = format!("/api/v1/conversations/{}/export", asker.turn.conversation.id);
        json!({ "markdown": format!("{base}?format=md"), "json": format!("{base}?format=json") })
    }
}

impl Summary {
    fn add(&mut self, message: Message) {
        self.count += 1;
        *self.by_sender.entry(message.sender.name().to_owned()).or_default() += 1;
        self.first.get_or_insert(message.at);
        self.last = Some(message.at);
        self.answered.extend(message.reply_to);
        let from_person = matches!(message.sender, Party::User(_));
        if let Some(command) =
            syntax::slash_command(&message.body).filter(|command| command.name == "decide" && from_person)
        {
            if !command.rest.is_empty() {
                let decision = entry(&message, command.rest);
                self.decisions.push(decision);
            }
        } else if from_person && message.body.trim_end().ends_with('?') {
            self.asked.push(message);
        }
    }

    fn tell(mut self) -> Value {
        for message in &self.asked {
            if !self.answered.contains(&message.id) {
                self.questions.push(entry(message, &message.body));
            }
        }
        json!({
            "messages": self.count,
            "participants": self.by_sender,
            "first": self.first,
            "last": self.last,
            "questions": self.questions,
            "decisions": self.decisions,
        })
    }
}

fn entry(message: &Message, text: &str) -> Value {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    json!({
        "text": lines::cut(&text, MAX_TEXT),
        "sender": message.sender.name(),
        "at": message.at,
        "href": format!("/conversations/{}#m{}", message.conversation, message.position),
    })
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn message(position: i64, sender: &str, body: &str, reply_to: Option<i64>) -> Message {
        let id = |position: i64| Uuid::from_u128(position.unsigned_abs().into());
        Message {
            id: id(position).into(),
            conversation: Uuid::nil().into(),
            position,
            sender: sender.parse().unwrap(),
            recipient: None,
            body: body.into(),
            html: String::new(),
            reply_to: reply_to.map(|position| id(position).into()),
            root: id(position).into(),
            hops: 0,
            key: None,
            at: Timestamp::from_micros(position),
        }
    }

    #[test]
    fn open_questions_and_decisions_are_found() {
        let mut summary = Summary::default();
        for message in [
            message(1, "user:owner", "Does it work offline?", None),
            message(2, "helper:the_author", "Yes. Does that do?", Some(1)),
            message(3, "user:owner", "Which colours?\n", None),
            message(4, "user:owner", "@the_archivist /decide Blue,\nand only blue", None),
            message(5, "user:owner", "/decide", None),
        ] {
            summary.add(message);
        }
        let told = summary.tell();
        assert_eq!(told["messages"], 5);
        assert_eq!(told["participants"], json!({ "owner": 4, "the_author": 1 }));
        assert_eq!(told["questions"].as_array().unwrap().len(), 1);
        assert_eq!(told["questions"][0]["text"], "Which colours?");
        assert_eq!(told["decisions"][0]["text"], "Blue,");
        assert_eq!(told["decisions"].as_array().unwrap().len(), 1);
    }
}
