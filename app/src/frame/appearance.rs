//! Light, dark or as the system has it: a small menu that also works without JavaScript.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::{ev, html};

use crate::components::{Icon, Shape};
use crate::theme::{ChooseTheme, Theme};

/// The menu.
#[component]
pub(super) fn Appearance() -> impl IntoView {
    let choose = ServerAction::<ChooseTheme>::new();
    let words = |theme: Theme| match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    };
    let menu = NodeRef::<html::Details>::new();
    // Closes when the focus goes elsewhere, as menus do.
    let left = move |event: ev::FocusEvent| {
        let Some(menu) = menu.get_untracked() else { return };
        let to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if !menu.contains(to.as_ref()) {
            menu.set_open(false);
        }
    };
    view! {
        <details class="menu" node_ref=menu on:focusout=left>
            <summary class="icon-button" title="Appearance">
                <Icon shape=Shape::Theme/>
                <span class="sr-only">"Appearance"</span>
            </summary>
            <div class="menu-body">
                <ActionForm action=choose>
                    {Theme::ALL
                        .into_iter()
                        .map(|theme| view! {
                            <button class="menu-item" name="theme" value=theme.name() on:click=move |_| {
                                show(theme);
                                if let Some(menu) = menu.get_untracked() {
                                    menu.set_open(false);
                                }
                            }>{words(theme)}</button>
                        })
                        .collect_view()}
                </ActionForm>
            </div>
        </details>
    }
}

/// Shows the choice at once; the form keeps it.
fn show(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    // Fails for malformed names only.
    let _ = match theme.attribute() {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
}
