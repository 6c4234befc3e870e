//! Waits for the workshop's snapshot, then shows the page; on the server the page is whole before it is sent.

use leptos::prelude::*;

use super::ProblemPage;
use crate::live::use_live;

/// Shows its children once the workshop is there; they may take slices of it.
#[component]
pub fn Ready<C>(
    /// The page.
    children: TypedChildrenFn<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let live = use_live();
    let children = children.into_inner();
    view! {
        <Suspense fallback=PageSkeleton>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    match live.ready().await {
                        Ok(()) => children().into_any(),
                        Err(error) => view! { <ProblemPage error/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// The rough shape of a page, for the moment before its content is there.
#[component]
pub fn PageSkeleton() -> impl IntoView {
    view! {
        <main class="page" id="main" aria-busy="true">
            <div class="skeleton skeleton-title"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
        </main>
    }
}
