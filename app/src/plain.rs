//! A line of Markdown without its marks, for places that have room for one line. Pure.

/// `line` without list and heading marks, stars, backticks, escapes and the targets of links.
#[must_use]
pub fn plain(line: &str) -> String {
    let line = line.trim_start_matches(|c: char| matches!(c, '#' | '>' | '-' | '*' | '+') || c.is_whitespace());
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((text, after)) = link(rest) {
            out.push_str(&plain(text));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            rest = after;
        } else if let Some(escaped) = rest.strip_prefix('\\').and_then(|rest| rest.chars().next())
            && escaped.is_ascii_punctuation()
        {
            out.push(escaped);
            rest = &rest[2..];
        } else {
            if c != '`' {
                out.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The text of the link that `rest` begins with, and what follows it.
fn link(rest: &str) -> Option<(&str, &str)> {
    let (text, after) = rest.strip_prefix('[')?.split_once("](")?;
    let (_, after) = after.split_once(')')?;
    (!text.contains('[')).then_some((text, after))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_go_and_words_stay() {
        for (line, words) in [
            ("- [pod-tracker](/conversations/1#m4), the_author: **done**", "pod-tracker, the_author: done"),
            (r"**the\_archivist** \o/ \", r"the_archivist \o/ \"),
            ("### Plan for `pods`", "Plan for pods"),
            ("> a * b [x] (y)", "a * b [x] (y)"),
            ("[open [x](y", "[open [x](y"),
            ("", ""),
        ] {
            assert_eq!(plain(line), words);
        }
    }
}
