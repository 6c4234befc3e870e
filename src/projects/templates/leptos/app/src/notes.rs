//! The notes as the page has them, and changing them.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::device;

/// One note, as it is kept on the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub id: String,
    pub text: String,
    pub done: bool,
    /// When it was written, in milliseconds since 1970.
    pub at: f64,
}

impl Note {
    pub fn new(text: String) -> Self {
        Self { id: device::new_id(), text, done: false, at: js_sys::Date::now() }
    }

    pub fn first_words(&self) -> String {
        self.text.chars().take(40).collect()
    }
}

/// All notes, newest first. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Notes {
    /// None until they have been read.
    pub list: RwSignal<Option<Vec<Note>>>,
    /// The one to point out.
    pub fresh: RwSignal<Option<String>>,
    /// What went wrong last, in words for people.
    pub trouble: RwSignal<Option<String>>,
    /// Changes every minute, and with it how long ago things were.
    pub minute: Trigger,
}

impl Notes {
    /// Reads them, and again whenever another tab has changed something.
    pub fn load() -> Self {
        let notes = Self {
            list: RwSignal::new(None),
            fresh: RwSignal::new(None),
            trouble: RwSignal::new(None),
            minute: Trigger::new(),
        };
        let read = move || {
            spawn_local(async move {
                notes.change(async { Ok(()) }).await;
            });
        };
        read();
        device::on_change(read);
        set_interval(move || notes.minute.notify(), Duration::from_secs(60));
        notes
    }

    pub fn find(&self, id: &str) -> Option<Note> {
        self.list.with(|list| list.iter().flatten().find(|note| note.id == id).cloned())
    }

    /// Keeps a note, new or changed. Tells whether it could be.
    pub async fn keep(self, note: Note, is_new: bool) -> bool {
        if is_new {
            self.fresh.set(Some(note.id.clone()));
        }
        self.change(device::put(&note)).await
    }

    /// Forgets a note. Tells whether it could be.
    pub async fn forget(self, id: &str) -> bool {
        self.change(device::remove(id)).await
    }

    /// Makes a change, then shows what is kept; says so when it could not be kept.
    async fn change(self, work: impl Future<Output = Result<(), JsValue>>) -> bool {
        let done = work.await;
        let read = device::all().await;
        let failed = done.err().or_else(|| read.as_ref().err().cloned());
        if let Ok(list) = read {
            self.list.set(Some(list));
        }
        self.trouble.set(failed.as_ref().map(|error| {
            format!(
                "This could not be kept on the device ({}). Free some space, or allow this site to store data, and try \
                 again.",
                device::words(error)
            )
        }));
        failed.is_none()
    }
}
