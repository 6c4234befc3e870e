//! Markdown as safe HTML: no raw HTML, only links that cannot run anything, mentions marked.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream, html};

use crate::syntax;

/// Renders `body`. Raw HTML is shown as the text it is; links go to `http`, `https`, `mailto` or within the
/// workshop, all others lose their target; pictures become links, so that reading fetches nothing from elsewhere;
/// `@helper` is marked where it stands in plain text.
#[must_use]
pub fn render(body: &str) -> String {
    if is_sentence(body) {
        return ["<p>", body, "</p>\n"].concat();
    }
    rendered(body)
}

/// Whether `body` is a plain sentence, in which nothing is marked: it begins with a letter and is letters, digits, spaces and a few signs that
/// mean nothing in Markdown. Many messages are.
fn is_sentence(body: &str) -> bool {
    let bytes = body.as_bytes();
    let means_nothing = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b',' | b'?');
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(|last| *last != b' ')
        // To the end rather than to the first that means something: so the compiler looks at sixteen at a time.
        && bytes.iter().fold(true, |plain, byte| plain & means_nothing(byte))
}

fn rendered(body: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut state = State::default();
    let events = TextMergeStream::new(Parser::new_ext(body, options)).map(move |event| state.made_safe(event));
    let mut out = String::with_capacity(body.len() * 3 / 2);
    html::push_html(&mut out, events);
    out
}

/// Where in the document we are.
#[derive(Default)]
struct State {
    /// How each open link is closed again.
    links: Vec<&'static str>,
    code: bool,
}

impl State {
    fn made_safe<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
                let (open, close) = if !self.links.is_empty() {
                    (String::new(), "")
                } else if is_harmless(&dest_url) {
                    (link_tag(&dest_url, &title), "</a>")
                } else {
                    (
                        r#"<span class="dead-link" title="The target of this link was taken out: it is not a page">"#
                            .into(),
                        "</span>",
                    )
                };
                self.links.push(close);
                Event::InlineHtml(open.into())
            }
            Event::End(TagEnd::Link | TagEnd::Image) => Event::InlineHtml(self.links.pop().unwrap_or_default().into()),
            Event::Start(Tag::CodeBlock(_)) => {
                self.code = true;
                event
            }
            Event::End(TagEnd::CodeBlock) => {
                self.code = false;
                event
            }
            Event::Text(text) if !self.code && self.links.is_empty() && text.contains('@') => {
                Event::InlineHtml(with_mentions(&text).into())
            }
            other => other,
        }
    }
}

/// Whether following `target` can do no more than open a page or a letter.
fn is_harmless(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    if lower.chars().any(|c| c.is_control() || c == '\\') || lower.starts_with("//") {
        return false;
    }
    ["http://", "https://", "mailto:", "/", "#"].iter().any(|start| lower.starts_with(start))
}

fn link_tag(target: &str, title: &str) -> String {
    let mut tag = format!("<a href=\"{}\"", escaped(target));
    if !title.is_empty() {
        tag.push_str(&format!(" title=\"{}\"", escaped(title)));
    }
    tag.push_str(" rel=\"noopener noreferrer nofollow\">");
    tag
}

/// `text` escaped, each mention in a marked span.
fn with_mentions(text: &str) -> String {
    let mut out = escaped(text);
    for name in syntax::mentions(text) {
        let plain = format!("@{name}");
        let mut marked = String::with_capacity(out.len() + 40);
        let mut rest = out.as_str();
        while let Some(at) = rest.find(&plain) {
            let (before, found) = rest.split_at(at);
            let after = &found[plain.len()..];
            marked.push_str(before);
            if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                marked.push_str(&plain);
            } else {
                marked.push_str(&format!("<span class=\"mention\">{plain}</span>"));
            }
            rest = after;
        }
        marked.push_str(rest);
        out = marked;
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn raw_html_is_shown_as_text() {
        assert_eq!(render("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
        assert!(render("a <img src=x onerror=y> b").contains("&lt;img"));
    }

    #[test]
    fn links_that_could_run_something_lose_their_target() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/\\evil.example",
        ] {
            let html = render(&format!("[x](<{bad}>)"));
            assert!(!html.contains("href"), "{bad}: {html}");
        }
        assert!(render("[x](https://example.org/?a=1&b=2)").contains(r#"href="https://example.org/?a=1&amp;b=2""#));
    }

    #[test]
    fn pictures_are_links_and_fetch_nothing() {
        let html = render("![cat](https://example.org/cat.png) [![in](https://a.example/i.png)](https://b.example)");
        assert!(!html.contains("<img"), "{html}");
        assert_eq!(html.matches("<a ").count(), 2, "{html}");
        assert_eq!(html.matches("</a>").count(), 2, "{html}");
    }

    #[test]
    fn mentions_are_marked_in_text_only() {
        assert_eq!(render("@the_author hi"), "<p><span class=\"mention\">@the_author</span> hi</p>\n");
        assert!(!render("`@the_author`").contains("mention"));
        assert!(!render("```\n@the_author\n```").contains("mention"));
        assert_eq!(render("@a @ab").matches("class=\"mention\"").count(), 2);
    }

    proptest! {
        #[test]
        fn a_plain_sentence_is_rendered_as_any_other_text(body in "[a-zA-Z0-9 .,?]{1,60}") {
            prop_assert_eq!(render(&body), rendered(&body));
        }

        #[test]
        fn no_text_makes_a_tag_of_its_own(body in r#"[<>"'&\[\]()!`@/a-z: \n]{0,120}"#) {
            let html = render(&body);
            for (at, _) in html.match_indices('<') {
                let tag: String = html[at + 1..].trim_start_matches('/').chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
                prop_assert!(
                    ["p", "a", "span", "code", "pre", "em", "strong", "del", "ul", "ol", "li", "blockquote", "br", "hr",
                     "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "input"].contains(&tag.as_str()),
                    "{tag} in {html}"
                );
            }
        }
    }
}
