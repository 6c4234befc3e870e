//! Writing a new note. What is being written survives a reload.

use leptos::{ev, prelude::*, task::spawn_local};

use crate::device;
use crate::notes::{Note, Notes};

const DRAFT: &str = "draft";

#[component]
pub fn Composer() -> impl IntoView {
    let notes = expect_context::<Notes>();
    let text = RwSignal::new(kept_draft().unwrap_or_default());
    let change = move |words: String| {
        if let Some(storage) = storage() {
            // Without a draft kept, nothing but the draft is lost.
            let _ = storage.set_item(DRAFT, &words);
        }
        text.set(words);
    };
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let words = text.get_untracked().trim().to_owned();
        if !words.is_empty() {
            spawn_local(async move {
                if notes.keep(Note::new(words), true).await {
                    change(String::new());
                }
            });
        }
    };
    // The shortcut “Write a note” of the installed app.
    let field = NodeRef::new();
    Effect::new(move |_| focus_when(field, device::asked_to_write()));

    view! {
        <form class="composer" autocomplete="off" on:submit=send>
            <label class="unseen" for="text">"New note"</label>
            <textarea
                node_ref=field
                id="text"
                rows="2"
                maxlength="10000"
                required
                placeholder="What is on your mind?"
                enterkeyhint="done"
                aria-describedby="keys"
                prop:value=text
                on:input:target=move |event| change(event.target().value())
                on:keydown=submit_on_enter
            ></textarea>
            <div class="row">
                <p class="hint" id="keys">
                    <kbd>"Enter"</kbd>" adds it, "<kbd>"Shift"</kbd>" "<kbd>"Enter"</kbd>" starts a new line"
                </p>
                <button class="button go" type="submit">"Add note"</button>
            </div>
        </form>
    }
}

/// Enter sends, Shift and Enter make a line. Not while a word is being composed, as in Japanese.
pub fn submit_on_enter(event: ev::KeyboardEvent) {
    if event.key() != "Enter" || event.shift_key() || event.is_composing() {
        return;
    }
    event.prevent_default();
    if let Some(form) = event_target::<web_sys::HtmlTextAreaElement>(&event).form() {
        // It may be refused, as an empty field is; the browser says so.
        let _ = form.request_submit();
    }
}

/// Puts the cursor into a field once it is there.
pub fn focus_when(field: NodeRef<leptos::html::Textarea>, wanted: bool) {
    if let Some(field) = field.get().filter(|_| wanted) {
        let _ = field.focus();
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn kept_draft() -> Option<String> {
    storage()?.get_item(DRAFT).ok().flatten()
}
