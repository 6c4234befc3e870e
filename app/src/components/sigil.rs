//! A helper's sigil, drawn from its name: it stands beside everything that helper does.

use domain::Party;
use domain::sigil::Sigil as Figure;
use leptos::prelude::*;
use maud::{Markup, PreEscaped, html};

/// The sigil of a name. The name stands beside it, so screen readers skip it.
#[component]
pub fn Sigil(
    /// Whose.
    #[prop(into)]
    name: String,
    /// `s`, `m` or `l`.
    #[prop(default = "m")]
    size: &'static str,
) -> impl IntoView {
    let figure = Figure::of(&name);
    let inside = inside(&figure);
    view! {
        <svg
            class=format!("sigil sigil-{size}")
            viewBox="0 0 40 40"
            style=format!("--hue:{}", figure.hue)
            aria-hidden="true"
            focusable="false"
            inner_html=inside
        ></svg>
    }
}

fn inside(figure: &Figure) -> String {
    figure.svg("var(--sigil-ink)", "var(--sigil-soft)")
}

/// The sigil of a name in a part that is text, in the size `s`, `m` or `l`.
#[must_use]
pub fn sigil(name: &str, size: &str) -> Markup {
    let figure = Figure::of(name);
    html! {
        svg class={ "sigil sigil-" (size) } viewBox="0 0 40 40" style={ "--hue:" (figure.hue) } aria-hidden="true" focusable="false" {
            (PreEscaped(inside(&figure)))
        }
    }
}

/// The sigil of whoever did something.
#[component]
pub fn PartySigil(
    /// Who.
    party: Party,
    /// `s`, `m` or `l`.
    #[prop(default = "m")]
    size: &'static str,
) -> impl IntoView {
    view! { <Sigil name=party.name().to_owned() size/> }
}
