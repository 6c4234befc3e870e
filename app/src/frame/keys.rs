//! The keys: `?` lists them, `g` and a letter goes somewhere, `Ctrl K` or `/` opens the palette.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use maud::{Markup, html};

use super::places::PLACES;
use crate::components::{Shape, text};
use crate::live::{Me, use_live};

/// How long after `g` the second key counts, in milliseconds.
const SECOND_KEY: f64 = 1500.0;

/// Listens to the keys of the whole page.
pub(super) fn listen(palette: RwSignal<bool>, help: RwSignal<bool>) {
    let (live, navigate) = (use_live(), use_navigate());
    // When `g` was pressed, by the clock of the events.
    let pressed_g = StoredValue::new(None::<f64>);
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let handle = window_event_listener(ev::keydown, move |event| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
                event.prevent_default();
                palette.update(|open| *open = !*open);
                return;
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || typing(&event) {
                return;
            }
            let after_g = pressed_g.try_update_value(Option::take).flatten();
            if after_g.is_some_and(|pressed| event.time_stamp() - pressed <= SECOND_KEY)
                && let Some(place) = PLACES
                    .iter()
                    .find(|place| place.key == key && live.me.with_untracked(|me| place.is_for(me.as_ref())))
            {
                event.prevent_default();
                navigate(place.path, NavigateOptions::default());
                return;
            }
            match key.as_str() {
                "g" => pressed_g.set_value(Some(event.time_stamp())),
                "?" => {
                    event.prevent_default();
                    help.set(true);
                }
                "/" => {
                    event.prevent_default();
                    palette.set(true);
                }
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Whether the key belongs to something that is typed into.
fn typing(event: &ev::KeyboardEvent) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return false;
    };
    target.is_content_editable() || matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
}

/// The list of keys.
#[component]
pub(super) fn KeysHelp(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let live = use_live();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    super::palette::open_with(dialog, open);
    let inside = Memo::new(move |_| live.me.with(|me| keys(me.as_ref())).into_string());
    text::follow(dialog, inside);
    view! {
        <dialog
            class="sheet"
            aria-labelledby="keys-title"
            node_ref=dialog
            on:close=move |_| open.set(false)
            inner_html=inside.get_untracked()
        ></dialog>
    }
}

/// What is inside the list.
fn keys(me: Option<&Me>) -> Markup {
    html! {
        div.sheet-head {
            h2 #keys-title { "Keys" }
            // Closes the dialog that it is in.
            form method="dialog" {
                button.icon-button { (Shape::Cross) span.sr-only { "Close" } }
            }
        }
        dl.keys {
            div { dt { kbd { "Ctrl" } " " kbd { "K" } " or " kbd { "/" } } dd { "Search or do anything" } }
            @for place in PLACES.iter().filter(|place| place.is_for(me)) {
                div { dt { kbd { "g" } " then " kbd { (place.key) } } dd { "Go to " (place.name) } }
            }
            div { dt { kbd { "?" } } dd { "This list" } }
            div { dt { kbd { "Esc" } } dd { "Close what floats" } }
            div { dt { kbd { "Ctrl" } " " kbd { "Enter" } } dd { "Send what you are writing" } }
        }
    }
}
