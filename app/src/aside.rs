//! Long texts of a page that lie aside while it is rendered: Leptos would copy them from one buffer into the next, five times
//! over. In the page stand marks, and the server puts the texts in their places when the rest is written.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use leptos::prelude::use_context;

/// What lies aside for one page. Cheap to clone; the server puts it into the request's extensions.
#[derive(Debug, Clone)]
pub struct Aside {
    /// What every mark has in it and nobody can know who writes what the page shows.
    secret: Arc<str>,
    texts: Arc<Mutex<Vec<Arc<String>>>>,
}

/// A text, as the bytes that are sent.
struct Shared(Arc<String>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Aside {
    /// Nothing yet. `secret` is used for this page alone, is unguessable and has no `<` in it.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.into(), texts: Arc::default() }
    }

    /// That of the page being rendered.
    #[must_use]
    pub fn of_request() -> Option<Self> {
        use_context::<axum::http::request::Parts>()?.extensions.get::<Self>().cloned()
    }

    /// Puts `text` aside. What is returned must stand in its place, as it is.
    #[must_use]
    pub fn put(&self, text: Arc<String>) -> String {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(text);
        self.mark(texts.len() - 1)
    }

    /// The page with all texts in their places, in pieces that follow each other. Nothing is copied.
    #[must_use]
    pub fn put_back(&self, mut page: Bytes) -> Vec<Bytes> {
        let texts = std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner));
        let rendered = str::from_utf8(&page).unwrap_or_default();
        // What was rendered and then left out of the page has no place in it.
        let place = |(number, text)| {
            let mark = self.mark(number);
            rendered.find(&mark).map(|at| (at..at + mark.len(), text))
        };
        let mut places: Vec<_> = texts.into_iter().enumerate().filter_map(place).collect();
        places.sort_by_key(|(mark, _)| mark.start);
        let (mut pieces, mut done) = (Vec::with_capacity(2 * places.len() + 1), 0);
        for (mark, text) in places {
            pieces.push(page.slice(done..mark.start));
            pieces.push(Bytes::from_owner(Shared(text)));
            done = mark.end;
        }
        pieces.push(page.split_off(done));
        pieces
    }

    fn mark(&self, number: usize) -> String {
        format!("<!--{} {number}-->", self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_back(aside: &Aside, page: String) -> String {
        String::from_utf8(aside.put_back(page.into()).concat()).unwrap()
    }

    #[test]
    fn texts_come_into_their_places() {
        let aside = Aside::new("s3cret");
        let [first, second] = ["<li>1</li>", "<li>2</li>"].map(|text| aside.put(Arc::new(text.into())));
        // What is put aside first need not stand first.
        assert_eq!(
            put_back(&aside, format!("<ul>{second}</ul><ol>{first}</ol>")),
            "<ul><li>2</li></ul><ol><li>1</li></ol>"
        );
    }

    #[test]
    fn what_was_left_out_of_the_page_stays_out() {
        let aside = Aside::new("s3cret");
        let [_, second] = ["first", "second"].map(|text| aside.put(Arc::new(text.into())));
        assert_eq!(put_back(&aside, format!("<p>{second}</p>")), "<p>second</p>");
    }

    #[test]
    fn a_text_that_looks_like_a_mark_stays_as_it_is() {
        let aside = Aside::new("s3cret");
        let [first, second] = ["<!--s3cret 1-->", "second"].map(|text| aside.put(Arc::new(text.into())));
        assert_eq!(put_back(&aside, format!("{first} {second}")), "<!--s3cret 1--> second");
        assert_eq!(put_back(&Aside::new("other"), "<!--s3cret 0-->".into()), "<!--s3cret 0-->");
    }
}
