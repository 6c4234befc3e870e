//! Patterns of commands, and which commands they fit.

use crate::error::{Error, Result};

/// The longest pattern, in bytes.
const MAX_BYTES: usize = 1024;

/// Checks that a pattern can be understood.
///
/// # Errors
/// `Invalid`, naming the field `pattern` and what it must be.
pub fn check_pattern(pattern: &str) -> Result<()> {
    let invalid = |why: &str| Err(Error::invalid("pattern", format!("The pattern “{pattern}” {why}")));
    if pattern.len() > MAX_BYTES {
        return Err(Error::invalid("pattern", format!("A pattern has at most {MAX_BYTES} bytes.")));
    }
    if pattern.split_whitespace().next().is_none() {
        return invalid("has no words; write the words of a command, like npm run *.");
    }
    if pattern.chars().any(char::is_control) {
        return invalid("contains a control character; write words with spaces between them.");
    }
    let inner = |word: &str| word.char_indices().any(|(at, c)| c == '*' && at + 1 < word.len());
    if pattern.split_whitespace().any(inner) {
        return invalid("has a * within a word; a * stands at the end of a word, or as a word.");
    }
    Ok(())
}
