//! One entry in a conversation.

use serde::{Deserialize, Serialize};

use crate::actor::Party;
use crate::error::{Error, ErrorCode, Result};
use crate::id::{ConversationId, MessageId};
use crate::name::HelperName;
use crate::timestamp::Timestamp;

/// Largest body, in bytes of UTF-8.
pub const MAX_BODY: usize = 64 * 1024;
/// Longest idempotency key, in bytes.
pub const MAX_KEY: usize = 128;

/// One entry in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The conversation it stands in.
    pub conversation: ConversationId,
    /// Its place in the conversation: 1, 2, 3, … without gaps.
    pub position: i64,
    /// Who said it.
    pub sender: Party,
    /// The helper it is meant for, when it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<HelperName>,
    /// What was said, in Markdown.
    pub body: String,
    /// The body rendered as safe HTML. Not stored: made from the body whenever a message leaves the store.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub html: String,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The message that started this exchange: a person's, or the workshop's own.
    pub root: MessageId,
    /// How many answers of helpers stand between the root and this message; 0 for the root.
    pub hops: i32,
    /// The sender's idempotency key: sent twice, it is kept once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it was kept.
    pub at: Timestamp,
}

/// Checks a body: something must be said, within [`MAX_BODY`], without control characters that no text has.
///
/// # Errors
/// `Invalid` when empty or with a NUL, `TooLarge` past the limit.
pub fn check_body(body: &str) -> Result<()> {
    if body.trim().is_empty() {
        return Err(Error::invalid("body", "Write something first: the message is empty."));
    }
    if body.len() > MAX_BODY {
        let mut error = Error::new(
            ErrorCode::TooLarge,
            format!(
                "The message has {} bytes; at most {MAX_BODY} (64 KiB) are kept. Split it, or put it into a file.",
                body.len()
            ),
        );
        error.field = Some("body".into());
        return Err(error);
    }
    if body.contains('\0') {
        return Err(Error::invalid("body", "The message contains a NUL character, which no text has. Remove it."));
    }
    Ok(())
}

/// Checks an idempotency key: 1 to [`MAX_KEY`] visible ASCII characters.
///
/// # Errors
/// `Invalid`, naming the rule.
pub fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::invalid(
            "key",
            format!("An idempotency key has 1 to {MAX_KEY} visible ASCII characters without spaces."),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_body_is_kept_and_one_byte_more_is_not() {
        assert!(check_body(&"a".repeat(MAX_BODY)).is_ok());
        assert_eq!(check_body(&"a".repeat(MAX_BODY + 1)).unwrap_err().code, ErrorCode::TooLarge);
        assert_eq!(check_body(" \n\t").unwrap_err().code, ErrorCode::Invalid);
    }
}
