//! Shows a page that is about the workshop, or why there is none to show.

use leptos::prelude::*;

use super::ProblemPage;
use crate::live::use_live;

/// Shows its children, which may take slices of the workshop.
#[component]
pub fn WithWorkshop(
    /// The page.
    children: Children,
) -> impl IntoView {
    match use_live().missing.get_value() {
        None => children(),
        Some(error) => view! { <ProblemPage error/> }.into_any(),
    }
}
