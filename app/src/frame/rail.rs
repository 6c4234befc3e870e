//! The rail at the left: where one can go, and how much waits there. On a phone it is the bar at the bottom.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::places::{PLACES, Place};
use crate::components::{Icon, Sigil};
use crate::live::use_live;

/// The rail.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let live = use_live();
    view! {
        <nav class="rail" aria-label="Workshop">
            <a class="brand" href="/">
                <Sigil name="tatwats-13"/>
                <span>"TATWATS"<small>"The workshop"</small></span>
            </a>
            <ul class="rail-places">
                {PLACES.into_iter().map(|place| view! { <li><RailLink place/></li> }).collect_view()}
            </ul>
            <div class="rail-foot">
                <Suspense>
                    {move || Suspend::new(async move {
                        let viewer = live.ready().await.ok().and_then(|()| live.peek(|workshop| workshop.viewer.to_string()));
                        viewer.map(|name| view! {
                            <Sigil name=name.clone() size="s"/>
                            <span>{name}<small>"on this machine"</small></span>
                        })
                    })}
                </Suspense>
            </div>
        </nav>
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
