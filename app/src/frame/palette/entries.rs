//! What the palette can lead to, and which of it fits what was typed.

use domain::access::{Action, Subject};
use domain::projection::Workshop;

use super::super::places::PLACES;
use crate::components::Shape;
use crate::live::Me;

/// Most entries shown.
const SHOWN: usize = 12;

/// One thing to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) path: String,
    pub(super) shape: Shape,
}

/// Everything there is for `me`: places first, then helpers, projects, conversations.
pub(super) fn all(workshop: &Workshop, me: Option<&Me>) -> Vec<Entry> {
    let places = PLACES.iter().filter(|place| place.is_for(me)).map(|place| Entry {
        name: place.name.into(),
        kind: "page",
        path: place.path.into(),
        shape: place.shape,
    });
    let may = |action| me.is_some_and(|me| me.refusal(action, Subject::Workshop).is_none());
    let begin = |name: &str, path: &str| Entry { name: name.into(), kind: "do", path: path.into(), shape: Shape::Plus };
    let talk = may(Action::Talk).then(|| begin("New conversation", "/conversations?new=1"));
    let make = may(Action::MakeProject).then(|| begin("New project", "/projects?new=1"));
    let helpers = workshop.helpers.iter().map(|entry| Entry {
        name: entry.helper.name.to_string(),
        kind: "helper",
        path: format!("/helpers/{}", entry.helper.name),
        shape: Shape::Star,
    });
    let projects = workshop.projects.iter().map(|project| Entry {
        name: project.title.clone(),
        kind: "project",
        path: format!("/projects/{}", project.slug),
        shape: Shape::Folder,
    });
    let conversations = workshop.conversations.iter().map(|entry| Entry {
        name: entry.conversation.title.clone(),
        kind: "conversation",
        path: format!("/conversations/{}", entry.conversation.id),
        shape: Shape::Bubble,
    });
    places.chain(talk).chain(make).chain(helpers).chain(projects).chain(conversations).collect()
}

/// Those that hold every typed word, the ones that begin with it first; at the end, the search in all messages.
pub(super) fn matching(all: &[Entry], typed: &str) -> Vec<Entry> {
    let typed = typed.trim();
    let wanted = typed.to_lowercase();
    let fits = |entry: &&Entry| {
        let name = format!("{} {}", entry.name.to_lowercase(), entry.kind);
        wanted.split_whitespace().all(|word| name.contains(word))
    };
    let begins = |entry: &&Entry| entry.name.to_lowercase().starts_with(&wanted);
    let (first, others): (Vec<_>, Vec<_>) = all.iter().filter(fits).partition(begins);
    let mut found: Vec<Entry> = first.into_iter().chain(others).take(SHOWN).cloned().collect();
    if !typed.is_empty() {
        found.push(Entry {
            name: format!("Search messages for “{typed}”"),
            kind: "search",
            path: format!("/conversations?q={}", escape(typed)),
            shape: Shape::Lens,
        });
    }
    found
}

/// Percent-encodes everything but letters, digits and `-_.`.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: &'static str) -> Entry {
        Entry { name: name.into(), kind, path: "/".into(), shape: Shape::Star }
    }

    #[test]
    fn every_word_must_fit_and_beginnings_come_first() {
        let all = [entry("Make pods", "conversation"), entry("pods", "project"), entry("the_author", "helper")];
        let names = |typed: &str| matching(&all, typed).into_iter().map(|entry| entry.name).collect::<Vec<_>>();
        assert_eq!(names(""), ["Make pods", "pods", "the_author"]);
        assert_eq!(names("pods"), ["pods", "Make pods", "Search messages for “pods”"]);
        assert_eq!(names("Author helper")[0], "the_author");
    }

    #[test]
    fn the_search_is_escaped() {
        assert_eq!(matching(&[], "ä & b")[0].path, "/conversations?q=%C3%A4%20%26%20b");
    }
}
