//! The bar at the top: where you are, search, the stream's badge, appearance.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::appearance::Appearance;
use super::connection::ConnectionBadge;
use super::places::PLACES;
use crate::components::{Icon, Shape};
use crate::live::use_live;

/// The bar.
#[component]
pub(super) fn TopBar(
    /// Whether the palette is open.
    palette: RwSignal<bool>,
    /// Whether the list of keys is open.
    help: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <header class="top">
            <Crumbs/>
            // Without JavaScript this is a search form; with it, the palette opens in its place.
            <form class="find" role="search" aria-label="Everywhere" action="/conversations" method="get">
                <Icon shape=Shape::Lens/>
                <input
                    type="search"
                    name="q"
                    placeholder="Search or do anything"
                    aria-label="Search messages"
                    autocomplete="off"
                    on:click=move |_| palette.set(true)
                />
                <kbd>"Ctrl K"</kbd>
            </form>
            <ConnectionBadge/>
            <button type="button" class="icon-button keys-button" title="Keys (?)" on:click=move |_| help.set(true)>
                <Icon shape=Shape::Keys/>
                <span class="sr-only">"Keys"</span>
            </button>
            <Appearance/>
        </header>
    }
}

/// Where you are: the place, and what is open in it.
#[component]
fn Crumbs() -> impl IntoView {
    let live = use_live();
    let path = use_location().pathname;
    let place = move || path.with(|path| PLACES.iter().find(|place| place.holds(path)).copied());
    let inner = Memo::new(move |_| {
        let path = path.get();
        let mut parts = path.trim_matches('/').splitn(2, '/');
        let (place, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_owned());
        match place {
            "conversations" if !rest.is_empty() => live
                .slice(move |workshop| {
                    let found = workshop.conversations.iter().find(|entry| entry.conversation.id.to_string() == rest);
                    found.map(|entry| entry.conversation.title.clone()).unwrap_or_default()
                })
                .get(),
            _ => rest,
        }
    });
    let inside = move || {
        (!inner.with(String::is_empty))
            .then(|| view! { <span class="crumb-sep" aria-hidden="true">"/"</span><b>{inner.get()}</b> })
    };
    view! {
        <nav class="crumbs" aria-label="You are here">
            {move || match place() {
                Some(place) if place.path == "/" => view! { <span>"Workshop"</span><span class="crumb-sep" aria-hidden="true">"/"</span><b>"Overview"</b> }.into_any(),
                Some(place) => view! { <a href=place.path>{place.name}</a> }.into_any(),
                None => view! { <a href="/">"Workshop"</a> }.into_any(),
            }}
            <Suspense>{move || Suspend::new(async move {
                // Why it failed is told by the page itself.
                let _ = live.ready().await;
                inside
            })}</Suspense>
        </nav>
    }
}
