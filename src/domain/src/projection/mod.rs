//! Pure reducers: `state.apply(&event)`. The server builds a snapshot, the browser moves on from it with the same code.
//!
//! The property that holds for each of them: the snapshot at `n`, then events `n + 1` to `m`, equals the snapshot at `m`.

mod accounts;
mod activity;
mod thread;
mod workshop;

pub use accounts::Accounts;
pub use activity::Activity;
pub use thread::Thread;
pub use workshop::{ConversationEntry, HelperEntry, ProjectEntry, Workshop, limits};
