//! The pages, and which address leads to which.

pub mod account;
pub mod conversations;
pub mod helpers;
pub mod later;
mod not_found;
pub mod operate;
pub mod overview;
pub mod people;
pub mod projects;
pub mod sandboxes;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{Lazy, SsrMode, path};

use crate::frame::Frame;
use crate::live::{Found, Live, provide_live};
use crate::raw::between_tags;
use conversations::provide_sending;
use later::{Account, Conversations, Helpers, People, Projects};
use not_found::NotFoundPage;
use overview::OverviewPage;

/// The whole of it. Pages are rendered whole before they are sent: readable without JavaScript, with the right status.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // The browser makes it beforehand, as a piece of work of its own (`frontend`).
    let live = use_context::<Live>().unwrap_or_else(|| provide_live(Found::of_page()));
    live.begin();
    provide_sending();
    view! {
        <Title formatter=|text: String| between_tags(title(&text))/>
        <Router>
            <Frame>
                <FlatRoutes fallback=|| NotFoundPage().into_any()>
                    <Route path=path!("/") view=|| OverviewPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("/conversations/:id?") view={Lazy::<Conversations>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/helpers/:name?") view={Lazy::<Helpers>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/projects/:slug?") view={Lazy::<Projects>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/people") view={Lazy::<People>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/account") view={Lazy::<Account>::new()} ssr=SsrMode::Async/>
                </FlatRoutes>
            </Frame>
        </Router>
    }
}

/// What the browser shows for a page called `text`.
fn title(text: &str) -> String {
    if text.is_empty() { "TATWATS".into() } else { format!("{text} · TATWATS") }
}
