//! The persona of a helper: a Markdown text that people edit. Saving never overwrites what someone else saved meanwhile.

use domain::access::{Action, Subject};
use domain::{EventData, HelperName};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts::{SavePersona, load_persona, mark};
use super::persona_draft::{self, Draft};
use crate::components::{MayNot, ProblemNote, TextArea, action_problem, announce};
use crate::live::use_live;

/// The text in three states: as saved, as being written, and the saved one that the writing began from.
#[derive(Clone, Copy)]
struct Texts {
    saved: RwSignal<String>,
    writing: RwSignal<String>,
    base: RwSignal<String>,
}

impl Texts {
    fn new(text: String) -> Self {
        let base = RwSignal::new(mark(&text));
        Self { saved: RwSignal::new(text.clone()), writing: RwSignal::new(text), base }
    }

    /// Another text was saved. Whoever has not begun to write sees it; whoever has is told.
    fn saved_is_now(self, text: String) {
        let untouched = self.writing.with_untracked(|writing| self.saved.with_untracked(|saved| saved == writing));
        if untouched || self.writing.with_untracked(|writing| *writing == text) {
            self.base.set(mark(&text));
            self.writing.set(text.clone());
        }
        self.saved.set(text);
    }

    fn take_theirs(self) {
        self.base.set(mark(&self.saved.get_untracked()));
        self.writing.set(self.saved.get_untracked());
    }

    fn keep_mine(self) {
        self.base.set(mark(&self.saved.get_untracked()));
    }

    fn changed(self) -> bool {
        self.writing.with(|writing| self.saved.with(|saved| saved != writing))
    }

    /// Whether the writing began from another text than the saved one.
    fn behind(self) -> bool {
        self.saved.with(|saved| mark(saved)) != self.base.get()
    }
}

/// The section.
#[component]
pub(super) fn Persona(
    /// Whose.
    name: HelperName,
    /// As saved when the page was loaded.
    text: String,
    /// The last event known then.
    seq: i64,
) -> impl IntoView {
    let texts = Texts::new(text);
    keep_draft(&name, texts);
    let changed = Memo::new(move |_| texts.changed());
    let save = ServerAction::<SavePersona>::new();
    let of = name.clone();
    let reload = move || {
        let of = of.clone();
        spawn_local(async move {
            // When this fails the stream is down too, and saving would tell of the conflict.
            if let Ok(text) = load_persona(of).await {
                texts.saved_is_now(text);
            }
        });
    };
    let again = reload.clone();
    Effect::new(move |_| match save.value().get() {
        Some(Ok(saved)) => {
            texts.saved_is_now(saved);
            announce("The persona was saved.");
        }
        Some(Err(_)) => again(),
        None => {}
    });
    let live = use_live();
    let refused = live.refusal(Action::Operate, || Subject::Workshop);
    let of = name.clone();
    live.each_event(seq, move |event| {
        if matches!(&event.what, EventData::PersonaEdited(edited) if edited.helper == of) {
            reload();
        }
    });
    view! {
        <section class="section" aria-labelledby="persona-title">
            <div class="section-head"><h2 id="persona-title">"Persona"</h2></div>
            {move || match refused.get() {
                Some(why) => view! { <OnlyReading texts why/> }.into_any(),
                None => view! { <Writing name=name.to_string() texts save changed/> }.into_any(),
            }}
        </section>
    }
}

/// For who may not change it.
#[component]
fn OnlyReading(texts: Texts, why: String) -> impl IntoView {
    view! {
        <pre class="persona-text" tabindex="0">{move || texts.saved.get()}</pre>
        <MayNot why/>
    }
}

#[component]
fn Writing(name: String, texts: Texts, save: ServerAction<SavePersona>, changed: Memo<bool>) -> impl IntoView {
    let live = use_live();
    let behind = Memo::new(move |_| texts.behind());
    view! {
        <ActionForm action=save>
            <input type="hidden" name="helper" value=name/>
            <input type="hidden" name="base" value=move || texts.base.get()/>
            <TextArea
                name="persona"
                label="How it thinks and speaks, in Markdown"
                help="A file in the data folder. It is used from the next message on."
                text=texts.writing
                rows=10
            />
            <ProblemNote problem=action_problem(save)/>
            <Show when=move || behind.get()><Behind texts/></Show>
            <div class="actions">
                <button class="btn go" disabled=move || live.awake.get() && !changed.get()>"Save persona"</button>
                <span class="faint">{move || changed.get().then_some("Not saved yet; kept in this browser.")}</span>
            </div>
        </ActionForm>
    }
}

/// Someone else saved another text: theirs beside ours, and what to do about it.
#[component]
fn Behind(texts: Texts) -> impl IntoView {
    view! {
        <div class="behind" role="status">
            <p>"Someone else saved another text meanwhile. Yours is still above; this is what is saved now:"</p>
            <pre class="behind-text" tabindex="0">{move || texts.saved.get()}</pre>
            <div class="actions">
                <button type="button" class="btn" on:click=move |_| texts.keep_mine()>"Keep mine, to be saved over it"</button>
                <button type="button" class="btn" on:click=move |_| texts.take_theirs()>"Take theirs"</button>
            </div>
        </div>
    }
}

/// Takes up what was typed before the page was reloaded, and keeps what is typed from now on.
fn keep_draft(name: &HelperName, texts: Texts) {
    let name = name.clone();
    let awake = use_live().awake;
    Effect::new(move |before: Option<bool>| {
        if !awake.get() {
            return false;
        }
        if before != Some(true)
            && let Some(draft) = persona_draft::load(&name)
        {
            texts.base.set(draft.base);
            texts.writing.set(draft.text);
        }
        let draft = texts.changed().then(|| Draft { text: texts.writing.get(), base: texts.base.get() });
        persona_draft::keep(&name, draft.as_ref());
        true
    });
}
