//! The rail at the left: where one can go, and how much waits there. On a phone it is the bar at the bottom.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::places::{ACCOUNT, PLACES, Place};
use crate::components::{Icon, Sigil};
use crate::live::use_live;

/// The rail.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let live = use_live();
    let for_all = PLACES.into_iter().filter(|place| place.takes.is_none() && *place != ACCOUNT);
    let for_some = move || {
        let offered = |place: &Place| place.takes.is_some() && live.me.with(|me| place.is_for(me.as_ref()));
        PLACES
            .into_iter()
            .filter(offered)
            .map(|place| view! { <li class="rail-admin"><PlainLink place/></li> })
            .collect_view()
    };
    view! {
        <nav class="rail" aria-label="Workshop">
            <a class="brand" href="/">
                <Sigil name="tatwats-13"/>
                <span>"TATWATS"<small>"The workshop"</small></span>
            </a>
            <ul class="rail-places">
                {for_all.map(|place| view! { <li><RailLink place/></li> }).collect_view()}
                <Suspense>
                    {move || Suspend::new(async move {
                        // Why it failed is told by the page itself.
                        let _ = live.ready().await;
                        for_some
                    })}
                </Suspense>
            </ul>
            <Foot/>
        </nav>
    }
}

/// Who looks, leading to their account.
#[component]
fn Foot() -> impl IntoView {
    let live = use_live();
    let path = use_location().pathname;
    let here = move || path.with(|path| ACCOUNT.holds(path)).then_some("page");
    let who = move || match live.me.get() {
        Some(me) => view! {
            <Sigil name=me.name.to_string() size="s"/>
            <span class="rail-name">{me.display_name}<small>"Your account"</small></span>
        }
        .into_any(),
        None => view! { <Icon shape=ACCOUNT.shape/><span class="rail-name">"Your account"</span> }.into_any(),
    };
    view! {
        <a class="rail-foot" href=ACCOUNT.path aria-current=here>
            <Suspense>
                {move || Suspend::new(async move {
                    // Who may see nothing has an account all the same.
                    let _ = live.ready().await;
                    who
                })}
            </Suspense>
        </a>
    }
}

/// A link that has nothing to count. It waits for nothing, so it can stand in what is waited for.
#[component]
fn PlainLink(place: Place) -> impl IntoView {
    let path = use_location().pathname;
    let here = move || path.with(|path| place.holds(path)).then_some("page");
    view! {
        <a class="rail-link" href=place.path aria-current=here>
            <Icon shape=place.shape/>
            <span class="rail-name">{place.name}</span>
        </a>
    }
}

#[component]
fn RailLink(place: Place) -> impl IntoView {
    let live = use_live();
    let path = use_location().pathname;
    let here = move || path.with(|path| place.holds(path)).then_some("page");
    let count = live.slice(move |workshop| match place.path {
        "/conversations" => {
            i64::try_from(workshop.conversations.iter().filter(|entry| entry.unread() > 0).count()).unwrap_or(0)
        }
        "/helpers" => i64::try_from(workshop.helpers.len()).unwrap_or(0),
        "/projects" => i64::try_from(workshop.projects.len()).unwrap_or(0),
        _ => 0,
    });
    let unread = place.path == "/conversations";
    let badge = move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <span class="rail-count" data-hot=unread.to_string()>
                    {count}
                    {unread.then(|| view! { <span class="sr-only">" unread"</span> })}
                </span>
            }
        })
    };
    view! {
        <a class="rail-link" href=place.path aria-current=here>
            <Icon shape=place.shape/>
            <span class="rail-name">{place.name}</span>
            <Suspense>{move || Suspend::new(async move {
                // Why it failed is told by the page itself.
                let _ = live.ready().await;
                badge
            })}</Suspense>
        </a>
    }
}
