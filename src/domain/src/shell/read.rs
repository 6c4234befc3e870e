//! Which commands a line runs.

use super::words::{Cursor, Read, Word};
use super::wrappers;

/// How deep commands within commands are read.
const MAX_DEPTH: usize = 16;

/// One command: its program and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// At least one.
    pub(super) words: Vec<Word>,
    /// Whether it only runs another command, which stands beside it.
    pub(super) wraps: bool,
}

/// What was read of a line.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The commands, those within others too.
    pub(super) commands: Vec<Command>,
    /// Whether there is something that could not be read for sure.
    pub(super) unclear: bool,
    depth: usize,
    /// The ends of here-documents that begin with the next line.
    ends: Vec<End>,
}

#[derive(Debug)]
struct End {
    text: String,
    quoted: bool,
    indented: bool,
}

/// Words with which a command begins that are none of it.
const OPENERS: [&str; 9] = ["if", "then", "else", "elif", "while", "until", "do", "!", "{"];
/// Words that end what those begin.
const CLOSERS: [&str; 4] = ["fi", "done", "esac", "}"];
/// Words after which the line is read in another way.
const OTHERS: [&str; 6] = ["for", "select", "case", "function", "coproc", "[["];
/// Commands that run what they are told, or change what later words mean.
const READERS: [&str; 19] = [
    "eval",
    "source",
    ".",
    "trap",
    "alias",
    "hash",
    "enable",
    "bind",
    "complete",
    "compgen",
    "mapfile",
    "readarray",
    "let",
    "fc",
    "watch",
    "parallel",
    "script",
    "flock",
    "su",
];
/// Commands that set variables by name.
const SETTERS: [&str; 9] = ["export", "declare", "typeset", "readonly", "local", "read", "unset", "getopts", "printf"];
/// Variables that change which programs are run, or what those run first.
const VARIABLES: [&str; 20] = [
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "CDPATH",
    "SHELL",
    "EDITOR",
    "PAGER",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PERL5OPT",
    "PERL5LIB",
    "RUBYOPT",
    "RUBYLIB",
];

impl Reading {
    /// Reads a line.
    pub(super) fn of(line: &str) -> Self {
        let mut reading = Self::default();
        reading.script(line);
        reading
    }

    /// Reads a text for a shell of its own, within this one.
    pub(super) fn nested(&mut self, text: &str) {
        let ends = std::mem::take(&mut self.ends);
        self.script(text);
        self.ends = ends;
    }

    fn script(&mut self, text: &str) {
        let mut cursor = Cursor::new(text);
        self.list(&mut cursor, None);
        self.unclear |= !self.ends.is_empty();
        self.ends.clear();
    }

    /// Reads commands up to `end`, and past it.
    pub(super) fn list(&mut self, cursor: &mut Cursor<'_>, end: Option<char>) {
        self.within(cursor, |reading, cursor| while !reading.command(cursor, end) {});
    }

    /// Reads something within something else; past [`MAX_DEPTH`] the rest is not read at all.
    pub(super) fn within(&mut self, cursor: &mut Cursor<'_>, read: impl FnOnce(&mut Self, &mut Cursor<'_>)) {
        if self.depth == MAX_DEPTH {
            self.unclear = true;
            *cursor = Cursor::new("");
            return;
        }
        self.depth += 1;
        read(self, cursor);
        self.depth -= 1;
    }

    /// Reads one command and what ends it; tells whether the list ends with it.
    fn command(&mut self, cursor: &mut Cursor<'_>, end: Option<char>) -> bool {
        let mut words: Vec<Word> = Vec::new();
        let mut redirected = false;
        // Where an assignment may stand, or a word that is none of the command.
        let mut leading = true;
        let over = loop {
            cursor.skip_blanks();
            match cursor.peek() {
                None => {
                    self.unclear |= end.is_some();
                    break true;
                }
                Some('#') => {
                    let rest = cursor.rest();
                    let line = rest.find('\n').map_or(rest, |at| &rest[..at]);
                    cursor.take(line);
                }
                Some('\n') => {
                    cursor.next();
                    self.documents(cursor);
                    break false;
                }
                Some(')') => {
                    cursor.next();
                    // One too many, or the end of a pattern that is not read here.
                    self.unclear |= end != Some(')');
                    break end == Some(')');
                }
                Some('(') => {
                    cursor.next();
                    // After a word it makes that word a function's name; after another one it is arithmetic.
                    self.unclear |= !words.is_empty() || cursor.peek() == Some('(');
                    self.list(cursor, Some(')'));
                }
                Some(';' | '|') => {
                    cursor.next();
                    break false;
                }
                Some('&') => {
                    cursor.next();
                    if cursor.peek() == Some('>') {
                        redirected = true;
                        self.redirect(cursor);
                    } else {
                        break false;
                    }
                }
                Some('<' | '>') => {
                    redirected = true;
                    self.redirect(cursor);
                }
                Some(_) => {
                    let read = cursor.word(self);
                    if matches!(cursor.peek(), Some('<' | '>')) && is_number(read.written) {
                        continue;
                    }
                    leading = leading && self.is_leading(&read);
                    if !leading {
                        words.push(read.word);
                    }
                }
            }
        };
        // A redirection alone empties a file.
        self.unclear |= redirected && words.is_empty();
        self.add(words);
        over
    }

    /// Whether a word at a command's beginning is none of it.
    fn is_leading(&mut self, read: &Read<'_>) -> bool {
        if let Some((name, _)) = assignment(read.written) {
            self.unclear |= is_powerful(name);
            return true;
        }
        if read.quoted {
            return false;
        }
        self.unclear |= OTHERS.contains(&read.written);
        OPENERS.contains(&read.written) || CLOSERS.contains(&read.written)
    }

    /// Adds a command, and those that it runs.
    pub(super) fn add(&mut self, words: Vec<Word>) {
        let Some(program) = words.first() else { return };
        let Some(name) = program.known().map(base) else {
            self.unclear = true;
            return;
        };
        self.unclear |= name.is_empty() || READERS.contains(&name);
        for word in &words {
            let text = word.known().unwrap_or_default();
            let name = text.split(['=', '[', '+']).next().unwrap_or(text);
            // Some commands set variables by name, and some work out the index of an array, with commands in it.
            self.unclear |= is_powerful(name) || (text.contains('[') && (text.contains("$(") || text.contains('`')));
        }
        self.unclear |= SETTERS.contains(&name) && words.contains(&Word::Unknown);
        let mut wraps = false;
        self.within(&mut Cursor::new(""), |reading, _| wraps = wrappers::unwrap(reading, &words));
        self.commands.push(Command { words, wraps });
    }

    /// A redirection, from its sign on.
    fn redirect(&mut self, cursor: &mut Cursor<'_>) {
        let document = cursor.rest().starts_with("<<") && !cursor.rest().starts_with("<<<");
        let signs = ["<<<", "<<-", "<<", "<>", "<&", ">>", ">|", ">&", "<", ">"];
        let sign = signs.into_iter().find(|sign| cursor.take(sign)).unwrap_or_default();
        if matches!(sign, "<" | ">") && cursor.take("(") {
            // What a process substitution leads to is not known before it runs.
            self.unclear = true;
            self.list(cursor, Some(')'));
            return;
        }
        cursor.skip_blanks();
        let read = cursor.word(self);
        if document {
            // How the end is written counts, and it may look like anything.
            let text = read.word.known().unwrap_or_default().to_owned();
            self.unclear |= text.is_empty();
            self.ends.push(End { text, quoted: read.quoted, indented: sign == "<<-" });
        }
    }

    /// The here-documents that begin here.
    fn documents(&mut self, cursor: &mut Cursor<'_>) {
        for end in std::mem::take(&mut self.ends) {
            let start = cursor.rest();
            let mut length = 0;
            loop {
                if cursor.rest().is_empty() {
                    self.unclear = true;
                    break;
                }
                let line = cursor.line();
                if (if end.indented { line.trim_start_matches('\t') } else { line }) == end.text {
                    break;
                }
                // The next line may be part of this one, and then it is no end.
                self.unclear |= !end.quoted && line.ends_with('\\');
                length = start.len() - cursor.rest().len();
            }
            if !end.quoted {
                Cursor::body(&start[..length], self);
            }
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A program's name without its folder.
pub(super) fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The name and value of an assignment.
pub(super) fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let plain = name.split('[').next().unwrap_or(name);
    let is_name = plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some((plain, value))
}

/// Whether a variable changes which programs are run, or what those run first.
pub(super) fn is_powerful(name: &str) -> bool {
    VARIABLES.contains(&name) || name.starts_with("LD_") || name.starts_with("BASH_FUNC_") || name.starts_with("GIT_")
}
