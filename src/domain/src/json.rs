//! The JSON of messages, conversations and who acts, written by hand: each is written several times for every message, and serde takes three
//! times as long, most of it looking through names, ids and times for what must be escaped.

use uuid::Uuid;

use crate::actor::{Actor, Party};
use crate::conversation::Conversation;
use crate::event::MessagePosted;
use crate::message::Message;
use crate::timestamp::Timestamp;

impl Message {
    /// Writes the message as JSON, as serde would.
    pub fn write_json(&self, to: &mut String) {
        self.write(to, true);
    }

    fn write(&self, to: &mut String, with_html: bool) {
        // All fields by name: a new one does not compile before it is written.
        let Self { id, conversation, position, sender, recipient, body, html, reply_to, root, hops, key, at } = self;
        to.push_str("{\"id\":");
        uuid(to, id.0);
        to.push_str(",\"conversation\":");
        uuid(to, conversation.0);
        to.push_str(",\"position\":");
        number(to, *position);
        to.push_str(",\"sender\":");
        party(to, sender);
        if let Some(recipient) = recipient {
            to.push_str(",\"recipient\":");
            text(to, recipient.as_str());
        }
        to.push_str(",\"body\":");
        text(to, body);
        if with_html && !html.is_empty() {
            to.push_str(",\"html\":");
            text(to, html);
        }
        if let Some(reply_to) = reply_to {
            to.push_str(",\"reply_to\":");
            uuid(to, reply_to.0);
        }
        to.push_str(",\"root\":");
        uuid(to, root.0);
        to.push_str(",\"hops\":");
        number(to, (*hops).into());
        if let Some(key) = key {
            to.push_str(",\"key\":");
            text(to, key);
        }
        to.push_str(",\"at\":");
        moment(to, *at);
        to.push('}');
    }
}

impl Actor {
    /// Who acts, as serde would write it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { by, on_behalf_of, token } = self;
        let mut json = String::with_capacity(128);
        json.push_str("{\"by\":");
        party(&mut json, by);
        if let Some(person) = on_behalf_of {
            json.push_str(",\"on_behalf_of\":");
            text(&mut json, person.as_str());
        }
        if let Some(token) = token {
            json.push_str(",\"token\":");
            uuid(&mut json, token.0);
        }
        json.push('}');
        json
    }
}

impl Conversation {
    /// Without its newest message.
    fn write(&self, to: &mut String) {
        let Self { id, title, project, participants, message_count, last: _, created_at, active_at } = self;
        to.push_str("{\"id\":");
        uuid(to, id.0);
        to.push_str(",\"title\":");
        text(to, title);
        if let Some(project) = project {
            to.push_str(",\"project\":");
            uuid(to, project.0);
        }
        to.push_str(",\"participants\":[");
        for (index, participant) in participants.iter().enumerate() {
            if index > 0 {
                to.push(',');
            }
            party(to, participant);
        }
        to.push_str("],\"message_count\":");
        number(to, *message_count);
        to.push_str(",\"created_at\":");
        moment(to, *created_at);
        to.push_str(",\"active_at\":");
        moment(to, *active_at);
        to.push('}');
    }
}

impl MessagePosted {
    /// What happened as it is stored: as serde would write it, without the rendered text and the conversation's newest message in short,
    /// which are made from the body when it is read.
    #[must_use]
    pub fn to_stored_json(&self) -> String {
        let Self { message, conversation } = self;
        let mut json = String::with_capacity(message.body.len() + 640);
        json.push_str("{\"message\":");
        message.write(&mut json, false);
        json.push_str(",\"conversation\":");
        conversation.write(&mut json);
        json.push('}');
        json
    }
}

fn uuid(to: &mut String, id: Uuid) {
    to.push('"');
    to.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    to.push('"');
}

fn moment(to: &mut String, at: Timestamp) {
    to.push('"');
    at.write(to);
    to.push('"');
}

fn party(to: &mut String, party: &Party) {
    let (kind, name) = match party {
        Party::User(name) => ("\"user:", name.as_str()),
        Party::Helper(name) => ("\"helper:", name.as_str()),
        Party::System => ("\"system", ""),
    };
    to.push_str(kind);
    // Names have letters, digits and little else.
    to.push_str(name);
    to.push('"');
}

fn number(to: &mut String, number: i64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        to.push('-');
    }
    to.push_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
}

fn text(to: &mut String, text: &str) {
    // Looked through to the end rather than to the first: so the compiler makes it sixteen bytes at a time.
    let escapes = text.bytes().fold(false, |found, byte| found | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    if escapes {
        // A text always can be written.
        to.push_str(&serde_json::to_string(text).unwrap_or_default());
    } else {
        to.push('"');
        to.push_str(text);
        to.push('"');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conversation::Excerpt;

    fn id() -> impl Strategy<Value = Uuid> {
        any::<u128>().prop_map(Uuid::from_u128)
    }

    fn when() -> impl Strategy<Value = Timestamp> {
        (0..4_000_000_000_000_000_i64).prop_map(Timestamp::from_micros)
    }

    fn someone() -> impl Strategy<Value = Party> {
        prop_oneof!["user:[a-z][a-z0-9]{1,9}", "helper:[a-z][a-z0-9_]{1,9}", Just("system".to_owned())]
            .prop_map(|text| text.parse().unwrap())
    }

    fn messages() -> impl Strategy<Value = Message> {
        let ids = (id(), id(), proptest::option::of(id()), id());
        let rest = (someone(), any::<bool>(), any::<i64>(), any::<i32>(), when());
        let texts = (any::<String>(), any::<String>(), proptest::option::of("[!-~]{1,128}"));
        (ids, rest, texts).prop_map(
            |((id, conversation, reply_to, root), (sender, to_helper, position, hops, at), (body, html, key))| {
                Message {
                    id: id.into(),
                    conversation: conversation.into(),
                    position,
                    sender,
                    recipient: to_helper.then(|| "the_author".parse().unwrap()),
                    body,
                    html,
                    reply_to: reply_to.map(Into::into),
                    root: root.into(),
                    hops,
                    key,
                    at,
                }
            },
        )
    }

    fn conversations() -> impl Strategy<Value = Conversation> {
        let last = proptest::option::of((someone(), any::<String>()));
        let people = proptest::collection::vec(someone(), 0..4);
        (id(), any::<String>(), proptest::option::of(id()), people, any::<i64>(), last, when(), when()).prop_map(
            |(id, title, project, participants, message_count, last, created_at, active_at)| Conversation {
                id: id.into(),
                title,
                project: project.map(Into::into),
                participants,
                message_count,
                last: last.map(|(sender, text)| Excerpt { sender, text }),
                created_at,
                active_at,
            },
        )
    }

    fn actors() -> impl Strategy<Value = Actor> {
        let person = proptest::option::of("[a-z][a-z0-9.-]{1,9}");
        (someone(), person, proptest::option::of(id())).prop_map(|(by, person, token)| Actor {
            by,
            on_behalf_of: person.map(|name| name.parse().unwrap()),
            token: token.map(Into::into),
        })
    }

    proptest! {
        #[test]
        fn what_is_written_by_hand_is_what_serde_writes(
            actor in actors(), message in messages(), conversation in conversations()
        ) {
            prop_assert_eq!(actor.to_json(), serde_json::to_string(&actor).unwrap());

            let mut by_hand = String::new();
            message.write_json(&mut by_hand);
            prop_assert_eq!(by_hand, serde_json::to_string(&message).unwrap());

            let mut posted = MessagePosted { message, conversation };
            let stored = posted.to_stored_json();
            posted.message.html.clear();
            posted.conversation.last = None;
            prop_assert_eq!(stored, serde_json::to_string(&posted).unwrap());
        }
    }
}
