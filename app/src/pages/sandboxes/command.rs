//! The form that runs a command in a project's sandbox.

use domain::Slug;
use domain::sandbox::Preset;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::RunCommand;
use super::wording;
use crate::components::{Icon, ProblemNote, Shape, action_problem, field_problem, other_problem};

/// The presets that people choose from.
const OFFERED: [Preset; 2] = [Preset::Run, Preset::Build];

/// The form.
#[component]
pub(super) fn CommandForm(
    /// In which project.
    slug: Slug,
) -> impl IntoView {
    let run = ServerAction::<RunCommand>::new();
    let problem = action_problem(run);
    let about = field_problem(problem, "command");
    let option = |preset: Preset| {
        view! { <option value=preset.name()>{format!("{}: {}", wording::preset(preset), wording::profile(&preset.profile()))}</option> }
    };
    view! {
        <ActionForm action=run attr:class="run-form">
            <input type="hidden" name="slug" value=slug.to_string()/>
            <div class="field run-command">
                <label for="command">"Command"</label>
                <input
                    id="command"
                    name="command"
                    required
                    maxlength="16384"
                    placeholder="ls -l"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby="command-note"
                    aria-invalid=move || about.with(Option::is_some).then_some("true")
                />
                <p class="field-note" id="command-note" data-bad=move || about.with(Option::is_some).to_string()>
                    {move || about.get().unwrap_or_else(|| "It sees the project’s files as in its newest commit. What it changes is gone when it ends.".into())}
                </p>
            </div>
            <div class="field">
                <label for="preset">"Limits"</label>
                <select id="preset" name="preset">{OFFERED.map(option)}</select>
            </div>
            <label class="run-check"><input type="checkbox" name="terminal" value="yes"/>" With a terminal to type into"</label>
            <ProblemNote problem=other_problem(problem, &["command"])/>
            <p class="actions"><button class="btn go" disabled=move || run.pending().get()><Icon shape=Shape::Play/>"Run"</button></p>
        </ActionForm>
    }
}
