//! What a message's text says to the workshop: mentions (`@the_author`) and a leading command (`/scaffold pods`).

use crate::name::HelperName;

/// The command a body begins with: its name, and the rest of the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashCommand<'a> {
    /// The name, without the slash.
    pub name: &'a str,
    /// What follows it, trimmed.
    pub rest: &'a str,
}

/// The names after `@` in `body`, each once, in order; code (`` ` `` and fences) is left alone.
#[must_use]
pub fn mentions(body: &str) -> Vec<HelperName> {
    let mut found: Vec<HelperName> = Vec::new();
    if !body.contains('@') {
        return found;
    }
    for text in outside_code(body) {
        for (at, _) in text.match_indices('@') {
            if text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | '/'))
            {
                continue;
            }
            let rest = &text[at + 1..];
            let end =
                rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
            if let Ok(name) = rest[..end].trim_end_matches('_').parse::<HelperName>()
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
    }
    found
}

/// The command that `body` begins with, mentions before it set aside.
#[must_use]
pub fn slash_command(body: &str) -> Option<SlashCommand<'_>> {
    let mut line = body.trim_start().lines().next()?;
    while let Some(rest) = line.strip_prefix('@') {
        let end = rest.find(char::is_whitespace)?;
        line = rest[end..].trim_start();
    }
    let rest = line.strip_prefix('/')?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let name = &rest[..end];
    let fits = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    fits.then(|| SlashCommand { name, rest: rest[end..].trim() })
}

/// The parts of `body` that are not code.
fn outside_code(body: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut fence: Option<&str> = None;
    for line in body.lines() {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(close)) if open == close => fence = None,
            (None, Some(open)) => fence = Some(open),
            (None, None) => parts.extend(line.split('`').step_by(2)),
            _ => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(body: &str) -> Vec<String> {
        mentions(body).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_each_mention_once_and_none_in_code_or_addresses() {
        assert_eq!(names("@the_author and @the_mediator, @the_author!"), ["the_author", "the_mediator"]);
        assert_eq!(names("(@the_author) **@the_archivist**"), ["the_author", "the_archivist"]);
        assert_eq!(names("me@example.org `@the_author` @ @9 @Upper"), Vec::<String>::new());
        assert_eq!(names("```\n@the_author\n```\n@the_archivist"), ["the_archivist"]);
    }

    #[test]
    fn reads_the_leading_command() {
        assert_eq!(
            slash_command("/scaffold pods pwa\nmore"),
            Some(SlashCommand { name: "scaffold", rest: "pods pwa" })
        );
        assert_eq!(slash_command("@the_author /templates"), Some(SlashCommand { name: "templates", rest: "" }));
        for none in ["say /scaffold", "/", "/Étage", "//x", "", "@the_author"] {
            assert_eq!(slash_command(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parsers(body in ".{0,200}") {
            let _ = mentions(&body);
            let _ = slash_command(&body);
        }
    }
}
