//! Helpers: the list, and the one that is open in it.

mod acts;
mod commands;
mod controls;
mod detail;
mod facts;
mod list;
mod log;
mod persona;
mod persona_draft;
mod queue;
mod queue_view;

use domain::HelperName;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{LiveTitle, WithWorkshop, problem};
use crate::error::AppError;
use crate::json::resource;
use acts::load_helper;
use detail::Detail;
use list::HelperList;

/// The page at `/helpers` and `/helpers/NAME`.
#[component]
pub fn HelpersPage() -> impl IntoView {
    let params = use_params_map();
    let open = Memo::new(move |_| params.with(|params| params.get("name")));
    // Outside of anything that waits, so that server and browser number it alike.
    let detail = resource(
        move || open.get(),
        |name| async move {
            let Some(name) = name else { return Ok(None) };
            let name: HelperName = name.parse().map_err(|_| AppError::not_found("helper"))?;
            load_helper(name).await.map(Some)
        },
    );
    let title = Memo::new(move |_| open.get().unwrap_or_else(|| "Helpers".into()));
    view! {
        <LiveTitle text=title/>
        <WithWorkshop>
            <main class="split" id="main" data-open=move || open.with(Option::is_some).to_string()>
                <HelperList open/>
                <Transition>
                    {move || Suspend::new(async move {
                        match detail.await {
                            Ok(None) => ().into_any(),
                            Ok(Some(loaded)) => view! { <Detail loaded again=move || detail.refetch()/> }.into_any(),
                            Err(error) => view! { <div class="page" inner_html=problem(&error).into_string()></div> }.into_any(),
                        }
                    })}
                </Transition>
            </main>
        </WithWorkshop>
    }
}
