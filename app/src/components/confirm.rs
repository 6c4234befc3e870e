//! A second look before something that hurts: works without JavaScript.

use leptos::prelude::*;

/// A button that first unfolds what will happen, with the real button below.
#[component]
pub fn Confirm(
    /// What the first button says.
    #[prop(into)]
    label: String,
    /// What will happen, in a sentence.
    #[prop(into)]
    warning: String,
    /// The form that does it.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="confirm">
            <summary class="btn">{label}"…"</summary>
            <div class="confirm-body">
                <p>{warning}</p>
                {children()}
            </div>
        </details>
    }
}
