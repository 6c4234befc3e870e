//! Labelled inputs that say what is wrong right where it is wrong.

use leptos::prelude::*;

use crate::raw::between_tags;

/// A labelled one-line input.
#[component]
pub fn Field(
    /// The name under which the form sends it; also its id.
    name: &'static str,
    /// What to type.
    #[prop(into)]
    label: String,
    /// A word of help below.
    #[prop(optional, into)]
    help: Option<String>,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// An example.
    #[prop(optional, into)]
    placeholder: String,
    /// What kind of input it is, as HTML names it.
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers and password managers may fill in, as HTML names it.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Least and most, for a number.
    #[prop(optional)]
    range: Option<(u32, u32)>,
    /// Most characters.
    #[prop(optional)]
    max: Option<u32>,
    /// The id of a `<datalist>` of what it may hold.
    #[prop(optional)]
    list: Option<&'static str>,
    /// Whether it must be filled in.
    #[prop(optional)]
    required: bool,
    /// What is wrong with it now.
    #[prop(optional, into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let note = format!("{name}-note");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                r#type=kind
                value=value
                placeholder=placeholder
                min=range.map(|(least, _)| least)
                max=range.map(|(_, most)| most)
                maxlength=max
                list=list
                required=required
                autocomplete=autocomplete
                aria-describedby=note.clone()
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
            />
            <FieldNote id=note help problem/>
        </div>
    }
}

/// A labelled text of several lines.
#[component]
pub fn TextArea(
    /// The name under which the form sends it; also its id.
    name: &'static str,
    /// What to type.
    #[prop(into)]
    label: String,
    /// A word of help below.
    #[prop(optional, into)]
    help: Option<String>,
    /// The text, kept up to date while it is typed.
    text: RwSignal<String>,
    /// Lines shown.
    #[prop(default = 6)]
    rows: u32,
    /// What is wrong with it now.
    #[prop(optional, into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let note = format!("{name}-note");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea
                id=name
                name=name
                rows=rows
                spellcheck="true"
                aria-describedby=note.clone()
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            >
                {between_tags(text.get_untracked())}
            </textarea>
            <FieldNote id=note help problem/>
        </div>
    }
}

/// A labelled choice of one among several.
#[component]
pub fn Choice(
    /// The name under which the form sends it; also its id.
    name: &'static str,
    /// What to choose.
    #[prop(into)]
    label: String,
    /// A word of help below.
    #[prop(optional, into)]
    help: Option<String>,
    /// Whether one must be chosen: the first option is none then.
    #[prop(optional)]
    required: bool,
    /// What is wrong with it now.
    #[prop(optional, into)]
    problem: Signal<Option<String>>,
    /// The options.
    children: Children,
) -> impl IntoView {
    let note = format!("{name}-note");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select
                id=name
                name=name
                required=required
                aria-describedby=note.clone()
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
            >
                {children()}
            </select>
            <FieldNote id=note help problem/>
        </div>
    }
}

#[component]
fn FieldNote(id: String, help: Option<String>, problem: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="field-note" id=id data-bad=move || problem.with(Option::is_some).to_string()>
            {move || problem.get().or_else(|| help.clone())}
        </p>
    }
}
