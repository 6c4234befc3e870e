//! `tatwats search`: finds messages.

use clap::Args;
use domain::{ConversationId, MessageId, Party, Timestamp};
use serde::{Deserialize, Serialize};

use super::Connection;
use super::fault::Fault;
use super::http::Client;
use super::out::{Out, harmless, moment};

/// Find messages by their words.
#[derive(Debug, Args)]
pub struct Search {
    #[command(flatten)]
    pub(super) connection: Connection,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Words that must all occur.
    #[arg(required = true)]
    words: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Findings {
    items: Vec<Found>,
}

#[derive(Serialize, Deserialize)]
struct Found {
    message: MessageId,
    conversation: ConversationId,
    title: String,
    position: i64,
    sender: Party,
    at: Timestamp,
    snippet: String,
}

impl Search {
    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let (words, limit) = (self.words.join(" "), self.limit.to_string());
        let findings: Findings = client.get(&["search"], &[("q", &words), ("limit", &limit)]).await?;
        let shown: String = findings.items.iter().map(|found| text(found, out)).collect();
        out.show(&findings, |findings| if findings.items.is_empty() { "Nothing was found.".into() } else { shown })
    }
}

fn text(found: &Found, out: &Out) -> String {
    let title = out.bold(&harmless(&found.title));
    let head = format!("{title} #{}  {}  {}", found.position, found.sender.name(), moment(found.at));
    format!("{head}\n  {}\n  {}\n", plain(&found.snippet, out), found.conversation)
}

/// The snippet as text, what was found in bold.
fn plain(snippet: &str, out: &Out) -> String {
    let mut text = String::new();
    for (n, part) in snippet.split("<mark>").enumerate() {
        let (marked, rest) = if n == 0 { ("", part) } else { part.split_once("</mark>").unwrap_or((part, "")) };
        if !marked.is_empty() {
            text.push_str(&out.bold(&unescaped(marked)));
        }
        text.push_str(&unescaped(rest));
    }
    text
}

fn unescaped(html: &str) -> String {
    let text = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    harmless(&text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_text_again() {
        let out = Out::new(false);
        assert_eq!(unescaped("&amp;lt; a &lt;b&gt;"), "&lt; a <b>");
        let text = plain("x &lt; <mark>pod</mark> y", &out);
        assert!(text.contains("x < ") && text.contains("pod") && !text.contains("mark"), "{text}");
    }
}
