//! The words of a line, one after another, with what quotes and expansions make of them.

use super::read::Reading;

/// One word, as the program gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// This text.
    Known(String),
    /// Something that only the shell will know, and that may turn out to be none or several words.
    Unknown,
}

impl Word {
    /// The text, where it is known.
    pub(super) fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Unknown => None,
        }
    }
}

/// A word in the making.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    unknown: bool,
    quoted: bool,
    /// Whether it may turn out to be other words: `*.js`, `~`.
    open: bool,
    /// Whether it has a brace that is not quoted, which opens words when a comma or two dots follow.
    brace: bool,
}

/// A place in a line.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

/// A word that was read: what it is, whether any of it was quoted, and how it was written.
pub(super) struct Read<'a> {
    pub(super) word: Word,
    pub(super) quoted: bool,
    pub(super) written: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(rest: &'a str) -> Self {
        Self { rest }
    }

    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// Goes past `text`, if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Goes past everything before `end`, and `end`; all of it when there is none.
    fn until(&mut self, end: char) -> Option<&'a str> {
        let found = self.rest.split_once(end);
        self.rest = found.map_or("", |(_, rest)| rest);
        found.map(|(before, _)| before)
    }

    /// Goes past blanks and lines that go on.
    pub(super) fn skip_blanks(&mut self) {
        while self.take(" ") || self.take("\t") || self.take("\\\n") {}
    }

    /// The rest of this line, and past its end.
    pub(super) fn line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line
    }

    /// The next word. Commands that it holds go into `reading`.
    pub(super) fn word(&mut self, reading: &mut Reading) -> Read<'a> {
        let start = self.rest;
        let mut draft = Draft::default();
        while let Some(c) = self.peek() {
            if matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')') {
                break;
            }
            self.next();
            match c {
                '\'' => self.single_quoted(&mut draft, reading),
                '"' => self.double_quoted(&mut draft, reading),
                '\\' => match self.next() {
                    Some('\n') => {}
                    other => {
                        draft.quoted = true;
                        draft.text.push(other.unwrap_or('\\'));
                    }
                },
                '$' if matches!(self.peek(), Some('\'' | '"')) => {
                    // Some shells read escapes here and some do not.
                    reading.unclear = true;
                    draft.unknown = true;
                }
                '$' => self.dollar(&mut draft, reading),
                '`' => self.backticks(&mut draft, reading),
                _ => {
                    let first = draft.text.is_empty() && !draft.quoted;
                    draft.open |= matches!(c, '*' | '?' | '[') || (c == '~' && first);
                    draft.brace |= c == '{';
                    // After = and : too, where it is an assignment's value.
                    draft.open |= c == '~' && draft.text.ends_with(['=', ':']);
                    draft.text.push(c);
                }
            }
        }
        let written = &start[..start.len() - self.rest.len()];
        let braces = draft.brace && (written.contains(',') || written.contains(".."));
        let open = braces || (draft.open && written != "[" && written != "[[");
        let plain = !draft.unknown && !open;
        Read { word: if plain { Word::Known(draft.text) } else { Word::Unknown }, quoted: draft.quoted, written }
    }

    fn single_quoted(&mut self, draft: &mut Draft, reading: &mut Reading) {
        draft.quoted = true;
        let all = self.rest;
        let text = self.until('\'');
        reading.unclear |= text.is_none();
        draft.text.push_str(text.unwrap_or(all));
    }

    fn double_quoted(&mut self, draft: &mut Draft, reading: &mut Reading) {
        draft.quoted = true;
        self.expanded(draft, reading, Some('"'));
    }

    /// Text in which only `$`, backticks and some escapes mean something, up to `end`.
    fn expanded(&mut self, draft: &mut Draft, reading: &mut Reading, end: Option<char>) {
        while let Some(c) = self.next() {
            match c {
                _ if Some(c) == end => return,
                '\\' => match self.next() {
                    Some('\n') => {}
                    Some(escaped @ ('$' | '`' | '"' | '\\')) => draft.text.push(escaped),
                    Some(other) => draft.text.extend(['\\', other]),
                    None => draft.text.push('\\'),
                },
                '$' => self.dollar(draft, reading),
                '`' => self.backticks(draft, reading),
                other => draft.text.push(other),
            }
        }
        reading.unclear |= end.is_some();
    }

    /// The body of a here-document whose end is not quoted.
    pub(super) fn body(text: &'a str, reading: &mut Reading) {
        Self::new(text).expanded(&mut Draft::default(), reading, None);
    }

    /// What follows a `$`.
    fn dollar(&mut self, draft: &mut Draft, reading: &mut Reading) {
        match self.peek() {
            Some('(') => {
                self.next();
                draft.unknown = true;
                // It may be arithmetic, or a subshell in a command.
                reading.unclear |= self.peek() == Some('(');
                reading.list(self, Some(')'));
            }
            Some('{') => {
                self.next();
                draft.unknown = true;
                reading.within(self, |reading, cursor| cursor.parameter(reading));
            }
            Some('[') => {
                reading.unclear = true;
                draft.unknown = true;
            }
            Some(c) if c.is_ascii_alphanumeric() || "_@*#?-$!".contains(c) => draft.unknown = true,
            _ => draft.text.push('$'),
        }
    }

    /// The rest of `${…}`. Its words are run by no one, but they may hold commands.
    fn parameter(&mut self, reading: &mut Reading) {
        let mut draft = Draft::default();
        while let Some(c) = self.next() {
            match c {
                '}' => return,
                '\'' => {
                    // Within double quotes it is no quote.
                    reading.unclear = true;
                    self.single_quoted(&mut draft, reading);
                }
                '"' => self.double_quoted(&mut draft, reading),
                '\\' => drop(self.next()),
                '$' => self.dollar(&mut draft, reading),
                '`' => self.backticks(&mut draft, reading),
                // What a variable holds may be run: ${x@P}, ${!x}, ${x[i]}.
                '@' | '!' | '[' => reading.unclear = true,
                _ => {}
            }
        }
        reading.unclear = true;
    }

    fn backticks(&mut self, draft: &mut Draft, reading: &mut Reading) {
        draft.unknown = true;
        let mut inner = String::new();
        while let Some(c) = self.next() {
            match c {
                '`' => {
                    reading.nested(&inner);
                    return;
                }
                '\\' => match self.next() {
                    Some(escaped @ ('$' | '`' | '\\')) => inner.push(escaped),
                    Some(other) => inner.extend(['\\', other]),
                    None => inner.push('\\'),
                },
                other => inner.push(other),
            }
        }
        reading.unclear = true;
        reading.nested(&inner);
    }
}
