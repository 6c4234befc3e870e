//! What the composer offers while someone types: helpers after `@`, their commands after `/`. Pure.

use domain::{Helper, HelperName};

/// Most suggestions shown at once.
pub const MOST: usize = 8;

/// What is being typed just before the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Where it begins (its `@` or `/`), in bytes.
    pub start: usize,
    /// Where it ends (the caret), in bytes.
    pub end: usize,
    /// What follows the mark, as far as it is typed.
    pub word: String,
    /// What is being looked for.
    pub kind: Kind,
}

/// What is being looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A helper, after `@`.
    Mention,
    /// A command, after a leading `/`; of these helpers when the message names some, else of any.
    Command(Vec<HelperName>),
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The helper it is about.
    pub helper: HelperName,
    /// What stands in the list: `@the_author`, `/scaffold`.
    pub label: String,
    /// What may follow it, like `<name> [template]`.
    pub hint: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What is put into the text.
    pub text: String,
}

/// The query that ends at byte `caret` of `text`, if something to complete stands there.
#[must_use]
pub fn query(text: &str, caret: usize) -> Option<Query> {
    let before = text.get(..caret)?;
    let start = before
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '*' | ','))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let token = &before[start..];
    let kind = match token.chars().next()? {
        '@' => Kind::Mention,
        '/' => Kind::Command(leading_mentions(&before[..start])?),
        _ => return None,
    };
    let word = &token[1..];
    let fits = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    fits.then(|| Query { start, end: caret, word: word.to_ascii_lowercase(), kind })
}

/// The helpers named in front of a command; none at all when something else stands there.
fn leading_mentions(before: &str) -> Option<Vec<HelperName>> {
    before.split_whitespace().map(|word| word.strip_prefix('@')?.parse().ok()).collect()
}

/// What fits `query`: names that begin with the word first, then those that contain it; participants first.
#[must_use]
pub fn suggestions(query: &Query, helpers: &[Helper], present: &[HelperName]) -> Vec<Suggestion> {
    let mut found: Vec<(u8, bool, Suggestion)> = match &query.kind {
        Kind::Mention => helpers
            .iter()
            .filter_map(|helper| {
                Some((rank(helper.name.as_str(), &query.word)?, !present.contains(&helper.name), mention(helper)))
            })
            .collect(),
        Kind::Command(named) => helpers
            .iter()
            .filter(|helper| named.is_empty() || named.contains(&helper.name))
            .flat_map(|helper| helper.commands.iter().map(move |command| (helper, command)))
            .filter_map(|(helper, command)| {
                let text = match named.is_empty() && !goes_to(helper, &command.name, helpers, present) {
                    true => format!("@{} /{} ", helper.name, command.name),
                    false => format!("/{} ", command.name),
                };
                let suggestion = Suggestion {
                    helper: helper.name.clone(),
                    label: format!("/{}", command.name),
                    hint: command.hint.clone(),
                    description: command.description.clone(),
                    text,
                };
                Some((rank(&command.name, &query.word)?, !present.contains(&helper.name), suggestion))
            })
            .collect(),
    };
    found.sort_by(|a, b| (a.0, a.1, &a.2.label, &a.2.helper).cmp(&(b.0, b.1, &b.2.label, &b.2.helper)));
    found.into_iter().map(|(_, _, suggestion)| suggestion).take(MOST).collect()
}

fn mention(helper: &Helper) -> Suggestion {
    Suggestion {
        helper: helper.name.clone(),
        label: format!("@{}", helper.name),
        hint: String::new(),
        description: helper.description.clone(),
        text: format!("@{} ", helper.name),
    }
}

/// 0 when `name` or a part of it begins with `word`, 1 when it contains it.
fn rank(name: &str, word: &str) -> Option<u8> {
    if name.split(['_', '-']).any(|part| part.starts_with(word)) || name.starts_with(word) {
        return Some(0);
    }
    name.contains(word).then_some(1)
}

/// Whether a bare `/command` reaches this helper: the first participant who knows it, else the first who does.
fn goes_to(helper: &Helper, command: &str, helpers: &[Helper], present: &[HelperName]) -> bool {
    let mut able = helpers.iter().filter(|other| other.commands.iter().any(|c| c.name == command));
    let chosen = able.clone().find(|other| present.contains(&other.name)).or_else(|| able.next());
    chosen.is_some_and(|chosen| chosen.name == helper.name)
}

/// `text` with the suggestion in place of the query, and where the caret goes, in bytes.
#[must_use]
pub fn accept(text: &str, query: &Query, suggestion: &Suggestion) -> (String, usize) {
    let rest = text.get(query.end..).unwrap_or_default();
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let before = text.get(..query.start).unwrap_or_default();
    (format!("{before}{}{rest}", suggestion.text), before.len() + suggestion.text.len())
}

/// The byte offset of a caret that the browser counts in UTF-16 units.
#[must_use]
pub fn bytes_at(text: &str, units: u32) -> usize {
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += u32::try_from(c.len_utf16()).unwrap_or(1);
    }
    text.len()
}

/// The same offset the other way round.
#[must_use]
pub fn units_at(text: &str, bytes: usize) -> u32 {
    u32::try_from(text.get(..bytes).unwrap_or(text).encode_utf16().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use domain::HelperCommand;
    use domain::helper::RestartPolicy;

    use super::*;

    fn helper(name: &str, commands: &[&str]) -> Helper {
        Helper {
            name: name.parse().unwrap(),
            description: format!("{name} helps"),
            version: "1".into(),
            built_in: true,
            wanted: true,
            paused: false,
            restart: RestartPolicy::Always,
            commands: commands
                .iter()
                .map(|name| HelperCommand { name: (*name).into(), description: String::new(), hint: "<words>".into() })
                .collect(),
            waiting: 0,
            active_at: None,
        }
    }

    fn labels(text: &str, present: &[&str]) -> Vec<String> {
        let helpers = [
            helper("the_archivist", &["find", "summary", "export"]),
            helper("the_author", &["scaffold", "templates", "export"]),
            helper("the_mediator", &["who", "route"]),
        ];
        let present: Vec<HelperName> = present.iter().map(|name| name.parse().unwrap()).collect();
        query(text, text.len()).map_or_else(Vec::new, |query| {
            suggestions(&query, &helpers, &present).into_iter().map(|s| s.text).collect()
        })
    }

    #[test]
    fn mentions_are_offered_by_any_part_of_the_name_participants_first() {
        assert_eq!(labels("@", &["the_mediator"]), ["@the_mediator ", "@the_archivist ", "@the_author "]);
        assert_eq!(labels("hello @au", &[]), ["@the_author "]);
        assert_eq!(labels("(@the_m", &[]), ["@the_mediator "]);
        assert!(labels("me@example", &[]).is_empty());
        assert!(labels("@the_author ", &[]).is_empty());
    }

    #[test]
    fn commands_are_offered_at_the_beginning_only() {
        assert_eq!(labels("/sc", &[]), ["/scaffold "]);
        assert!(labels("please /sc", &[]).is_empty());
        assert!(labels("a path: src/sc", &[]).is_empty());
        assert_eq!(labels("@the_archivist /", &[]), ["/export ", "/find ", "/summary "]);
    }

    #[test]
    fn a_command_that_would_reach_another_helper_names_its_own() {
        assert_eq!(labels("/exp", &[]), ["/export ", "@the_author /export "]);
        assert_eq!(labels("/exp", &["the_author"]), ["/export ", "@the_archivist /export "]);
    }

    #[test]
    fn accepting_keeps_what_stands_around_it() {
        let text = "hé @au, go";
        let query = query(text, "hé @au".len()).unwrap();
        let chosen = mention(&helper("the_author", &[]));
        let (made, caret) = accept(text, &query, &chosen);
        assert_eq!(made, "hé @the_author , go");
        assert_eq!(&made[..caret], "hé @the_author ");
    }

    #[test]
    fn carets_are_counted_as_browsers_do() {
        let text = "a🙂é@x";
        for (units, bytes) in [(0, 0), (1, 1), (3, 5), (4, 7), (5, 8), (6, 9)] {
            assert_eq!(bytes_at(text, units), bytes);
            assert_eq!(units_at(text, bytes), units);
        }
    }
}
