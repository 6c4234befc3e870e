//! Forms in [rows](super::rows) that are written as text. They work by themselves, and are sent by where the list is.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData as _;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::wasm_bindgen::JsCast as _;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use web_sys::HtmlFormElement;

/// [`Confirm`](super::Confirm) in a row that is written as text.
#[must_use]
pub fn confirm(label: &str, warning: &str, form: &Markup) -> Markup {
    html! {
        details.confirm {
            summary.btn { (label) "…" }
            div.confirm-body {
                p { (warning) }
                (form)
            }
        }
    }
}

/// A form of that action in a row that is written as text.
#[must_use]
pub fn form<A: ServerFn>(fields: &Markup) -> Markup {
    html! {
        form action=(A::url()) method="post" { (fields) }
    }
}

/// Sends what a [form](form()) of that action in some row holds, unless it is being sent already. One that makes no sense
/// is left to the browser to send, so that the server says what is wrong with it.
pub fn send<A>(event: &SubmitEvent, action: ServerAction<A>)
where
    A: ServerFn + DeserializeOwned + Clone + Send + Sync + 'static,
    A::Output: Send + Sync + 'static,
    A::Error: Send + Sync + 'static,
{
    let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    if form.and_then(|form| form.get_attribute("action")).as_deref() != Some(A::url()) {
        return;
    }
    if let Ok(input) = A::from_event(event) {
        event.prevent_default();
        if !action.pending().get_untracked() {
            action.dispatch(input);
        }
    }
}
