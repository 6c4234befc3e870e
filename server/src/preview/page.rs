//! The small pages under an app's name that are ours: they need no other file.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A page with a title and a sentence, and maybe a link. What it is made of is our own text.
pub(super) fn page(status: StatusCode, title: &str, text: &str, link: Option<(&str, &str)>) -> Response {
    // In a frame it leads out of that: the workshop shows itself in none.
    let link =
        link.map(|(href, words)| format!("<p><a href=\"{}\" target=_top>{words}</a></p>", href.replace('&', "&amp;")));
    let link = link.unwrap_or_default();
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p>{text}</p>{link}</html>"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
