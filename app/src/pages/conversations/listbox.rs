//! The list of completions above the composer: by keyboard, mouse or touch.

use leptos::prelude::*;

use super::completion::{self, Query, Suggestion};
use crate::components::Sigil;

/// What can be chosen now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// What is being typed.
    pub query: Query,
    /// What fits; never empty.
    pub list: Vec<Suggestion>,
    /// Which one Enter takes.
    pub active: usize,
}

impl Choices {
    /// Moves up or down, around the ends.
    pub fn step(&mut self, by: isize) {
        let count = self.list.len().max(1);
        self.active = self.active.saturating_add(count).saturating_add_signed(by) % count;
    }

    /// `text` with the choice `at` put in, and the caret after it, in bytes.
    #[must_use]
    pub fn accept(&self, text: &str, at: usize) -> (String, usize) {
        match self.list.get(at) {
            Some(suggestion) => completion::accept(text, &self.query, suggestion),
            None => (text.to_owned(), text.len()),
        }
    }
}

/// The id of the option `at`.
#[must_use]
pub fn option_id(at: usize) -> String {
    format!("say-choice-{at}")
}

/// The list of completions; nothing while there is nothing to choose.
#[component]
pub fn ListBox<F>(
    /// What can be chosen now.
    choices: RwSignal<Option<Choices>>,
    /// Takes the choice at an index.
    pick: F,
) -> impl IntoView
where
    F: Fn(usize) + Copy + Send + Sync + 'static,
{
    let count = move || choices.with(|choices| choices.as_ref().map_or(0, |choices| choices.list.len()));
    let said = move || match count() {
        0 => String::new(),
        count => format!(
            "{}, arrow keys choose, Enter takes",
            crate::format::counted(i64::try_from(count).unwrap_or(0), "suggestion")
        ),
    };
    view! {
        <p class="sr-only" role="status">{said}</p>
        {move || {
            choices.get().map(|Choices { list, active, .. }| {
                let options = list.into_iter().enumerate().map(|(at, suggestion)| {
                    let Suggestion { helper, label, hint, description, .. } = suggestion;
                    view! {
                        <li
                            id=option_id(at)
                            class="choice"
                            role="option"
                            aria-selected=(at == active).to_string()
                            // Keeps the focus, and with it the list, where it is until the choice is made.
                            on:pointerdown=|event| event.prevent_default()
                            on:click=move |_| pick(at)
                        >
                            <Sigil name=helper.to_string() size="s"/>
                            <span class="choice-label">{label}" "<span class="faint">{hint}</span></span>
                            <span class="choice-text">{description}</span>
                        </li>
                    }
                });
                view! { <ul class="choices" id="say-choices" role="listbox" aria-label="Suggestions">{options.collect_view()}</ul> }
            })
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::super::completion::{Kind, MOST};
    use super::*;

    #[test]
    fn stepping_goes_around() {
        let suggestion = |label: &str| Suggestion {
            helper: "the_author".parse().unwrap(),
            label: label.into(),
            hint: String::new(),
            description: String::new(),
            text: format!("{label} "),
        };
        let query = Query { start: 0, end: 1, word: String::new(), kind: Kind::Mention };
        let mut choices =
            Choices { query, list: vec![suggestion("@a"), suggestion("@b"), suggestion("@c")], active: 0 };
        choices.step(-1);
        assert_eq!(choices.active, 2);
        choices.step(1);
        assert_eq!(choices.active, 0);
        assert_eq!(choices.accept("@", 1), ("@b ".to_owned(), 3));
        assert_eq!(choices.accept("@", MOST), ("@".to_owned(), 1));
    }
}
