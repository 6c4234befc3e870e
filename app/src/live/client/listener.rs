//! Who listens: to events, to notices, or to the log having been restored.

use std::cell::Cell;
use std::rc::Rc;

use domain::Event;
use domain::stream::Notice;

/// One who listens.
#[derive(Clone)]
pub(in crate::live) enum Listener {
    /// To each event after the last one seen.
    Event {
        /// The last one seen.
        seen: Rc<Cell<i64>>,
        /// What to do.
        call: Rc<dyn Fn(&Event)>,
    },
    /// To each notice.
    Notice(Rc<dyn Fn(&Notice)>),
    /// To the log having been restored.
    Resync(Rc<dyn Fn()>),
}

impl Listener {
    pub(in crate::live) fn event(after: i64, f: impl Fn(&Event) + 'static) -> Self {
        Self::Event { seen: Rc::new(Cell::new(after)), call: Rc::new(f) }
    }

    pub(in crate::live) fn notice(f: impl Fn(&Notice) + 'static) -> Self {
        Self::Notice(Rc::new(f))
    }

    pub(in crate::live) fn resync(f: impl Fn() + 'static) -> Self {
        Self::Resync(Rc::new(f))
    }

    /// The last event seen, for one who listens to events.
    pub(super) fn after(&self) -> Option<i64> {
        match self {
            Self::Event { seen, .. } => Some(seen.get()),
            _ => None,
        }
    }
}
