//! The bar at the top: where you are, search, the stream's badge, appearance.

use leptos::html::Header;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::hooks::use_location;
use maud::{Markup, html};

use super::appearance::{self, appearance};
use super::connection::{self, connection_badge};
use super::places::PLACES;
use crate::components::forms::Forms;
use crate::components::{Shape, text};
use crate::live::{Live, use_live};

/// The bar: one text, whose buttons say what they do.
#[component]
pub(super) fn TopBar(
    /// Whether the palette is open.
    palette: RwSignal<bool>,
    /// Whether the list of keys is open.
    help: RwSignal<bool>,
) -> impl IntoView {
    let live = use_live();
    let path = use_location().pathname;
    let forms = Forms::new();
    let inside = Memo::new(move |_| path.with(|path| top_bar(live, path, forms)).into_string());
    let bar = NodeRef::<Header>::new();
    text::follow(bar, inside);
    let pressed = move |event: leptos::ev::MouseEvent| match does(&event).as_deref() {
        Some("find") => palette.set(true),
        Some("connect") => connection::press(live),
        Some("keys") => help.set(true),
        Some(theme) => appearance::choose(theme, bar),
        None => {}
    };
    view! {
        <header
            class="top"
            node_ref=bar
            on:click=pressed
            on:submit=move |event| forms.send(&event)
            on:focusout=move |event| appearance::left(&event, bar)
            inner_html=inside.get_untracked()
        ></header>
    }
}

/// What the thing that was pressed does.
fn does(event: &leptos::ev::MouseEvent) -> Option<String> {
    let pressed = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    pressed.closest("[data-does]").ok()??.get_attribute("data-does")
}

fn top_bar(live: Live, path: &str, forms: Forms) -> Markup {
    html! {
        (crumbs(live, path))
        // Without JavaScript this is a search form; with it, the palette opens in its place.
        form.find role="search" aria-label="Everywhere" action="/conversations" method="get" {
            (Shape::Lens)
            input type="search" name="q" placeholder="Search or do anything" aria-label="Search messages" autocomplete="off" data-does="find";
            kbd { "Ctrl K" }
        }
        (connection_badge(live))
        button.icon-button.keys-button type="button" title="Keys (?)" data-does="keys" {
            (Shape::Keys)
            span.sr-only { "Keys" }
        }
        (appearance(forms))
    }
}

/// Where you are: the place, and what is open in it.
fn crumbs(live: Live, path: &str) -> Markup {
    let (place, rest) = path.trim_matches('/').split_once('/').unwrap_or_default();
    let inner = match place {
        "conversations" => live.of(|workshop| {
            let found = workshop.conversations.iter().find(|entry| entry.conversation.id.to_string() == rest);
            found.map(|entry| entry.conversation.title.clone()).unwrap_or_default()
        }),
        _ => rest.to_owned(),
    };
    let separator = html! { span.crumb-sep aria-hidden="true" { "/" } };
    html! {
        nav.crumbs aria-label="You are here" {
            @match PLACES.iter().find(|place| place.holds(path)) {
                Some(place) if place.path == "/" => { span { "Workshop" } (separator) b { "Overview" } }
                Some(place) => a href=(place.path) { (place.name) },
                None => a href="/" { "Workshop" },
            }
            @if !inner.is_empty() { (separator) b { (inner) } }
        }
    }
}
