//! Light, dark or as the system has it: a small menu that also works without JavaScript.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::{ev, html::Header};
use maud::{Markup, html};

use crate::components::Shape;
use crate::components::forms::Forms;
use crate::theme::{ChooseTheme, Theme};

/// The menu, as text.
pub(super) fn appearance(forms: Forms) -> Markup {
    let words = |theme: Theme| match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    };
    let choices = html! {
        @for theme in Theme::ALL {
            button.menu-item name="theme" value=(theme.name()) data-does=(theme.name()) { (words(theme)) }
        }
    };
    html! {
        details.menu {
            summary.icon-button title="Appearance" {
                (Shape::Theme)
                span.sr-only { "Appearance" }
            }
            div.menu-body { (forms.form::<ChooseTheme>("appearance").with(&choices)) }
        }
    }
}

/// Shows the choice of that name at once; the form keeps it.
pub(super) fn choose(name: &str, bar: NodeRef<Header>) {
    let Some(theme) = Theme::ALL.into_iter().find(|theme| theme.name() == name) else { return };
    let Some(root) = document().document_element() else { return };
    // Fails for malformed names only.
    let _ = match theme.attribute() {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
    close(bar, None);
}

/// Closes the menu when the focus goes elsewhere, as menus do.
pub(super) fn left(event: &ev::FocusEvent, bar: NodeRef<Header>) {
    close(bar, event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok()));
}

/// Closes the menu unless `to` is in it.
fn close(bar: NodeRef<Header>, to: Option<web_sys::Node>) {
    let menu = bar.get_untracked().and_then(|bar| bar.query_selector("details.menu[open]").ok().flatten());
    if let Some(menu) = menu.filter(|menu| !menu.contains(to.as_ref())) {
        // Fails for malformed names only.
        let _ = menu.remove_attribute("open");
    }
}
