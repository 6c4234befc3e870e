//! What clients say, checked: frames of a WebSocket, and the query of a reader of server-sent events.

use super::{ClientFrame, Cursor, MAX_TOPICS, Topic};
use crate::error::{Error, ErrorCode, Result};

/// Largest frame from a client, in bytes.
pub const MAX_FRAME: usize = 64 * 1024;

/// Reads a frame.
///
/// # Errors
/// In words, for the close frame.
pub fn frame(text: &str) -> Result<ClientFrame> {
    if text.len() > MAX_FRAME {
        return Err(Error::new(
            ErrorCode::TooLarge,
            format!("a frame has at most {MAX_FRAME} bytes; this one has {}", text.len()),
        ));
    }
    let frame: ClientFrame = serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorCode::Malformed, format!("not a frame: {error}")))?;
    let ClientFrame::Subscribe { topics, .. } = &frame;
    check(topics)?;
    Ok(frame)
}

/// Reads topics separated by commas, and a cursor.
///
/// # Errors
/// `Invalid`, naming the field.
pub fn wanted(topics: Option<&str>, after: Option<&str>) -> Result<(Vec<Topic>, Option<Cursor>)> {
    let topics =
        topics.unwrap_or("workshop").split(',').map(|topic| topic.trim().parse()).collect::<Result<Vec<Topic>>>()?;
    check(&topics)?;
    Ok((topics, after.map(str::parse).transpose()?))
}

fn check(topics: &[Topic]) -> Result<()> {
    if topics.len() > MAX_TOPICS {
        return Err(Error::invalid(
            "topics",
            format!("a subscription has at most {MAX_TOPICS} topics; this one has {}", topics.len()),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_make_no_sense_are_told_why() {
        let many = format!(r#"{{"type":"subscribe","topics":[{}]}}"#, vec![r#""workshop""#; MAX_TOPICS + 1].join(","));
        for (text, part) in [
            ("hello", "not a frame"),
            (r#"{"type":"shout"}"#, "shout"),
            (r#"{"type":"subscribe","topics":["moon"]}"#, "is not a topic"),
            (r#"{"type":"subscribe","topics":[],"colour":1}"#, "colour"),
            (many.as_str(), "at most 64 topics"),
            (" ".repeat(MAX_FRAME + 1).as_str(), "at most 65536 bytes"),
        ] {
            let message = frame(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_query_asks_for_everything_unless_it_says_otherwise() {
        assert_eq!(wanted(None, None).unwrap(), (vec![Topic::Workshop], None));
        let (topics, _) = wanted(Some("helper:the_author, log:the_author"), None).unwrap();
        assert_eq!(topics.len(), 2);
        assert_eq!(wanted(Some("moon"), None).unwrap_err().field.as_deref(), Some("topics"));
        assert_eq!(wanted(None, Some("x")).unwrap_err().field.as_deref(), Some("cursor"));
    }
}
