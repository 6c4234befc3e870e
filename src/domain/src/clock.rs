//! Time as something that is handed in, so that tests can hold it still.

use crate::timestamp::Timestamp;

/// Tells what time it is. The one real clock lives in `store::clock`.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment, to the microsecond.
    fn now(&self) -> Timestamp;
}
