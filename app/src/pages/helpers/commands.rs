//! What a helper can be asked for by name.

use domain::projection::HelperEntry;
use leptos::prelude::*;

use crate::components::EmptyState;

/// The list of its commands.
#[component]
pub(super) fn Commands(
    /// The helper as it stands.
    entry: Memo<HelperEntry>,
) -> impl IntoView {
    let commands = Memo::new(move |_| entry.with(|entry| entry.helper.commands.clone()));
    view! {
        <section class="section" aria-labelledby="commands-title">
            <div class="section-head"><h2 id="commands-title">"Commands"</h2></div>
            <Show
                when=move || !commands.with(Vec::is_empty)
                fallback=|| view! {
                    <EmptyState
                        title="No commands announced"
                        text="A helper announces what it can do once it is running. It may still answer free text."
                    />
                }
            >
                <dl class="command-list">
                    {move || {
                        commands
                            .get()
                            .into_iter()
                            .map(|command| view! {
                                <dt><code>"/"{command.name}" "{command.hint}</code></dt>
                                <dd>{command.description}</dd>
                            })
                            .collect_view()
                    }}
                </dl>
            </Show>
        </section>
    }
}
