//! One legacy file, from bytes to a message or to the reason why not. No I/O: safe to fuzz.

use std::collections::BTreeMap;
use std::path::Path;

use domain::{ErrorCode, Timestamp, message};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::refusal::{Reason, Refusal};
use super::when;

/// Longest id, in bytes.
const MAX_ID: usize = 64;

/// One message of the common room, as its file has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LegacyMessage {
    /// Its id, numbers written as text.
    pub id: String,
    /// Who said it, as written.
    pub sender: String,
    /// To whom, as written.
    pub recipient: String,
    /// What was said.
    pub body: String,
    /// When: the timestamp, else the id as milliseconds since 1970.
    pub at: Timestamp,
}

/// The keys of a file, each of any type, so that a wrong one can be named.
#[derive(Deserialize)]
struct Raw {
    id: Option<Value>,
    sender: Option<Value>,
    recipient: Option<Value>,
    message: Option<Value>,
    timestamp: Option<Value>,
    /// Keys that mean nothing here.
    #[serde(flatten)]
    _others: BTreeMap<String, IgnoredAny>,
}

/// Reads the bytes of the file at `path`; the path is only for the refusal.
///
/// # Errors
/// Whatever keeps the file from being a message, with the path.
pub fn parse(bytes: &[u8], path: &Path) -> Result<LegacyMessage, Refusal> {
    read(bytes).map_err(|reason| Refusal::new(path, reason))
}

fn read(bytes: &[u8]) -> Result<LegacyMessage, Reason> {
    let text = std::str::from_utf8(bytes).map_err(|error| Reason::NotUtf8 { at: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|error| Reason::Malformed(error.to_string()))?;
    if !value.is_object() {
        return Err(Reason::WrongType { key: "the file", expected: "an object", found: kind(&value) });
    }
    // Read again as keys: a key written twice is refused here, while a `Value` would keep the last.
    let raw: Raw = serde_json::from_str(text).map_err(|error| Reason::Malformed(error.to_string()))?;
    let id = id(raw.id)?;
    let sender = string("sender", raw.sender)?;
    let recipient = string("recipient", raw.recipient)?;
    let body = string("message", raw.message)?;
    let at = match raw.timestamp {
        None => when::from_id(&id)?,
        Some(Value::String(text)) => when::iso(&text)?,
        Some(other) => return Err(Reason::WrongType { key: "timestamp", expected: "a string", found: kind(&other) }),
    };
    check_body(&body)?;
    Ok(LegacyMessage { id, sender, recipient, body, at })
}

fn id(value: Option<Value>) -> Result<String, Reason> {
    let expected = "a whole number or a string";
    let id = match value.ok_or(Reason::Missing("id"))? {
        Value::String(text) => text,
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        Value::Number(_) => return Err(Reason::WrongType { key: "id", expected, found: "a fraction" }),
        other => return Err(Reason::WrongType { key: "id", expected, found: kind(&other) }),
    };
    if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Reason::BadId(id.chars().take(MAX_ID).collect()));
    }
    Ok(id)
}

fn string(key: &'static str, value: Option<Value>) -> Result<String, Reason> {
    match value.ok_or(Reason::Missing(key))? {
        Value::String(text) => Ok(text),
        other => Err(Reason::WrongType { key, expected: "a string", found: kind(&other) }),
    }
}

fn check_body(body: &str) -> Result<(), Reason> {
    message::check_body(body).map_err(|error| match error.code {
        ErrorCode::TooLarge => Reason::TooLarge { bytes: body.len() },
        _ => Reason::Body(error.message),
    })
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Result<LegacyMessage, &'static str> {
        parse(text.as_bytes(), Path::new("a/inbox/1.json")).map_err(|refusal| refusal.reason.code())
    }

    #[test]
    fn reads_a_message_with_an_id_of_either_type() {
        let plain = of(r#"{"id":1700000000000,"sender":"owner","recipient":"the_author","message":"hi"}"#).unwrap();
        assert_eq!(plain.at.to_string(), "2023-11-14T22:13:20Z");
        let dated = of(r#"{"id":"x-1","sender":"a","recipient":"b","message":"hi","timestamp":"2025-01-01T00:00:00Z","read":true}"#).unwrap();
        assert_eq!((dated.id.as_str(), dated.at.to_string().as_str()), ("x-1", "2025-01-01T00:00:00Z"));
    }

    #[test]
    fn every_defect_has_its_own_code() {
        for (text, code) in [
            ("{", "malformed_json"),
            ("", "malformed_json"),
            ("[1]", "wrong_type"),
            (r#"{"id":1,"id":2,"sender":"a","recipient":"b","message":"m"}"#, "malformed_json"),
            (r#"{"sender":"a","recipient":"b","message":"m"}"#, "missing_key"),
            (r#"{"id":1,"sender":null,"recipient":"b","message":"m"}"#, "missing_key"),
            (r#"{"id":1,"sender":"a","recipient":["b"],"message":"m"}"#, "wrong_type"),
            (r#"{"id":1.5,"sender":"a","recipient":"b","message":"m"}"#, "wrong_type"),
            (r#"{"id":true,"sender":"a","recipient":"b","message":"m"}"#, "wrong_type"),
            (r#"{"id":"a b","sender":"a","recipient":"b","message":"m"}"#, "bad_id"),
            (r#"{"id":"x","sender":"a","recipient":"b","message":"m"}"#, "no_time"),
            (r#"{"id":1,"sender":"a","recipient":"b","message":"m","timestamp":"soon"}"#, "bad_time"),
            (r#"{"id":1,"sender":"a","recipient":"b","message":"m","timestamp":5}"#, "wrong_type"),
            (r#"{"id":1,"sender":"a","recipient":"b","message":" "}"#, "bad_message"),
            (r#"{"id":1,"sender":"a","recipient":"b","message":"\u0000"}"#, "bad_message"),
            (r#"{"id":1,"sender":"a","recipient":"b","message":"\ud800"}"#, "malformed_json"),
        ] {
            assert_eq!(of(text), Err(code), "{text}");
        }
        let long =
            format!(r#"{{"id":1,"sender":"a","recipient":"b","message":"{}"}}"#, "x".repeat(message::MAX_BODY + 1));
        assert_eq!(of(&long), Err("too_large"));
        assert_eq!(parse(b"{\"id\":\xff}", Path::new("p")).unwrap_err().reason, Reason::NotUtf8 { at: 6 });
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, Path::new("p"));
        }

        #[test]
        fn what_is_said_comes_through_unchanged(body in "\\PC{1,80}", id in 0_i64..4_000_000_000_000) {
            prop_assume!(!body.trim().is_empty());
            let text = serde_json::json!({ "id": id, "sender": "a", "recipient": "b", "message": body }).to_string();
            let message = of(&text).unwrap();
            prop_assert_eq!(message.body, body);
            prop_assert_eq!(message.at.millis(), id);
        }
    }
}
