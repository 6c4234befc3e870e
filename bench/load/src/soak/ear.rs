//! What one listener heard: each message of what it follows once, in order, across all its comings and goings.

use std::collections::{BTreeSet, HashMap};

use super::fault::Fault;

/// What it heard so far.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    /// The newest event it knows to have heard everything up to.
    pub(crate) seq: i64,
    /// By conversation, the newest message.
    newest: HashMap<usize, i64>,
    /// Messages that were passed over, and may yet come.
    missing: BTreeSet<(usize, i64)>,
}

impl Ear {
    /// One that follows these conversations, each from after the message that is given, and events from after `seq`.
    pub(crate) fn new(seq: i64, conversations: impl IntoIterator<Item = (usize, i64)>) -> Self {
        Self { seq, newest: conversations.into_iter().collect(), missing: BTreeSet::new() }
    }

    /// Hears an event, of whatever kind.
    pub(crate) fn event(&mut self, seq: i64) -> Option<Fault> {
        let before = self.seq;
        self.seq = before.max(seq);
        (seq <= before).then(|| Fault::doubled(format!("event {seq} came after {before}")))
    }

    /// Hears that there was nothing for it up to an event.
    pub(crate) fn caught(&mut self, seq: i64) {
        self.seq = self.seq.max(seq);
    }

    /// Hears a message.
    pub(crate) fn message(&mut self, conversation: usize, position: i64) -> Option<Fault> {
        let Some(newest) = self.newest.get_mut(&conversation) else {
            return Some(Fault::doubled(format!("a message of conversation {conversation}, which it does not follow")));
        };
        if position > *newest {
            self.missing.extend((*newest + 1..position).map(|passed| (conversation, passed)));
            *newest = position;
            return None;
        }
        Some(if self.missing.remove(&(conversation, position)) {
            Fault::reordered(format!("message {position} of conversation {conversation} came after {newest}"))
        } else {
            Fault::doubled(format!("message {position} of conversation {conversation} came twice"))
        })
    }

    /// Whether it heard everything up to these messages.
    pub(crate) fn is_up_to(&self, heads: &[i64]) -> bool {
        self.newest.iter().all(|(conversation, newest)| heads.get(*conversation).is_none_or(|head| newest >= head))
    }

    /// How many messages there were for it since these.
    pub(crate) fn heard_since(&self, first: &[i64]) -> i64 {
        let counts =
            self.newest.iter().map(|(conversation, newest)| newest - first.get(*conversation).unwrap_or(newest));
        counts.sum()
    }

    /// What it never heard, when these are the newest messages.
    pub(crate) fn lost(&self, heads: &[i64]) -> Vec<Fault> {
        let passed = self.missing.iter().map(|(conversation, position)| {
            Fault::lost(format!("message {position} of conversation {conversation} never came, later ones did"))
        });
        let behind = self.newest.iter().filter_map(|(conversation, newest)| {
            let head = heads.get(*conversation)?;
            (newest < head).then(|| {
                Fault::lost(format!("messages {} to {head} of conversation {conversation} never came", newest + 1))
            })
        });
        passed.chain(behind).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Promise;
    use super::*;

    fn hear(messages: &[(usize, i64)]) -> (Ear, Vec<Promise>) {
        let mut ear = Ear::new(10, [(0, 0), (1, 5)]);
        let faults = messages.iter().filter_map(|(conversation, position)| ear.message(*conversation, *position));
        let promises = faults.map(|fault| fault.promise).collect();
        (ear, promises)
    }

    fn lost(ear: &Ear, heads: &[i64]) -> Vec<Promise> {
        ear.lost(heads).into_iter().map(|fault| fault.promise).collect()
    }

    #[test]
    fn each_once_and_in_order_is_fine() {
        let (ear, faults) = hear(&[(0, 1), (1, 6), (0, 2), (0, 3)]);
        assert_eq!(faults, []);
        assert!(ear.is_up_to(&[3, 6]) && ear.lost(&[3, 6]).is_empty());
        assert_eq!(ear.heard_since(&[0, 5]), 4);
    }

    #[test]
    fn a_message_that_never_came_is_lost() {
        let (ear, faults) = hear(&[(0, 1), (0, 3)]);
        assert_eq!(faults, []);
        assert_eq!(lost(&ear, &[3, 5]), [Promise::NothingLost]);
    }

    #[test]
    fn so_are_the_last_ones() {
        let (ear, _) = hear(&[(0, 1)]);
        assert!(!ear.is_up_to(&[2, 5]));
        assert_eq!(lost(&ear, &[2, 5]), [Promise::NothingLost]);
    }

    #[test]
    fn a_message_that_came_twice_is_doubled() {
        let (ear, faults) = hear(&[(0, 1), (0, 2), (0, 1)]);
        assert_eq!(faults, [Promise::NothingDoubled]);
        assert_eq!(lost(&ear, &[2, 5]), []);
        assert_eq!(hear(&[(1, 5)]).1, [Promise::NothingDoubled], "from before it came");
    }

    #[test]
    fn a_message_that_came_late_is_reordered() {
        let (ear, faults) = hear(&[(0, 1), (0, 3), (0, 2)]);
        assert_eq!(faults, [Promise::NothingReordered]);
        assert_eq!(lost(&ear, &[3, 5]), []);
    }

    #[test]
    fn events_count_up() {
        let mut ear = Ear::new(10, []);
        assert_eq!(ear.event(11), None);
        ear.caught(15);
        assert_eq!(ear.event(15).map(|fault| fault.promise), Some(Promise::NothingDoubled));
        assert_eq!(ear.event(16), None);
    }
}
