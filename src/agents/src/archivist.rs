//! The Archivist: finds, sums up, records decisions, exports.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Can;
use super::turn::{Refusal, Turn, plain};

pub(super) const COMMANDS: [Can; 4] = [
    Can { name: "find", hint: "<words>", description: "Searches every conversation." },
    Can {
        name: "summary",
        hint: "",
        description: "Sums this conversation up: counts, participants, open questions, decisions.",
    },
    Can { name: "decide", hint: "<text>", description: "Records a decision, which the summary lists." },
    Can { name: "export", hint: "", description: "Gives this conversation as Markdown or JSON." },
];

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    title: String,
    sender: domain::Party,
    at: Timestamp,
    href: String,
    excerpt: String,
}

#[derive(Deserialize)]
struct Summary {
    messages: usize,
    participants: BTreeMap<String, usize>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    questions: Vec<Entry>,
    decisions: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    text: String,
    sender: String,
    at: Timestamp,
    href: String,
}

#[derive(Deserialize)]
struct Export {
    markdown: String,
    json: String,
}

pub(super) async fn obey(turn: &Turn, command: &str, rest: &str) -> Result<(), Refusal> {
    match command {
        "find" => find(turn, rest).await,
        "summary" => summary(turn).await,
        "decide" => decide(turn, rest),
        _ => export(turn).await,
    }
}

async fn find(turn: &Turn, words: &str) -> Result<(), Refusal> {
    let Hits { hits } = turn.ask("messages.search", json!({ "words": words })).await?;
    // The question itself is no finding.
    let own = turn.ours["conversation"].as_str().zip(turn.ours["position"].as_i64());
    let own = own.map(|(conversation, position)| format!("/conversations/{conversation}#m{position}"));
    let hits: Vec<Hit> = hits.into_iter().filter(|hit| Some(&hit.href) != own.as_ref()).collect();
    if hits.is_empty() {
        turn.say(&format!("Nobody has said “{}”.", plain(words)));
        return Ok(());
    }
    for hit in hits {
        let Hit { title, sender, at, href, excerpt } = hit;
        turn.say(&format!("- [{}]({href}), {} on {}: {excerpt}\n", plain(&title), plain(sender.name()), day(at)));
    }
    Ok(())
}

async fn summary(turn: &Turn) -> Result<(), Refusal> {
    let summary: Summary = turn.ask("conversation.summary", json!({})).await?;
    turn.say(&sum_up(&summary));
    Ok(())
}

fn sum_up(summary: &Summary) -> String {
    let mut text = String::new();
    let messages = counted(summary.messages, "message", "messages");
    match (summary.first, summary.last) {
        (Some(first), Some(last)) if day(first) != day(last) => {
            text.push_str(&format!("{messages} from {} to {}.", day(first), day(last)))
        }
        (Some(first), _) => text.push_str(&format!("{messages} on {}.", day(first))),
        _ => text.push_str("Nothing has been said here before."),
    }
    if !summary.participants.is_empty() {
        let who: Vec<_> =
            summary.participants.iter().map(|(name, count)| format!("{} ({count})", plain(name))).collect();
        text.push_str(&format!(" Speakers: {}.", who.join(", ")));
    }
    list(&mut text, "Open questions", &summary.questions, "None: every question got a reply.");
    list(&mut text, "Decisions", &summary.decisions, "None yet. `/decide <text>` records one.");
    text
}

fn list(text: &mut String, title: &str, entries: &[Entry], none: &str) {
    text.push_str(&format!("\n\n**{title}**\n\n"));
    if entries.is_empty() {
        text.push_str(none);
    }
    for Entry { text: said, sender, at, href } in entries {
        text.push_str(&format!("- [{}]({href}), {} on {}\n", plain(said), plain(sender), day(*at)));
    }
}

fn decide(turn: &Turn, text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::new("Say what was decided, like `/decide The app works offline first.`"));
    }
    turn.say(&format!("Decided: **{}**\n\n`/summary` lists it from now on.", plain(text)));
    Ok(())
}

async fn export(turn: &Turn) -> Result<(), Refusal> {
    let export: Export = turn.ask("conversation.export", Value::Object(serde_json::Map::new())).await?;
    turn.say(&format!("This conversation as [Markdown]({}) or [JSON]({}).", export.markdown, export.json));
    Ok(())
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_is_open_and_what_is_decided() {
        let at: Timestamp = "2026-03-01T14:00:52Z".parse().unwrap();
        let entry =
            |text: &str| Entry { text: text.into(), sender: "owner".into(), at, href: "/conversations/1#m3".into() };
        let summary = Summary {
            messages: 3,
            participants: [("owner".to_owned(), 2), ("the_author".to_owned(), 1)].into(),
            first: Some(at),
            last: Some(at.plus_seconds(86_400)),
            questions: vec![entry("Which *colours*?")],
            decisions: Vec::new(),
        };
        let text = sum_up(&summary);
        assert!(
            text.starts_with("3 messages from 2026-03-01 to 2026-03-02. Speakers: owner (2), the\\_author (1)."),
            "{text}"
        );
        assert!(text.contains("- [Which \\*colours\\*?](/conversations/1#m3), owner on 2026-03-01"), "{text}");
        assert!(text.contains("None yet."), "{text}");
    }
}
