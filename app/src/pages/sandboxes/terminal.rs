//! The place where a run's output shows: a terminal that `public/terminal.js` brings to life, plain text without it.

use domain::run::Run;
use leptos::prelude::*;

/// A run's terminal. What was written so far stands in it as text, for browsers without JavaScript.
#[component]
pub(super) fn Terminal(
    /// The run as it was loaded.
    run: Run,
    /// What it had written by then; none: that is not known here.
    text: Option<String>,
    /// Whether the viewer may type.
    input: bool,
) -> impl IntoView {
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    view! {
        <run-terminal
            class="run-terminal"
            data-run=run.id.to_string()
            data-terminal=yes(run.terminal)
            data-input=yes(input && !run.is_over())
            aria-label=format!("Output of {}", run.command)
        >
            {text.map(|text| match text.is_empty() {
                true => view! { <p class="faint">"It has written nothing so far. Load the page again to see more."</p> }.into_any(),
                false => view! { <pre class="code">{text}</pre> }.into_any(),
            })}
        </run-terminal>
    }
}
