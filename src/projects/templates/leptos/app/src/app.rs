//! The page: who, writing, the notes, and what floats above them.

use leptos::prelude::*;

use crate::composer::Composer;
use crate::device;
use crate::note::NoteItem;
use crate::notes::Notes;
use crate::toasts::{Toast, Toasts, ToastList};

#[component]
pub fn App() -> impl IntoView {
    let notes = Notes::load();
    let toasts = Toasts::default();
    provide_context(notes);
    provide_context(toasts);

    let online = RwSignal::new(true);
    device::watch_connection(move |is| online.set(is));
    let installable = RwSignal::new(false);
    device::watch_install(move |is| installable.set(is));
    device::keep_on_device(move || {
        toasts.offer(Toast {
            kind: "update",
            message: "A new version is ready",
            action: "Update",
            act: Callback::new(|()| device::update()),
            stays: true,
        });
    });

    let summary = move || {
        notes.list.with(|list| match list.as_deref() {
            None | Some([]) => "Notes that stay on this device".to_owned(),
            Some(list) => format!("{} open · {} in all", list.iter().filter(|note| !note.done).count(), list.len()),
        })
    };
    let nothing = move || notes.list.with(|list| list.as_ref().is_some_and(Vec::is_empty));

    view! {
        <a class="skip" href="#main">"Skip to the notes"</a>
        <header class="top">
            <img class="sigil" src="/icons/icon.svg" alt="" width="44" height="44"/>
            <div class="names">
                <h1>{document().title()}</h1>
                <p>{summary}</p>
            </div>
            <p class="badge" class:offline=move || !online.get() role="status">
                {move || if online.get() { "Online" } else { "Offline" }}
            </p>
            <button class="button" type="button" hidden=move || !installable.get() on:click=|_| device::install()>
                "Install"
            </button>
        </header>

        <main id="main" tabindex="-1">
            {move || notes.trouble.get().map(|trouble| view! { <p class="notice" role="alert">{trouble}</p> })}
            <Composer/>
            <h2 class="unseen" id="notes-title">"Notes"</h2>
            <ul class="notes" aria-labelledby="notes-title">
                <For
                    each=move || notes.list.get().unwrap_or_default()
                    key=|note| note.id.clone()
                    children=|note| view! { <NoteItem first=note/> }
                />
            </ul>
            <div class="empty" hidden=move || !nothing()>
                <p class="strong">"Nothing written yet"</p>
                <p>"Write your first note above. It stays on this device, also without a connection."</p>
            </div>
        </main>

        <footer class="foot">"Your notes are kept on this device only, and are here without a connection too."</footer>
        <ToastList/>
    }
}
