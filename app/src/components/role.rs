//! A choice of roles, with what each of them may do.

use std::sync::LazyLock;

use domain::Role;
use leptos::prelude::*;
use maud::{Markup, html};

/// A labelled choice of one role, the least first.
#[component]
pub fn RoleSelect(
    /// The id of the choice; the form sends it as `role`.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Whether the label is for screen readers only.
    #[prop(optional)]
    quiet: bool,
    /// The most that can be chosen.
    #[prop(default = Role::Admin)]
    most: Role,
    /// What is chosen at first; none: no role.
    #[prop(optional_no_strip)]
    chosen: Option<Role>,
    /// Whether no role at all can be chosen.
    #[prop(optional)]
    or_none: bool,
) -> impl IntoView {
    view! {
        <label for=id.clone() class:sr-only=quiet>{label}</label>
        <select id=id name="role" inner_html=options(most, chosen, or_none).into_string()></select>
    }
}

/// The same, up to the highest role or none, in a row that is written as text.
#[must_use]
pub fn role_select(id: &str, label: &str, chosen: Option<Role>) -> Markup {
    // The same in every row, so they are written once.
    static OPTIONS: LazyLock<Vec<(Option<Role>, Markup)>> = LazyLock::new(|| {
        let chosen = Role::ALL.into_iter().map(Some).chain([None]);
        chosen.map(|chosen| (chosen, options(Role::Admin, chosen, true))).collect()
    });
    let options = OPTIONS.iter().find(|(choice, _)| *choice == chosen).map(|(_, options)| options);
    html! {
        label for=(id) { (label) }
        select id=(id) name="role" { @if let Some(options) = options { (options) } }
    }
}

fn options(most: Role, chosen: Option<Role>, or_none: bool) -> Markup {
    html! {
        @if or_none {
            option value="" selected[chosen.is_none()] { "no role" }
        }
        @for role in Role::ALL.into_iter().filter(|role| *role <= most) {
            option value=(role.name()) selected[chosen == Some(role)] title=(role.meaning()) { (role.name()) }
        }
    }
}
