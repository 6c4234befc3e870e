//! Patterns of commands, and which commands they fit.

use super::read::Reading;
use super::words::Word;
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
    if pattern.chars().any(char::is_control) {
        return invalid("contains a control character; write words with spaces between them.");
    }
    if words(pattern).next().is_none() {
        return invalid("has no words; write the words of a command, like npm run *.");
    }
    let inner = |word: &str| word.char_indices().any(|(at, c)| c == '*' && at + 1 < word.len());
    if words(pattern).any(inner) {
        return invalid("has a * within a word; a * stands at the end of a word, or as a word.");
    }
    Ok(())
}

/// The pattern that fits a line's command and no other; none when the line has not just one command that can be read
/// for sure and written as a pattern.
#[must_use]
pub fn pattern_of(line: &str) -> Option<String> {
    let reading = Reading::of(line);
    let mut commands = reading.commands.iter().filter(|command| !command.wraps);
    let command = commands.next().filter(|_| !reading.unclear && commands.next().is_none())?;
    let plain = |word: &str| !word.is_empty() && !word.contains([' ', '\t', '*']);
    let words: Option<Vec<_>> = command.words.iter().map(|word| word.known().filter(|word| plain(word))).collect();
    words.map(|words| words.join(" ")).filter(|pattern| check_pattern(pattern).is_ok())
}

/// How a command must fit a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Whatever the words turn out to be that are not known.
    Surely,
    /// With some luck, and more words after it. A program in another folder is the same program.
    Maybe,
}

/// Whether a command fits a pattern.
pub(super) fn fits(pattern: &str, command: &[Word], fit: Fit) -> bool {
    let wanted: Vec<_> = words(pattern).collect();
    let (Some((program, rest)), Some((name, arguments))) = (wanted.split_first(), command.split_first()) else {
        return false;
    };
    let Some(name) = name.known() else { return fit == Fit::Maybe };
    let bare = name.rsplit('/').next().unwrap_or(name);
    let same = fits_word(program, name) || (fit == Fit::Maybe && !program.contains('/') && fits_word(program, bare));
    // A program that may be any one may have any words too.
    same && ((*program == "*" && rest.is_empty()) || fits_rest(rest, arguments, fit))
}

fn fits_rest(wanted: &[&str], arguments: &[Word], fit: Fit) -> bool {
    match (wanted.split_first(), arguments.split_first()) {
        (Some((&"*", [])), _) | (None, None) => true,
        // It may turn out to be any number of words, and so may those after it.
        (_, Some((Word::Unknown, _))) => fit == Fit::Maybe,
        (Some((word, wanted)), Some((Word::Known(argument), arguments))) => {
            fits_word(word, argument) && fits_rest(wanted, arguments, fit)
        }
        // More words are no way around a rule.
        (None, Some(_)) => fit == Fit::Maybe,
        (Some(_), None) => false,
    }
}

fn fits_word(wanted: &str, word: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == word, |start| word.starts_with(start))
}

/// Whether the program of a pattern occurs in a text, however it is quoted.
pub(super) fn is_mentioned(pattern: &str, text: &str) -> bool {
    let Some(program) = words(pattern).next() else { return false };
    let plain: String = text.replace("\\\n", "").chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
    let (name, open) = program.strip_suffix('*').map_or((program, false), |start| (start, true));
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    name.is_empty()
        || plain.match_indices(name).any(|(at, found)| {
            let after = plain[at + found.len()..].chars().next();
            !inside(plain[..at].chars().next_back()) && (open || !inside(after))
        })
}

fn words(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split([' ', '\t']).filter(|word| !word.is_empty())
}
