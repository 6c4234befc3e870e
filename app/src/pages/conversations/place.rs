//! Where the page is: read from the address, so that every view can be linked and the back button works.

use domain::{ConversationId, MessageId};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::model::Window;

/// What the middle of the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// Nothing chosen yet.
    Start,
    /// The form for a new conversation.
    New,
    /// A conversation.
    Thread(ConversationId),
    /// An address that cannot be one; why.
    Nowhere(String),
}

/// Where the page is.
#[derive(Clone, Copy)]
pub struct Place {
    /// What the middle shows.
    pub spot: Memo<Spot>,
    /// Which part of the conversation.
    pub window: Memo<Window>,
    /// What the list is filtered and messages are searched by.
    pub words: Memo<String>,
    /// The message that is being answered.
    pub reply: Memo<Option<MessageId>>,
    /// Whether the panel at the right was asked for, where there is no room for it otherwise.
    pub panel: Memo<bool>,
}

impl Place {
    /// Follows the address of the page.
    #[must_use]
    pub fn of_address() -> Self {
        let (params, query) = (use_params_map(), use_location().query);
        let number =
            move |name: &str| query.with(|query| query.get_str(name).and_then(|text| text.parse::<i64>().ok()));
        Self {
            spot: Memo::new(move |_| match params.with(|params| params.get("id")) {
                Some(text) => text.parse().map_or_else(|err: domain::Error| Spot::Nowhere(err.message), Spot::Thread),
                None if query.with(|query| query.get_str("new").is_some()) => Spot::New,
                None => Spot::Start,
            }),
            window: Memo::new(move |_| match (number("at"), number("before"), number("after")) {
                (Some(position), _, _) => Window::Around(position),
                (None, Some(position), _) => Window::Before(position),
                (None, None, Some(position)) => Window::After(position),
                (None, None, None) => Window::Newest,
            }),
            words: Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default())),
            reply: Memo::new(move |_| query.with(|query| query.get_str("reply").and_then(|text| text.parse().ok()))),
            panel: Memo::new(move |_| query.with(|query| query.get_str("panel").is_some())),
        }
    }

    /// The address of a conversation, with the words kept that the list is filtered by.
    #[must_use]
    pub fn conversation(self, id: ConversationId) -> String {
        self.words.with(|words| if words.is_empty() { address(id, &[]) } else { address(id, &[("q", words)]) })
    }

    /// The address of the same view, answering `message`.
    #[must_use]
    pub fn answering(self, id: ConversationId, message: MessageId) -> String {
        let reply = message.to_string();
        let window = match self.window.get() {
            Window::Newest => None,
            Window::Before(position) => Some(("before", position.to_string())),
            Window::After(position) => Some(("after", position.to_string())),
            Window::Around(position) => Some(("at", position.to_string())),
        };
        let mut pairs: Vec<(&str, &str)> = window.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("reply", &reply));
        address(id, &pairs) + "#say"
    }
}

/// The address of a conversation with these query parameters.
#[must_use]
pub fn address(id: ConversationId, pairs: &[(&str, &str)]) -> String {
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if query.is_empty() { format!("/conversations/{id}") } else { format!("/conversations/{id}?{}", query.join("&")) }
}

/// The address of one message in its conversation.
#[must_use]
pub fn message_address(id: ConversationId, position: i64) -> String {
    format!("/conversations/{id}?at={position}#m{position}")
}

/// A value of a query, escaped as URLs need it (RFC 3986, unreserved characters stay).
#[must_use]
pub fn escaped(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_their_words_whole() {
        let id = ConversationId(uuid::Uuid::nil());
        assert_eq!(address(id, &[]), format!("/conversations/{id}"));
        assert_eq!(address(id, &[("q", "a&b é"), ("at", "3")]), format!("/conversations/{id}?q=a%26b%20%C3%A9&at=3"));
    }
}
