//! An empty state that teaches: what this is, one thing to do, and the same thing as a command line.

use leptos::prelude::*;
use maud::{Markup, html};

/// What to show where nothing is yet.
#[component]
pub fn EmptyState(
    /// What is empty, in a few words.
    #[prop(into)]
    title: String,
    /// What it is for and how it fills.
    #[prop(into)]
    text: String,
    /// The same as a command line.
    #[prop(optional, into)]
    command: Option<String>,
    /// The one button (or form).
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            <p>{text}</p>
            {children.map(|children| children())}
            {command.map(|command| view! { <p class="empty-command">"Or on the command line: " <code>{command}</code></p> })}
        </div>
    }
}

/// The same in a part that is text.
#[must_use]
pub fn empty_state(title: &str, text: &str, command: &str) -> Markup {
    html! {
        div.empty {
            p.empty-title { (title) }
            p { (text) }
            p.empty-command { "Or on the command line: " code { (command) } }
        }
    }
}
