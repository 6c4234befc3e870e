//! The words of a text, as they are looked for on PostgreSQL. Its own way of taking texts apart costs as much as the rest of
//! a message, keeps addresses and what is joined by hyphens whole, and knows capitals only as the database's locale does.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

use crate::search::{END, MARK};

/// Longest word that is told apart, in bytes; PostgreSQL takes words of up to 2,046.
const LONGEST: usize = 256;
/// Most words in a snippet.
const SNIPPET: usize = 24;
/// Words in front of the first that was found.
const BEFORE: usize = 8;

/// What no word has.
fn between(c: char) -> bool {
    !c.is_alphanumeric()
}

/// The words of a text, as they stand there.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(between).filter(|word| !word.is_empty())
}

/// A word as it is compared: in small letters, and its beginning if it is very long.
fn folded(word: &str) -> String {
    let mut word = word.to_lowercase();
    word.truncate(word.floor_char_boundary(LONGEST));
    word
}

/// A query for texts with all the words, of which the last may be only begun: a `tsquery`.
pub(crate) fn query(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("'{}'", folded(word))).collect();
    words.join(" & ") + ":*"
}

/// What is found of `wanted` in a text, between marks, with some of the words around it.
pub(crate) fn snippet(text: &str, wanted: &[&str]) -> String {
    let wanted: Vec<String> = wanted.iter().map(|word| folded(word)).collect();
    let found = |word: &str| {
        let word = folded(word);
        wanted.contains(&word) || wanted.last().is_some_and(|begun| word.starts_with(begun))
    };
    let first = words(text).position(found).unwrap_or(0).saturating_sub(BEFORE);
    let mut out = String::from(if first > 0 { "…" } else { "" });
    let mut number = 0;
    for piece in text.split_inclusive(between) {
        let (word, rest) = piece.split_at(piece.trim_end_matches(between).len());
        number += usize::from(!word.is_empty());
        if number > first + SNIPPET {
            out.truncate(out.trim_end().len());
            out.push('…');
            break;
        }
        if number > first {
            if found(word) {
                out.extend([MARK]);
                out.push_str(word);
                out.extend([END]);
            } else {
                out.push_str(word);
            }
            out.push_str(rest);
        }
    }
    out
}

/// The words of a text, each once, in the order of their bytes: a `tsvector` without places.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WordList(Vec<String>);

impl WordList {
    pub(crate) fn of(text: &str) -> Self {
        let mut list: Vec<String> = words(text).map(folded).collect();
        list.sort_unstable();
        list.dedup();
        Self(list)
    }
}

/// The types' numbers stand in PostgreSQL's `pg_type.dat`.
impl Type<Postgres> for WordList {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(3614))
    }
}

impl PgHasArrayType for WordList {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(3643))
    }
}

/// As `tsvectorrecv` in PostgreSQL's `tsvector.c` reads it: how many words, then each with a zero behind it and the number of
/// its places.
impl Encode<'_, Postgres> for WordList {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend(u32::try_from(self.0.len())?.to_be_bytes());
        for word in &self.0 {
            buffer.extend(word.as_bytes());
            buffer.extend([0, 0, 0]);
        }
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        WordList::of(text).0
    }

    #[test]
    fn a_text_is_taken_apart_at_anything_but_letters_and_digits() {
        assert_eq!(
            list("See https://pods.example/a_b?c=1, Über-Pod!"),
            ["1", "a", "b", "c", "example", "https", "pod", "pods", "see", "über"]
        );
        assert_eq!(list("pod Pod POD"), ["pod"]);
        assert_eq!(list(" … "), [""; 0]);
    }

    #[test]
    fn a_very_long_word_is_known_by_its_beginning() {
        let long = "ü".repeat(4000);
        assert_eq!(list(&long), ["ü".repeat(LONGEST / 2)]);
        assert_eq!(query(&["a", &long]), format!("'a' & '{}':*", "ü".repeat(LONGEST / 2)));
    }

    #[test]
    fn a_snippet_marks_what_was_found_and_shows_what_is_around_it() {
        assert_eq!(
            snippet("The <b>Pod</b> rules, podded.", &["rules", "pod"]),
            "The <b>\u{2}Pod\u{3}</b> \u{2}rules\u{3}, \u{2}podded\u{3}."
        );
        let text = (0..60).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        let short = snippet(&text, &["w30"]);
        assert!(short.starts_with("…w22 w23") && short.contains("w29 \u{2}w30\u{3} w31"), "{short}");
        assert!(short.ends_with("w45…"), "{short}");
        assert_eq!(snippet("no more", &["pod"]), "no more");
    }
}
