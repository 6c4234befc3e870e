//! The keys: `?` lists them, `g` and a letter goes somewhere, `Ctrl K` or `/` opens the palette.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::places::{PLACES, Place};
use crate::components::{Icon, Shape};
use crate::live::use_live;

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
    // Listed once it is opened: by then it is known who looks.
    let places = move || {
        let line = |place: Place| view! { <div><dt><kbd>"g"</kbd>" then "<kbd>{place.key}</kbd></dt><dd>"Go to " {place.name}</dd></div> };
        let offered = |place: &Place| live.me.with(|me| place.is_for(me.as_ref()));
        open.get().then(|| PLACES.into_iter().filter(offered).map(line).collect_view())
    };
    view! {
        <dialog class="sheet" aria-labelledby="keys-title" node_ref=dialog on:close=move |_| open.set(false)>
            <div class="sheet-head">
                <h2 id="keys-title">"Keys"</h2>
                <button type="button" class="icon-button" on:click=move |_| open.set(false)>
                    <Icon shape=Shape::Cross/>
                    <span class="sr-only">"Close"</span>
                </button>
            </div>
            <dl class="keys">
                <div><dt><kbd>"Ctrl"</kbd>" "<kbd>"K"</kbd>" or "<kbd>"/"</kbd></dt><dd>"Search or do anything"</dd></div>
                {places}
                <div><dt><kbd>"?"</kbd></dt><dd>"This list"</dd></div>
                <div><dt><kbd>"Esc"</kbd></dt><dd>"Close what floats"</dd></div>
                <div><dt><kbd>"Ctrl"</kbd>" "<kbd>"Enter"</kbd></dt><dd>"Send what you are writing"</dd></div>
            </dl>
        </dialog>
    }
}
