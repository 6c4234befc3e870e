//! Marks in a template's text, and writing hostile values where they stand.

use crate::{ProjectName, Template, icon};

/// What the marks stand for.
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    pub(super) fn of(name: &ProjectName, template: &Template) -> Self {
        Self(vec![
            ("slug", name.slug().to_owned()),
            ("title", name.title().to_owned()),
            ("short_title", name.short_title()),
            ("hue", icon::hue(name.slug()).to_string()),
            ("template", format!("{} {}", template.name, template.version)),
        ])
    }
}

/// Replaces every mark `{{value|escape}}`. Values are not searched for marks again, and what is no known mark stays
/// as it is.
pub(super) fn fill(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after.split_once("}}").and_then(|(mark, after)| Some((write(mark, values)?, after))) {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn write(mark: &str, values: &Values) -> Option<String> {
    let (key, escape) = mark.split_once('|')?;
    let value = &values.0.iter().find(|(name, _)| *name == key)?.1;
    match escape {
        "html" => Some(html(value)),
        "json" => Some(json(value)),
        "md" => Some(markdown(value)),
        // For places where no character needs escaping: only values that are plain by their own rules.
        "plain" => (key != "title" && key != "short_title").then(|| value.clone()),
        _ => None,
    }
}

/// For text and quoted attributes.
fn html(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A JSON string with its quotes; also a JavaScript string, and safe inside a script element.
fn json(value: &str) -> String {
    serde_json::Value::from(value)
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Text within a line of Markdown.
fn markdown(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        // CommonMark: a backslash before any ASCII punctuation makes it plain.
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | ':' | ';' | '?' | '\'' | '"' | '-') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, title: &str) -> String {
        let name = ProjectName::with_title("pod-tracker", title).unwrap();
        fill(text, &Values::of(&name, &crate::templates()[0]))
    }

    #[test]
    fn marks_are_replaced_and_everything_else_stays() {
        assert_eq!(filled("a {{slug|plain}} b {{title|html}}.", "Pod"), "a pod-tracker b Pod.");
        for text in
            ["{{", "{{slug", "{{nope|html}}", "{{title}}", "{{title|plain}}", "{{title|nope}}", "}} {{ }}", "`${{a}}`"]
        {
            assert_eq!(filled(text, "Pod"), text);
        }
    }

    #[test]
    fn a_value_is_never_read_as_a_mark() {
        assert_eq!(filled("{{title|html}}", "{{slug|plain}}"), "{{slug|plain}}");
    }

    #[test]
    fn hostile_titles_are_harmless_in_each_place() {
        let title = r#"</script><img src=x onerror="a('b')">\ & `c`"#;
        assert_eq!(
            filled("{{title|html}}", title),
            "&lt;/script&gt;&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;\\ &amp; `c`"
        );
        let json = filled("{{title|json}}", title);
        assert!(!json.contains('<'));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), title);
        assert_eq!(filled("{{title|md}}", "[x](y) <b> *a* #1 `c` &amp;"), r"\[x\]\(y\) \<b\> \*a\* \#1 \`c\` \&amp;");
    }
}
