//! The thread on the page: what it holds, where the reader is in it, and how it fetches more.

use domain::access::{Action, Subject};
use domain::{ConversationId, MessageId};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts::mark_read;
use super::api::{load_part, load_quote};
use super::model::{View, Window};
use super::place::Place;
use crate::components::announce;
use crate::live::use_live;

/// How near to an edge counts as there, in CSS pixels.
const NEAR: i32 = 48;
/// How near to the oldest message the next older ones are fetched, in CSS pixels.
const EARLY: i32 = 400;

/// The thread on the page. Copy it freely.
#[derive(Clone, Copy)]
pub struct Pane {
    /// What it holds.
    pub model: RwSignal<View>,
    /// Where the page is.
    pub place: Place,
    /// What scrolls. Its children run from bottom to top, so its start, 0, is the newest message.
    pub scroller: NodeRef<Div>,
    /// How many messages there were when the page was loaded: later ones are new.
    pub newest_at_first: i64,
    /// Up to where the viewer had read then.
    pub read_at_first: i64,
    /// How many messages the viewer had not read then.
    pub unread_at_first: i64,
    /// Why the viewer may say nothing here; none: they may.
    pub silenced: Memo<Option<String>>,
    /// Text that goes back into the composer.
    pub put_back: RwSignal<Option<String>>,
    at_end: RwSignal<bool>,
    seen: RwSignal<i64>,
    loading: RwSignal<bool>,
    visible: RwSignal<bool>,
}

impl Pane {
    /// The thread for what was loaded; follows the stream from there on.
    #[must_use]
    pub fn following(view: View, place: Place) -> Self {
        let (count, seq, id) = (view.thread.conversation.message_count, view.thread.seq, view.id());
        let (read_at_first, unread_at_first, model) = (view.thread.read, view.unread(), RwSignal::new(view));
        let project = move || model.with(|view| view.thread.conversation.project);
        let pane = Self {
            newest_at_first: count,
            read_at_first,
            unread_at_first,
            model,
            silenced: use_live().refusal(Action::Talk, move || Subject::of(project())),
            place,
            scroller: NodeRef::new(),
            put_back: RwSignal::new(None),
            // Who asks for a message further up is not at the end.
            at_end: RwSignal::new(place.window.with_untracked(|window| *window == Window::Newest)),
            seen: RwSignal::new(count),
            loading: RwSignal::new(false),
            visible: RwSignal::new(true),
        };
        let topic = domain::stream::Topic::Conversation(id);
        use_live().each_event(seq, move |event| {
            if event.what.topics().any(|found| found == topic) {
                pane.model.update(|view| view.apply(event));
            }
        });
        pane.keep_read_mark(id);
        pane.keep_seen();
        pane
    }

    /// The position that the address asks for.
    #[must_use]
    pub fn sought(self) -> Option<i64> {
        match self.place.window.get() {
            Window::Around(position) => Some(position),
            _ => None,
        }
    }

    /// Brings a message into view and puts the focus on it; tells whether it is here.
    #[must_use]
    pub fn show(self, position: i64) -> bool {
        let found = document().get_element_by_id(&format!("m{position}"));
        let found = found.and_then(|element| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(element).ok());
        found.is_some_and(|element| {
            element.scroll_into_view();
            // The class is for the eye, the focus for the keyboard and for screen readers.
            let _ = element.focus();
            true
        })
    }

    /// Brings the newest message into view.
    pub fn to_end(self) {
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
        self.at_end.set(true);
    }

    /// Notes where the reader is now, and fetches older messages when they come near.
    pub fn scrolled(self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let from_end = scroller.scroll_top().abs();
        self.at_end.set(from_end < NEAR);
        if scroller.scroll_height() - scroller.client_height() - from_end < EARLY {
            self.load_older();
        }
    }

    /// How many messages came while the reader was elsewhere in the thread.
    #[must_use]
    pub fn missed(self) -> i64 {
        self.model.with(|view| view.thread.conversation.message_count) - self.seen.get()
    }

    /// Whether the newest messages are here.
    #[must_use]
    pub fn is_newest(self) -> bool {
        self.model.with(|view| view.newer.is_none())
    }

    /// Whether more is being fetched.
    #[must_use]
    pub fn is_loading(self) -> bool {
        self.loading.get()
    }

    /// Fetches the next older messages, if there are any.
    pub fn load_older(self) {
        if let Some(position) = self.model.with_untracked(|view| view.older) {
            self.load(Window::Before(position), View::prepend);
        }
    }

    /// Fetches the next newer messages, if there are any.
    pub fn load_newer(self) {
        if let Some(position) = self.model.with_untracked(|view| view.newer) {
            self.load(Window::After(position), View::append);
        }
    }

    fn load(self, window: Window, put: impl FnOnce(&mut View, super::model::Part) + 'static) {
        if self.loading.get_untracked() {
            return;
        }
        self.loading.set(true);
        let id = self.model.with_untracked(View::id);
        spawn_local(async move {
            match load_part(id, window).await {
                Ok(part) => {
                    self.model.try_update(|view| put(view, part));
                }
                Err(error) => announce(error.detail()),
            }
            self.loading.try_set(false);
        });
    }

    /// Fetches the words of a message that is answered here but stands elsewhere.
    pub fn fetch_quote(self, id: MessageId) {
        Effect::new(move |_| {
            if self.model.with_untracked(|view| view.quote(id).is_some()) {
                return;
            }
            spawn_local(async move {
                if let Ok(Some(quote)) = load_quote(id).await {
                    self.model.try_update(|view| view.quotes.push(quote));
                }
            });
        });
    }

    /// What stands at the end has been seen while the reader is there.
    fn keep_seen(self) {
        Effect::new(move |_| {
            if self.at_end.get() && self.is_newest() {
                self.seen.set(self.model.with(|view| view.thread.conversation.message_count));
            }
        });
        Effect::new(move |_| {
            let look = move || {
                self.visible.try_set(!document().hidden());
            };
            look();
            let handle = window_event_listener_untyped("visibilitychange", move |_| look());
            on_cleanup(move || handle.remove());
        });
    }

    /// Marks as read what is seen: the tab in view, the thread at its end, the workshop within reach.
    fn keep_read_mark(self, id: ConversationId) {
        let live = use_live();
        let due = Memo::new(move |_| {
            let seen =
                self.visible.get() && self.at_end.get() && self.is_newest() && live.awake.get() && live.is_live();
            self.model.with(|view| {
                let last = view.thread.messages.last().map_or(0, |message| message.position);
                (seen && last > view.thread.read).then_some(last)
            })
        });
        Effect::new(move |_| {
            if let Some(position) = due.get() {
                spawn_local(async move {
                    // If this fails, the next message or the next connection tries again.
                    let _ = mark_read(id, position).await;
                });
            }
        });
    }
}
