//! Rows of long lists, written as text: as views, each of their elements costs the server, and a phone once more, what
//! a hundred bytes of text cost.

use std::array;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use leptos::html::Ul;
use leptos::prelude::*;
use maud::{Markup, Render};
use web_sys::Element;

/// What stands for the gaps of a template while it is cut: control characters, which no template has in it.
const MARKS: RangeInclusive<char> = '\u{80}'..='\u{9f}';

/// Rows, each one element, one after the other in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    text: Arc<String>,
    ends: Arc<[usize]>,
}

impl Rows {
    /// All of them, as the inside of their list. On the server they may lie [aside](crate::aside) while the page is rendered.
    #[must_use]
    pub fn inside(&self) -> String {
        #[cfg(feature = "ssr")]
        if let Some(aside) = crate::aside::Aside::of_request() {
            return aside.put(self.text.clone());
        }
        self.text.to_string()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| &self.text[std::mem::replace(&mut start, *end)..*end])
    }
}

/// Where the rows of a template differ. At most 32.
#[derive(Debug, Clone, Copy)]
pub struct Gap(usize);

impl Render for Gap {
    fn render_to(&self, to: &mut String) {
        to.extend(MARKS.clone().nth(self.0));
    }
}

/// Writes rows by a template: that is written once and cut at its gaps, and each row is its pieces with what is the row's
/// own in between.
#[derive(Debug)]
pub struct Writer<const GAPS: usize> {
    /// The text up to a gap, and which one it is; after the last text there is none.
    pieces: Vec<(String, Option<usize>)>,
    expected: usize,
    text: String,
    ends: Vec<usize>,
}

impl<const GAPS: usize> Writer<GAPS> {
    /// For about so many rows. A gap may stand in the template more than once.
    #[must_use]
    pub fn new(expected: usize, template: impl FnOnce([Gap; GAPS]) -> Markup) -> Self {
        const { assert!(GAPS <= 32, "there are no more marks") };
        let is_mark = |c: char| MARKS.contains(&c);
        let template = template(array::from_fn(Gap)).into_string();
        let piece = |piece: &str| {
            let mark = piece.chars().next_back();
            let gap = mark.and_then(|mark| MARKS.clone().position(|known| known == mark));
            (piece.trim_end_matches(is_mark).to_owned(), gap)
        };
        let pieces = template.split_inclusive(is_mark).map(piece).collect();
        Self { pieces, expected, text: String::new(), ends: Vec::with_capacity(expected) }
    }

    /// Writes a row with that in its gaps.
    pub fn add(&mut self, own: [&dyn Render; GAPS]) {
        for (text, gap) in &self.pieces {
            self.text.push_str(text);
            if let Some(own) = gap.and_then(|gap| own.get(gap)) {
                own.render_to(&mut self.text);
            }
        }
        if self.ends.is_empty() {
            // The others are about as long.
            self.text.reserve(self.text.len() * self.expected);
        }
        self.ends.push(self.text.len());
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Rows {
        Rows { text: self.text.into(), ends: self.ends.into() }
    }
}

/// In the browser, has `list`, which was made with what `rows` were then, follow them. A row that shows the same stays the
/// element that it is, with what is unfolded, typed and focused in it.
pub fn follow(list: NodeRef<Ul>, rows: Memo<Rows>) {
    let mut shown = rows.get_untracked();
    Effect::new(move || {
        let fresh = rows.get();
        if let Some(list) = list.get_untracked()
            && fresh != shown
        {
            replace(&list, &shown, &fresh);
            shown = fresh;
        }
    });
}

/// Has a list of the rows `old` show `new`.
fn replace(list: &Element, old: &Rows, new: &Rows) {
    let first = list.first_element_child();
    let mut there: Vec<_> = std::iter::successors(first, Element::next_element_sibling).map(Some).collect();
    let kept: Vec<_> = places(old, new).into_iter().map(|place| there.get_mut(place?)?.take()).collect();
    for gone in there.into_iter().flatten() {
        gone.remove();
    }
    let mut next = list.first_element_child();
    for (row, kept) in new.iter().zip(kept) {
        // None of these fails for elements of one list.
        match (kept, &next) {
            (Some(kept), Some(at)) if kept == *at => next = kept.next_element_sibling(),
            (Some(kept), at) => drop(list.insert_before(&kept, at.as_deref())),
            (None, Some(at)) => drop(at.insert_adjacent_html("beforebegin", row)),
            (None, None) => drop(list.insert_adjacent_html("beforeend", row)),
        }
    }
}

/// For each of the rows `new`, the place of the one among `old` that shows the same.
fn places(old: &Rows, new: &Rows) -> Vec<Option<usize>> {
    let mut places: HashMap<&str, usize> = old.iter().zip(0..).collect();
    new.iter().map(|row| places.remove(row)).collect()
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    fn rows(all: &[(&str, &str)]) -> Rows {
        let mut rows = Writer::new(all.len(), |[name, about]| {
            html! { li title=(name) { b { (name) } " " (about) " …" } }
        });
        for (name, about) in all {
            rows.add([name, about]);
        }
        rows.finish()
    }

    #[test]
    fn a_row_is_the_template_with_its_own_in_the_gaps() {
        let rows = rows(&[("ada", "A & <b>"), ("bo\u{80}", "")]);
        let whole: Vec<&str> = rows.iter().collect();
        assert_eq!(
            whole,
            [
                r#"<li title="ada"><b>ada</b> A &amp; &lt;b&gt; …</li>"#,
                "<li title=\"bo\u{80}\"><b>bo\u{80}</b>  …</li>"
            ]
        );
        assert_eq!(rows.inside(), whole.concat());
    }

    #[test]
    fn no_rows_are_no_text() {
        let none = rows(&[]);
        assert!(none.is_empty() && none.inside().is_empty() && none.iter().next().is_none());
    }

    #[test]
    fn a_row_that_shows_the_same_is_found_again_and_only_once() {
        let old = rows(&[("ada", "admin"), ("bo", "viewer"), ("cy", "viewer")]);
        let new = rows(&[("cy", "viewer"), ("ada", "viewer"), ("bo", "viewer"), ("bo", "viewer")]);
        assert_eq!(places(&old, &new), [Some(2), None, Some(1), None]);
        assert_eq!(places(&old, &old), [Some(0), Some(1), Some(2)]);
    }
}
