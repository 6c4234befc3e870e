//! Which refusals were noted just now, so that someone who keeps trying does not fill the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::access::Action;
use domain::{Actor, Party, Timestamp};

/// How long the same refusal is no news, in seconds.
const QUIET_SECONDS: i64 = 60;
/// Most refusals remembered.
const REMEMBERED: usize = 4_096;

#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<(Party, Action), Timestamp>>);

impl Refusals {
    /// Whether that `actor` was refused `action` is worth noting at `now`.
    pub(crate) fn is_news(&self, actor: &Actor, action: Action, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|_, at| now < at.plus_seconds(QUIET_SECONDS));
        let key = (actor.by.clone(), action);
        if noted.len() >= REMEMBERED || noted.contains_key(&key) {
            return false;
        }
        noted.insert(key, now);
        true
    }
}
