//! After going to another place the focus is on its page, so that keyboards and screen readers go on from there.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::places::PLACES;

/// Moves the focus whenever another place is shown; not on the first page, and not within a place.
pub(super) fn follow_places() {
    let path = use_location().pathname;
    let place = Memo::new(move |_| path.with(|path| PLACES.iter().position(|place| place.holds(path))));
    Effect::new(move |before: Option<Option<usize>>| {
        let now = place.get();
        if before.is_some_and(|before| before != now) {
            // Once the page is there.
            request_animation_frame(focus_page);
        }
        now
    });
}

/// Puts the focus on the page itself: the next Tab leads to the first thing in it.
pub(super) fn focus_page() {
    use leptos::wasm_bindgen::JsCast;
    let Some(main) = document().get_element_by_id("main") else { return };
    // Both fail for elements that cannot hold the focus, which then stays where it is.
    let _ = main.set_attribute("tabindex", "-1");
    if let Some(main) = main.dyn_ref::<web_sys::HtmlElement>() {
        let _ = main.focus();
    }
}
