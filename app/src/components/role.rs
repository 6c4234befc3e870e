//! A choice of roles, with what each of them may do.

use std::sync::LazyLock;

use domain::Role;
use leptos::prelude::*;
use maud::{Markup, Render, html};

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

/// The same, up to the highest role or none, in a row that is written as text: with these [options](role_options()).
#[must_use]
pub fn role_select(id: &impl Render, label: &str, options: &impl Render) -> Markup {
    html! {
        label for={ (id) "-role" } { (label) }
        select id={ (id) "-role" } name="role" { (options) }
    }
}

/// All roles and none, with what is chosen. The same in every row, so they are written once.
#[must_use]
pub fn role_options(chosen: Option<Role>) -> &'static Markup {
    static OPTIONS: LazyLock<([Markup; 4], Markup)> = LazyLock::new(|| {
        let chosen = |chosen| options(Role::Admin, chosen, true);
        (Role::ALL.map(|role| chosen(Some(role))), chosen(None))
    });
    let ([viewer, editor, operator, admin], none) = &*OPTIONS;
    match chosen {
        None => none,
        Some(Role::Viewer) => viewer,
        Some(Role::Editor) => editor,
        Some(Role::Operator) => operator,
        Some(Role::Admin) => admin,
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
