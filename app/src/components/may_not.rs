//! What stands in place of what someone may not do: why, in words.

use leptos::prelude::*;

use super::{Icon, Shape};

/// Why something is not offered.
#[component]
pub fn MayNot(
    /// The reason.
    why: String,
) -> impl IntoView {
    view! { <p class="may-not"><Icon shape=Shape::Lock/><span>{why}</span></p> }
}
