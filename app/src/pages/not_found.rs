//! The page for an address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::ProblemPage;
use crate::error::AppError;

/// Says so, with status 404.
#[component]
pub(super) fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found"/>
        <ProblemPage error=AppError::not_found("page")/>
    }
}
