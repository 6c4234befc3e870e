//! A secret that is shown this once: to be selected and copied, with a button for it where there is a script.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::{Icon, Shape, announce};

/// The secret, and what to do with it.
#[component]
pub fn ShownOnce(
    /// Its id.
    id: &'static str,
    /// What it is.
    #[prop(into)]
    label: String,
    /// What to do with it.
    #[prop(into)]
    advice: String,
    /// The secret itself.
    secret: String,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let copy = move |_| {
        let Some(field) = field.get_untracked() else { return };
        field.select();
        let copied = document()
            .dyn_into::<web_sys::HtmlDocument>()
            .is_ok_and(|document| document.exec_command("copy").unwrap_or(false));
        announce(if copied { "Copied." } else { "It is selected: copy it with the keyboard." });
    };
    let note = format!("{id}-note");
    view! {
        <div class="shown-once" role="status">
            <label for=id>{label}</label>
            <div class="shown-once-line">
                <input id=id class="mono" readonly spellcheck="false" autocomplete="off" value=secret aria-describedby=note.clone() node_ref=field/>
                <button type="button" class="btn needs-script" on:click=copy><Icon shape=Shape::Copy/>"Copy"</button>
            </div>
            <p id=note>{advice}</p>
        </div>
    }
}
