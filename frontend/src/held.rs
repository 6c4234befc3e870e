//! What the pages do beside: at once, or when it is let go.

use std::cell::RefCell;

use any_spawner::{CustomExecutor, PinnedFuture, PinnedLocalFuture};
use wasm_bindgen_futures::spawn_local;

thread_local! {
    /// What waits; none: nothing has to.
    static WAITING: RefCell<Option<Vec<PinnedLocalFuture<()>>>> = const { RefCell::new(None) };
}

/// Has the browser do it in turn, after what is held.
pub(crate) struct Held;

impl CustomExecutor for Held {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        let task = WAITING.with_borrow_mut(|waiting| match waiting {
            Some(waiting) => {
                waiting.push(task);
                None
            }
            None => Some(task),
        });
        if let Some(task) = task {
            spawn_local(task);
        }
    }

    // The browser does that.
    fn poll_local(&self) {}
}

/// From now on, what is to be done waits.
pub(crate) fn hold() {
    WAITING.with_borrow_mut(|waiting| _ = waiting.get_or_insert_default());
}

/// Begins what waits, in its order.
pub(crate) fn let_go() {
    WAITING.take().into_iter().flatten().for_each(spawn_local);
}
