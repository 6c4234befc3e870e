//! HTML as a browser takes it apart: tags with their attributes, text, comments, and what stands in elements of raw text.
//!
//! Small, after the tokenizer of the HTML standard, and never kinder than a browser: what it lets pass as text is text.

/// A piece of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The beginning of an element.
    Start { name: String, attributes: Vec<(String, String)> },
    /// The end of one.
    End { name: String },
    /// What stands in an element that holds no others: a script, a style, a title, a text field.
    Raw { within: String, text: String },
    /// A remark.
    Comment(String),
    /// Plain text.
    Text(String),
}

/// Elements that hold text and no elements; in a drawing only scripts and styles count.
const RAW: [&str; 7] = ["script", "style", "textarea", "title", "xmp", "iframe", "noframes"];

/// Takes a page apart.
pub(crate) fn pieces(html: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = html;
    let mut in_drawing = false;
    while !rest.is_empty() {
        let after = |n: usize| rest[n..].chars().next();
        if let Some(remark) = rest.strip_prefix("<!--") {
            // `<!-->` and `<!--->` are whole remarks.
            let short = ["->", ">"].iter().find_map(|end| remark.strip_prefix(end));
            let (text, behind) = match short {
                Some(behind) => ("", behind),
                None => first_of(remark, &["-->", "--!>"]),
            };
            found.push(Piece::Comment(text.to_owned()));
            rest = behind;
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            let (text, behind) = first_of(&rest[2..], &[">"]);
            found.push(Piece::Comment(text.to_owned()));
            rest = behind;
        } else if rest.starts_with("</") && after(2).is_some_and(|c| c.is_ascii_alphabetic()) {
            let (name, _, behind) = tag(&rest[2..]);
            in_drawing &= !matches!(name.as_str(), "svg" | "math");
            found.push(Piece::End { name });
            rest = behind;
        } else if rest.starts_with('<') && after(1).is_some_and(|c| c.is_ascii_alphabetic()) {
            let (name, attributes, behind) = tag(&rest[1..]);
            rest = behind;
            in_drawing |= matches!(name.as_str(), "svg" | "math");
            let raw = RAW.contains(&name.as_str()) && (!in_drawing || matches!(name.as_str(), "script" | "style"));
            found.push(Piece::Start { name: name.clone(), attributes });
            if raw {
                let end = end_of_raw(rest, &name);
                found.push(Piece::Raw { within: name, text: rest[..end].to_owned() });
                rest = &rest[end..];
            }
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest[first..].find('<').map_or(rest.len(), |at| at + first);
            found.push(Piece::Text(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    found
}

/// What stands before the first of `ends`, and what behind it.
fn first_of<'a>(text: &'a str, ends: &[&str]) -> (&'a str, &'a str) {
    let found = ends.iter().filter_map(|end| text.find(end).map(|at| (at, end.len()))).min();
    found.map_or((text, ""), |(at, length)| (&text[..at], &text[at + length..]))
}

/// Where `</name` ends what an element of raw text holds.
fn end_of_raw(text: &str, name: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    let end = format!("</{name}");
    let ends = lower.match_indices(&end).find(|(at, _)| {
        lower[at + end.len()..].chars().next().is_none_or(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
    });
    ends.map_or(text.len(), |(at, _)| at)
}

/// A tag from its name on: name, attributes, and what stands behind it.
fn tag(text: &str) -> (String, Vec<(String, String)>, &str) {
    let breaks = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
    let (name, mut rest) = split_at(text, breaks);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        if let Some(behind) = rest.strip_prefix('>') {
            rest = behind;
            break;
        }
        // An attribute may begin with `=`, whatever that is good for.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let (tail, behind) = split_at(&rest[first..], |c| breaks(c) || c == '=');
        let key = &rest[..first + tail.len()];
        let (value, behind) = match behind.trim_start().strip_prefix('=') {
            None => (String::new(), behind),
            Some(given) => {
                let given = given.trim_start();
                match given.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        let (value, behind) = first_of(&given[1..], &[&quote.to_string()]);
                        (plain(value), behind)
                    }
                    _ => {
                        let (value, behind) = split_at(given, |c| c.is_ascii_whitespace() || c == '>');
                        (plain(value), behind)
                    }
                }
            }
        };
        attributes.push((key.to_ascii_lowercase(), value));
        rest = behind;
    }
    (name.to_ascii_lowercase(), attributes, rest)
}

fn split_at(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Text with the character references resolved that pages here use.
pub(crate) fn plain(text: &str) -> String {
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    known.iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

#[test]
fn a_page_is_taken_apart_as_browsers_do() {
    let start = |name: &str, attributes: &[(&str, &str)]| Piece::Start {
        name: name.into(),
        attributes: attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    };
    let raw = |within: &str, text: &str| Piece::Raw { within: within.into(), text: text.into() };
    let end = |name: &str| Piece::End { name: name.into() };
    for (html, expected) in [
        ("a < b <3", vec![Piece::Text("a ".into()), Piece::Text("< b ".into()), Piece::Text("<3".into())]),
        ("<P Class='a&quot;>' on=x/>", vec![start("p", &[("class", "a\">"), ("on", "x/")])]),
        ("<a\nhref=\"/\"x>", vec![start("a", &[("href", "/"), ("x", "")])]),
        ("<!--><b>", vec![Piece::Comment(String::new()), start("b", &[])]),
        ("<!-- x --!><!y>", vec![Piece::Comment(" x ".into()), Piece::Comment("y".into())]),
        ("<title><b></TITLE ><i>", vec![start("title", &[]), raw("title", "<b>"), end("title"), start("i", &[])]),
        ("<svg><title><b></svg>", vec![start("svg", &[]), start("title", &[]), start("b", &[]), end("svg")]),
        ("<script>'</scripts>'", vec![start("script", &[]), raw("script", "'</scripts>'")]),
        ("<b", vec![start("b", &[])]),
    ] {
        assert_eq!(pieces(html), expected, "{html}");
    }
}
