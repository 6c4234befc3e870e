//! The OpenAPI document as a page for people: server-rendered, no scripts, nothing from elsewhere.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::openapi;
use super::style::STYLE;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page. Made once.
pub(super) fn html() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| page(&serde_json::to_value(openapi()).unwrap_or_default()))
}

/// One operation and where it lies.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    what: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(self.what, "operationId")
    }
}

fn page(document: &Value) -> String {
    let tags: Vec<(&Value, Vec<Operation>)> =
        list(document, "tags").iter().map(|tag| (tag, operations(document, text(tag, "name")))).collect();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let about: String =
        text(&document["info"], "description").split("\n\n").map(|part| format!("<p>{}</p>", prose(part))).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>TATWATS for other programs</title><style>{STYLE}</style></head><body><div class=\"page\">\
         <nav aria-label=\"Contents\">{}</nav><main><h1>TATWATS for other programs</h1>{about}\
         <ul class=\"docs\"><li><a href=\"/api/v1/openapi.json\">OpenAPI document</a></li>\
         <li><a href=\"/api/v1/asyncapi.json\">AsyncAPI document of the live stream</a></li><li><a href=\"/\">The workshop</a></li></ul>{}\
         <h2 id=\"types\">Types</h2>{}</main></div></body></html>\n",
        tags.iter().map(|(tag, operations)| contents(tag, operations)).collect::<String>()
            + "<h2><a href=\"#types\">Types</a></h2>",
        tags.iter().map(|(tag, operations)| section(tag, operations)).collect::<String>(),
        schemas.into_iter().flatten().map(|(name, schema)| type_article(name, schema)).collect::<String>(),
    )
}

fn operations<'a>(document: &'a Value, tag: &str) -> Vec<Operation<'a>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| Some(Operation { method, path, what: item.get(method)? }))
        })
        .filter(|operation| list(operation.what, "tags").iter().any(|name| name == tag))
        .collect()
}

fn contents(tag: &Value, operations: &[Operation]) -> String {
    let name = escaped(text(tag, "name"));
    let items: String = operations
        .iter()
        .map(|operation| {
            format!(
                "<li><a href=\"#{}\">{}</a></li>",
                operation.id(),
                prose(text(operation.what, "summary").trim_end_matches('.'))
            )
        })
        .collect();
    format!("<h2>{name}</h2><ul>{items}</ul>")
}

fn section(tag: &Value, operations: &[Operation]) -> String {
    let articles: String = operations.iter().map(article).collect();
    format!(
        "<h2>{}</h2><p class=\"soft\">{}</p>{articles}",
        escaped(text(tag, "name")),
        prose(text(tag, "description"))
    )
}

fn article(operation: &Operation) -> String {
    let Operation { method, path, what } = operation;
    let parameters: Vec<[String; 3]> = list(what, "parameters")
        .iter()
        .map(|parameter| {
            let place = if parameter["required"] == true {
                format!("{}, required", text(parameter, "in"))
            } else {
                text(parameter, "in").to_owned()
            };
            [
                format!("<code>{}</code><br><span class=\"soft\">{place}</span>", escaped(text(parameter, "name"))),
                kind(&parameter["schema"]),
                prose(text(parameter, "description")),
            ]
        })
        .collect();
    let body = what.pointer("/requestBody/content").map(media).unwrap_or_default();
    let answers: Vec<[String; 3]> = what["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(status, answer)| {
            [format!("<code>{status}</code>"), media(&answer["content"]), prose(text(answer, "description"))]
        })
        .collect();
    format!(
        "<article id=\"{}\"><h3><span class=\"verb {method}\">{}</span><code>{}</code></h3><p>{}</p>{}{}{}</article>",
        operation.id(),
        method.to_uppercase(),
        escaped(path),
        [text(what, "summary"), text(what, "description")].map(prose).join(" "),
        table("Parameters", &parameters),
        if body.is_empty() { String::new() } else { format!("<h4>Body</h4>{body}") },
        table("Answers", &answers),
    )
}

fn type_article(name: &str, schema: &Value) -> String {
    let mut rows = Vec::new();
    fields(schema, &mut rows);
    let plain = if rows.is_empty() { format!("<p>{}</p>", kind(schema)) } else { String::new() };
    format!(
        "<article id=\"{}\"><h3><code>{}</code></h3><p>{}</p>{plain}{}</article>",
        anchor(name),
        escaped(name),
        prose(text(schema, "description")),
        table("Fields", &rows)
    )
}

/// The fields of an object, also of those it is put together from.
fn fields(schema: &Value, rows: &mut Vec<[String; 3]>) {
    let required = list(schema, "required");
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let optional =
            if required.iter().any(|other| other == name) { "" } else { "<br><span class=\"soft\">optional</span>" };
        rows.push([
            format!("<code>{}</code>{optional}", escaped(name)),
            kind(field),
            prose(text(field, "description")),
        ]);
    }
    list(schema, "allOf").iter().filter(|part| part.get("$ref").is_none()).for_each(|part| fields(part, rows));
}

fn media(content: &Value) -> String {
    let kinds = content.as_object().into_iter().flatten().map(|(media_type, what)| match media_type.as_str() {
        "application/json" => kind(&what["schema"]),
        other => format!("<code>{}</code> {}", escaped(other), kind(&what["schema"])),
    });
    kinds.collect::<Vec<_>>().join("<br>")
}

/// What a schema allows, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#{}\"><code>{}</code></a>", anchor(name), escaped(name));
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| format!("<code>{}</code>", escaped(value.as_str().unwrap_or_default())))
            .collect::<Vec<_>>()
            .join(" · ");
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        let parts = list(schema, key);
        if !parts.is_empty() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(if key == "allOf" { " with " } else { " or " });
        }
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec!["anything"],
    };
    let shown = names.iter().map(|name| match *name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" => object(schema),
        "string" if schema["format"].is_string() => format!("string ({})", escaped(text(schema, "format"))),
        other => escaped(other),
    });
    shown.collect::<Vec<_>>().join(" or ")
}

fn object(schema: &Value) -> String {
    let named = schema["properties"].as_object().map(Map::keys).into_iter().flatten();
    let names: Vec<String> = named.map(|name| format!("<code>{}</code>", escaped(name))).collect();
    if names.is_empty() { "object".into() } else { format!("object with {}", names.join(", ")) }
}

fn table(heading: &str, rows: &[[String; 3]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rows: String = rows
        .iter()
        .map(|[name, kind, about]| format!("<tr><td>{name}</td><td>{kind}</td><td>{about}</td></tr>"))
        .collect();
    format!(
        "<h4>{heading}</h4><div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{heading}\"><table><thead><tr><th>Name</th><th>Type</th><th>About</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

fn anchor(name: &str) -> String {
    format!("type-{}", escaped(name))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Escaped, with `code` set as code; links of Rust's documentation lose their brackets.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (n, part) in text.replace("[`", "`").replace("`]", "`").split('`').enumerate() {
        let part = escaped(part);
        out.push_str(&if n % 2 == 1 { format!("<code>{part}</code>") } else { part });
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_type_has_its_place_and_every_link_a_target() {
        let html = html();
        assert!(html.contains("/api/v1/conversations/{id}/messages") && html.contains("id=\"type-Message\""));
        for link in html.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(html.contains(&format!("id=\"{target}\"")), "{target}");
        }
        assert!(!html.contains("<script") && !html.contains("src="));
    }

    #[test]
    fn nothing_from_the_document_becomes_a_tag() {
        assert_eq!(prose("<b> `a<b`"), "&lt;b&gt; <code>a&lt;b</code>");
        assert_eq!(kind(&serde_json::json!({ "type": "array", "items": { "type": "<i>" } })), "list of &lt;i&gt;");
    }
}
