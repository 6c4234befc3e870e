//! One note: tick it off, edit it, delete it.

use leptos::{ev, prelude::*, task::spawn_local};

use crate::composer::{focus_when, submit_on_enter};
use crate::device;
use crate::notes::{Note, Notes};
use crate::toasts::{Toast, Toasts};

#[component]
pub fn NoteItem(
    /// What it was when it came into the list.
    first: Note,
) -> impl IntoView {
    let (notes, toasts) = (expect_context::<Notes>(), expect_context::<Toasts>());
    let id = first.id.clone();
    let note = Memo::new(move |last: Option<&Note>| notes.find(&id).unwrap_or_else(|| last.unwrap_or(&first).clone()));
    let editing = RwSignal::new(false);
    let edit_button = NodeRef::<leptos::html::Button>::new();

    let tick = move |done| {
        spawn_local(async move {
            notes.keep(Note { done, ..note.get_untracked() }, false).await;
        });
    };
    let delete = move |_| {
        spawn_local(async move {
            let was = note.get_untracked();
            if notes.forget(&was.id).await {
                let act = Callback::new(move |()| {
                    let was = was.clone();
                    spawn_local(async move {
                        notes.keep(was, true).await;
                    });
                });
                toasts.offer(Toast { kind: "deleted", message: "Note deleted", action: "Undo", act, stays: false });
            }
        });
    };
    let close = move || {
        editing.set(false);
        // Whoever is done editing with the keyboard goes on where it began.
        request_animation_frame(move || {
            if let Some(button) = edit_button.get_untracked() {
                let _ = button.focus();
            }
        });
    };
    let fresh = notes.fresh.with_untracked(|fresh| note.with_untracked(|note| fresh.as_ref() == Some(&note.id)));
    // The first words tell one note's controls from another's to those who only hear them.
    let label = move |what: &'static str| move || note.with(|note| format!("{what}: {}", note.first_words()));

    view! {
        <li class="note" class:done=move || note.with(|note| note.done) class:editing=editing class:fresh=fresh>
            <input
                type="checkbox"
                aria-label=label("Done")
                prop:checked=move || note.with(|note| note.done)
                on:change:target=move |event| tick(event.target().checked())
            />
            {move || if editing.get() {
                view! { <Editor note=note.get_untracked() close/> }.into_any()
            } else {
                view! {
                    <div class="body">
                        <p class="text">{move || note.with(|note| note.text.clone())}</p>
                        <time
                            datetime=move || note.with(|note| device::iso(note.at))
                            title=move || note.with(|note| device::exactly(note.at))
                        >
                            {move || { notes.minute.track(); note.with(|note| device::since(note.at)) }}
                        </time>
                    </div>
                }.into_any()
            }}
            <div class="actions">
                <button
                    node_ref=edit_button
                    class="button quiet"
                    type="button"
                    aria-label=label("Edit")
                    on:click=move |_| editing.set(true)
                >
                    "Edit"
                </button>
                <button class="button quiet" type="button" aria-label=label("Delete") on:click=delete>"Delete"</button>
            </div>
        </li>
    }
}

#[component]
fn Editor(note: Note, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let notes = expect_context::<Notes>();
    let text = RwSignal::new(note.text.clone());
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = text.get_untracked().trim().to_owned();
        if !text.is_empty() {
            let note = Note { text, ..note.clone() };
            spawn_local(async move {
                if notes.keep(note, false).await {
                    close();
                }
            });
        }
    };
    let field = NodeRef::new();
    Effect::new(move |_| focus_when(field, true));

    view! {
        <form
            class="editor"
            autocomplete="off"
            on:submit=save
            on:keydown=move |event: ev::KeyboardEvent| if event.key() == "Escape" { close() }
        >
            <textarea
                node_ref=field
                rows="2"
                maxlength="10000"
                required
                aria-label="Edit note"
                prop:value=text
                on:input:target=move |event| text.set(event.target().value())
                on:keydown=submit_on_enter
            ></textarea>
            <div class="row">
                <button class="button quiet" type="button" on:click=move |_| close()>"Cancel"</button>
                <button class="button go" type="submit">"Save"</button>
            </div>
        </form>
    }
}
