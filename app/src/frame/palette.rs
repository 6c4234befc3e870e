//! The palette: search, and go anywhere. `Ctrl K` opens it.

mod entries;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::components::Icon;
use crate::live::use_live;
use entries::{Entry, matching};

/// The palette.
#[component]
pub(super) fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let live = use_live();
    let dialog = NodeRef::<html::Dialog>::new();
    open_with(dialog, open);
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    // Nothing is looked for while it is closed, so that events cost nothing here.
    let all = live.slice(move |workshop| live.me.with(|me| entries::all(workshop, me.as_ref())));
    let found = Memo::new(move |_| if open.get() { all.with(|all| matching(all, &typed.get())) } else { Vec::new() });
    Effect::new(move |_| {
        if open.get() {
            typed.set(String::new());
            chosen.set(0);
        }
    });
    let navigate = use_navigate();
    let go = StoredValue::new(move |entry: &Entry| {
        open.set(false);
        navigate(&entry.path, NavigateOptions::default());
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let count = found.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(entry) = found.with(|found| found.get(chosen.get()).cloned()) {
                    go.with_value(|go| go(&entry));
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <dialog class="sheet palette" aria-label="Search or do anything" node_ref=dialog on:close=move |_| open.set(false)>
            <input
                type="text"
                class="palette-input"
                placeholder="Search or do anything"
                aria-label="Search or do anything"
                role="combobox"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=move || format!("palette-{}", chosen.get())
                autocomplete="off"
                spellcheck="false"
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    chosen.set(0);
                }
                on:keydown=on_key
            />
            <ul class="palette-list" id="palette-list" role="listbox" aria-label="What was found">
                {move || {
                    found
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(index, entry)| {
                            let shown = entry.clone();
                            view! {
                                <li
                                    id=format!("palette-{index}")
                                    role="option"
                                    aria-selected=move || (chosen.get() == index).to_string()
                                    on:click=move |_| go.with_value(|go| go(&entry))
                                    on:pointermove=move |_| chosen.set(index)
                                >
                                    <Icon shape=shown.shape/>
                                    <span class="palette-name">{shown.name}</span>
                                    <span class="faint">{shown.kind}</span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </dialog>
    }
}

/// Shows a dialog as a modal one while `open`, and closes it when pressed beside it.
pub(super) fn open_with(dialog: NodeRef<html::Dialog>, open: RwSignal<bool>) {
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
            use leptos::wasm_bindgen::JsCast;
            let beside =
                event.target().is_some_and(|target| target.dyn_ref::<web_sys::Element>() == Some(itself.as_ref()));
            if beside {
                open.set(false);
            }
        });
        on_cleanup(move || handle.remove());
    });
}
