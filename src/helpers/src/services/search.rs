//! Full-text search on request.

use domain::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asker, Services};

/// Most hits that one request gets.
const MAX_HITS: i64 = 20;

/// `_tatwats/messages.search`
#[derive(Deserialize)]
pub(super) struct Search {
    words: String,
    #[serde(default)]
    limit: Option<i64>,
}

impl Services {
    /// Messages with these words that the person may see for whom the helper asks, best first, each with a link and an excerpt in Markdown.
    pub(super) async fn search(&self, asker: &Asker, search: Search) -> Result<Value> {
        if search.words.trim().is_empty() {
            return Err(Error::invalid("words", "Say what to look for, like “/find offline”."));
        }
        let limit = search.limit.unwrap_or(MAX_HITS).clamp(1, MAX_HITS);
        let hits = self.store.view(&asker.actor()).search(&search.words, limit).await?;
        let hits: Vec<Value> = hits
            .into_iter()
            .map(|hit| {
                json!({
                    "title": hit.title,
                    "sender": hit.sender,
                    "at": hit.at,
                    "href": format!("/conversations/{}#m{}", hit.conversation, hit.position),
                    "excerpt": excerpt(&hit.snippet),
                })
            })
            .collect();
        Ok(json!({ "hits": hits }))
    }
}

/// The snippet, which is safe HTML with marked words, as Markdown on one line.
fn excerpt(snippet: &str) -> String {
    let mut plain = String::with_capacity(snippet.len());
    for (at, part) in snippet.split("<mark>").enumerate() {
        match part.split_once("</mark>") {
            Some((marked, rest)) if at > 0 => {
                plain.push_str("**");
                escape_into(&mut plain, marked);
                plain.push_str("**");
                escape_into(&mut plain, rest);
            }
            _ => escape_into(&mut plain, part),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Undoes the escapes of HTML and adds those of Markdown.
fn escape_into(out: &mut String, html: &str) {
    let text = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&");
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | ';' | '?' | '\'' | '"' | '-' | '/' | '%') {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_keeps_its_marks_and_cannot_bring_in_markup() {
        assert_eq!(excerpt("the <mark>offline</mark> page\nworks"), "the **offline** page works");
        assert_eq!(excerpt("&lt;b&gt; @the_author *x* &amp;lt;"), "\\<b\\> \\@the\\_author \\*x\\* \\&lt;");
    }
}
