//! Text between the tags of a `<title>` or a `<textarea>`: the two places where Leptos writes it down as it is.

/// `text` as it must stand there. A browser sets texts and not markup, so it gets it unchanged.
#[must_use]
pub fn between_tags(text: String) -> String {
    if cfg!(feature = "ssr") { text.replace('&', "&amp;").replace('<', "&lt;") } else { text }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::between_tags;

    #[test]
    fn no_text_ends_the_element_that_it_stands_in() {
        let written = between_tags("a </title> & </textarea><b> &lt;".into());
        assert_eq!(written, "a &lt;/title> &amp; &lt;/textarea>&lt;b> &amp;lt;");
    }
}
