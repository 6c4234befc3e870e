//! What people and programs say to a running workshop: frames of the live stream, Markdown, mentions and commands.

use domain::stream::{ClientFrame, MAX_TOPICS, words};
use domain::{Conversation, Helper};

use crate::html::{Piece, pieces};

/// What Markdown may become.
const TAGS: [&str; 27] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
/// What stands in those tags.
const ATTRIBUTES: [&str; 9] = ["checked", "class", "disabled", "href", "rel", "start", "style", "title", "type"];

/// A client's frame: read, and read again as it is written, or refused in words. The same for the query of a reader.
pub fn frames(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match words::frame(text) {
        Ok(frame) => {
            let ClientFrame::Subscribe { topics, .. } = &frame;
            assert!(topics.len() <= MAX_TOPICS);
            let written = serde_json::to_string(&frame).unwrap_or_default();
            assert_eq!(words::frame(&written).ok().as_ref(), Some(&frame), "{written}");
        }
        Err(error) => assert!(!error.message.is_empty()),
    }
    let (topics, after) = text.split_once('\n').map_or((text, None), |(topics, after)| (topics, Some(after)));
    if let Ok((topics, after)) = words::wanted(Some(topics), after) {
        assert!(topics.len() <= MAX_TOPICS && after.is_none_or(|cursor| cursor.seq >= 0));
    }
}

/// A message's Markdown: whatever it is, what comes of it holds known elements alone, and leads nowhere that runs.
pub fn markdown(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let html = domain::markdown::render(text);
    for piece in pieces(&html) {
        match piece {
            Piece::Start { name, attributes } => {
                assert!(TAGS.contains(&name.as_str()), "<{name}> in {html}");
                for (key, value) in attributes {
                    assert!(ATTRIBUTES.contains(&key.as_str()), "{key} of <{name}> in {html}");
                    let leads = ["http://", "https://", "mailto:", "/", "#"];
                    let target = value.to_lowercase();
                    assert!(key != "href" || leads.iter().any(|start| target.starts_with(start)), "{value} in {html}");
                    assert!(key != "style" || value.starts_with("text-align: "), "{value} in {html}");
                }
            }
            Piece::End { name } => assert!(TAGS.contains(&name.as_str()), "</{name}> in {html}"),
            Piece::Raw { .. } | Piece::Comment(_) => panic!("{piece:?} in {html}"),
            Piece::Text(_) => {}
        }
    }
}

/// Mentions and commands: a message goes to helpers that there are, to each once, and never back to its sender.
pub fn addressing(bytes: &[u8]) {
    let Ok(body) = std::str::from_utf8(bytes) else { return };
    if let Some(command) = domain::syntax::slash_command(body) {
        assert!(!command.name.is_empty() && body.contains(command.name) && body.contains(command.rest));
    }
    let mentioned = domain::syntax::mentions(body);
    assert!(mentioned.iter().all(|name| body.contains(&format!("@{name}"))));
    let (conversation, helpers) = there();
    for sender in &conversation.participants {
        let found = domain::addressing::addressees(sender, None, body, &conversation, &helpers);
        for (number, name) in found.iter().enumerate() {
            assert!(helpers.iter().any(|helper| &helper.name == name), "{name}");
            assert!(sender.helper() != Some(name) && !found[..number].contains(name), "{name} twice, or itself");
        }
    }
}

/// A conversation of a person and two helpers, and three helpers that there are.
fn there() -> (Conversation, Vec<Helper>) {
    let helper = |name: &str, command: &str| {
        serde_json::json!({
            "name": name, "description": "", "version": "1", "built_in": true, "wanted": true, "paused": false,
            "restart": "always", "waiting": 0, "commands": [{ "name": command, "description": "" }],
        })
    };
    let helpers =
        serde_json::json!([helper("the_author", "scaffold"), helper("echo", "echo"), helper("a", "scaffold")]);
    let helpers: Vec<Helper> = serde_json::from_value(helpers).unwrap_or_else(|error| panic!("{error}"));
    let conversation = serde_json::json!({
        "id": "01890000-0000-7000-8000-000000000000", "title": "Here", "message_count": 0,
        "participants": ["user:owner", "helper:the_author", "helper:echo"],
        "created_at": "2026-01-01T00:00:00Z", "active_at": "2026-01-01T00:00:00Z",
    });
    let conversation: Conversation = serde_json::from_value(conversation).unwrap_or_else(|error| panic!("{error}"));
    (conversation, helpers)
}
