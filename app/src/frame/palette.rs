//! The palette: search, and go anywhere. `Ctrl K` opens it.

mod entries;

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use maud::{Markup, html};

use crate::components::text;
use crate::live::use_live;
use entries::{Entry, matching};

/// The palette.
#[component]
pub(super) fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let live = use_live();
    let dialog = NodeRef::<Dialog>::new();
    open_with(dialog, open);
    let asked = RwSignal::new(Asked::default());
    let found = move || {
        live.of(|workshop| {
            let all = live.me.with(|me| entries::all(workshop, me.as_ref()));
            asked.with(|asked| matching(&all, &asked.typed))
        })
    };
    // Nothing is looked for while it is closed, so that events cost nothing here.
    let inside = Memo::new(move |_| {
        let found = if open.get() { found() } else { Vec::new() };
        palette(&found, asked.with(|asked| asked.chosen)).into_string()
    });
    text::follow(dialog, inside);
    let navigate = use_navigate();
    let go = move |entry: Option<&Entry>| {
        if let Some(entry) = entry {
            open.set(false);
            navigate(&entry.path, NavigateOptions::default());
        }
    };
    let go_to_pointed = go.clone();
    let on_key = move |event: ev::KeyboardEvent| {
        let found = untrack(found);
        let count = found.len().max(1);
        match event.key().as_str() {
            "ArrowDown" => asked.update(|asked| asked.chosen = (asked.chosen + 1) % count),
            "ArrowUp" => asked.update(|asked| asked.chosen = (asked.chosen + count - 1) % count),
            "Enter" => go(found.get(asked.with_untracked(|asked| asked.chosen))),
            _ => return,
        }
        event.prevent_default();
    };
    // It is looked for anew each time.
    let closed = move |_| {
        open.set(false);
        asked.set(Asked::default());
        if let Some(typed) = dialog.get_untracked().and_then(|dialog| dialog.query_selector("input").ok().flatten()) {
            typed.unchecked_into::<web_sys::HtmlInputElement>().set_value("");
        }
    };
    view! {
        <dialog
            class="sheet palette"
            aria-label="Search or do anything"
            node_ref=dialog
            on:close=closed
            on:input=move |event| asked.set(Asked { typed: event_target_value(&event), chosen: 0 })
            on:keydown=on_key
            on:click=move |event| if let Some(at) = pointed(&event) { go_to_pointed(untrack(found).get(at)) }
            on:pointermove=move |event| if let Some(at) = pointed(&event) { asked.update(|asked| asked.chosen = at) }
            inner_html=inside.get_untracked()
        ></dialog>
    }
}

/// What is looked for, and which of what was found is chosen.
#[derive(Default)]
struct Asked {
    typed: String,
    chosen: usize,
}

/// What is inside the palette, with what was found.
fn palette(found: &[Entry], chosen: usize) -> Markup {
    html! {
        input.palette-input type="text" placeholder="Search or do anything" aria-label="Search or do anything" role="combobox"
            aria-expanded="true" aria-controls="palette-list" aria-activedescendant={ "palette-" (chosen) } autocomplete="off"
            spellcheck="false";
        ul.palette-list #palette-list role="listbox" aria-label="What was found" {
            @for (at, Entry { name, kind, shape, .. }) in found.iter().enumerate() {
                li id={ "palette-" (at) } role="option" aria-selected=(at == chosen) data-at=(at) {
                    (shape)
                    span.palette-name { (name) }
                    span.faint { (kind) }
                }
            }
        }
    }
}

/// Which line of the list the pointer is at.
fn pointed(event: &ev::MouseEvent) -> Option<usize> {
    let at = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("[data-at]").ok()??;
    at.get_attribute("data-at")?.parse().ok()
}

/// Shows a dialog as a modal one while `open`, and closes it when pressed beside it.
pub(super) fn open_with(dialog: NodeRef<Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() && !dialog.open() {
            // Fails only when it is shown already.
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    Effect::new(move |_| {
        let Some(element) = dialog.get() else { return };
        let itself = element.clone();
        let handle = leptos::leptos_dom::helpers::window_event_listener(ev::pointerdown, move |event| {
            let beside =
                event.target().is_some_and(|target| target.dyn_ref::<web_sys::Element>() == Some(itself.as_ref()));
            if beside {
                open.set(false);
            }
        });
        on_cleanup(move || handle.remove());
    });
}
