//! A choice of roles, with what each of them may do.

use domain::Role;
use leptos::prelude::*;

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
    let option = |role: Role| view! { <option value=role.name() selected=chosen == Some(role) title=role.meaning()>{role.name()}</option> };
    let roles = Role::ALL.into_iter().filter(|role| *role <= most).map(option).collect_view();
    view! {
        <label for=id.clone() class:sr-only=quiet>{label}</label>
        <select id=id name="role">
            {or_none.then(|| view! { <option value="" selected=chosen.is_none()>"no role"</option> })}
            {roles}
        </select>
    }
}
