//! The rail at the left: where one can go, and how much waits there. On a phone it is the bar at the bottom.

use domain::projection::Workshop;
use leptos::html::Nav;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use maud::{Markup, html};

use super::places::{ACCOUNT, PLACES, Place};
use crate::components::{sigil, text};
use crate::live::{Me, use_live};

/// The rail: one text.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let live = use_live();
    let path = use_location().pathname;
    let inside = Memo::new(move |_| {
        let count = |place: &Place| live.of(|workshop| count(place, workshop));
        path.with(|path| live.me.with(|me| rail(path, me.as_ref(), count))).into_string()
    });
    let nav = NodeRef::<Nav>::new();
    text::follow(nav, inside);
    view! { <nav class="rail" aria-label="Workshop" node_ref=nav inner_html=inside.get_untracked()></nav> }
}

/// How much waits at a place.
fn count(place: &Place, workshop: &Workshop) -> usize {
    match place.path {
        "/conversations" => workshop.conversations.iter().filter(|entry| entry.unread() > 0).count(),
        "/helpers" => workshop.helpers.len(),
        "/projects" => workshop.projects.len(),
        _ => 0,
    }
}

fn rail(path: &str, me: Option<&Me>, count: impl Fn(&Place) -> usize) -> Markup {
    let here = |place: &Place| place.holds(path).then_some("page");
    html! {
        a.brand href="/" {
            (sigil("tatwats-13", "m"))
            span { "TATWATS" small { "The workshop" } }
        }
        ul.rail-places {
            @for place in PLACES.iter().filter(|place| **place != ACCOUNT && place.is_for(me)) {
                li class=[place.takes.map(|_| "rail-admin")] {
                    a.rail-link href=(place.path) aria-current=[here(place)] {
                        (place.shape)
                        span.rail-name { (place.name) }
                        (badge(place, count(place)))
                    }
                }
            }
        }
        // Who looks, leading to their account.
        a.rail-foot href=(ACCOUNT.path) aria-current=[here(&ACCOUNT)] {
            @match me {
                Some(me) => {
                    (sigil(me.name.as_str(), "s"))
                    span.rail-name { (me.display_name) small { "Your account" } }
                }
                None => { (ACCOUNT.shape) span.rail-name { "Your account" } }
            }
        }
    }
}

fn badge(place: &Place, count: usize) -> Markup {
    let unread = place.path == "/conversations";
    html! {
        @if count > 0 {
            span.rail-count data-hot=(unread) { (count) @if unread { span.sr-only { " unread" } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Grants, Role};

    use super::*;

    #[test]
    fn the_rail_says_where_one_is_how_much_waits_and_who_looks() {
        let me = |role| Me {
            name: "ada".parse().unwrap(),
            display_name: "Ada <b>".into(),
            grants: Grants::workshop(role),
            time_zone: "UTC".into(),
        };
        let written = |me: Option<&Me>| rail("/helpers/x", me, |place| place.path.len() - 1).into_string();
        let admin = written(Some(&me(Role::Admin)));
        for part in [
            r#"<a class="rail-link" href="/helpers" aria-current="page">"#,
            r#"<span class="rail-count" data-hot="true">13<span class="sr-only"> unread</span></span>"#,
            r#"<span class="rail-count" data-hot="false">7</span>"#,
            r#"<li class="rail-admin"><a class="rail-link" href="/people">"#,
            r#"Ada &lt;b&gt;<small>Your account</small>"#,
        ] {
            assert!(admin.contains(part), "{part} is not in {admin}");
        }
        // The Overview has nothing to count.
        assert_eq!(admin.matches("rail-count").count(), 4);
        let stranger = written(None);
        assert!(!stranger.contains("/people") && stranger.contains(r#"<span class="rail-name">Your account</span>"#));
    }
}
