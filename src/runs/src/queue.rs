//! Whose turn it is: in the order in which they asked, past those who have as many running as one may have.

use std::collections::{HashMap, VecDeque};

use domain::{Actor, Party, RunId};

/// For whom a run counts: the person it is for, or who asked by themselves; none: the workshop, which has no bound of
/// its own.
pub(crate) type Who = Option<Party>;

/// For whom what `actor` asks for counts.
pub(crate) fn who(actor: &Actor) -> Who {
    match (&actor.on_behalf_of, &actor.by) {
        (Some(user), _) => Some(Party::User(user.clone())),
        (None, Party::System) => None,
        (None, by) => Some(by.clone()),
    }
}

/// What waits for its turn, and how many have theirs.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    waiting: VecDeque<Waiting<T>>,
    running: HashMap<Party, usize>,
    total: usize,
    most: usize,
    most_each: usize,
}

#[derive(Debug)]
struct Waiting<T> {
    run: RunId,
    who: Who,
    what: T,
}

impl<T> Queue<T> {
    /// At most `most` have their turn at once, `most_each` of one person.
    pub(crate) fn new(most: usize, most_each: usize) -> Self {
        Self { waiting: VecDeque::new(), running: HashMap::new(), total: 0, most, most_each }
    }

    /// At its end.
    pub(crate) fn push(&mut self, run: RunId, who: Who, what: T) {
        self.waiting.push_back(Waiting { run, who, what });
    }

    /// The next one whose turn it is. It has it until [`Self::done`].
    pub(crate) fn next(&mut self) -> Option<(Who, T)> {
        if self.total >= self.most {
            return None;
        }
        let may = |waiting: &Waiting<T>| waiting.who.as_ref().is_none_or(|who| self.of(who) < self.most_each);
        let index = self.waiting.iter().position(may)?;
        let Waiting { who, what, .. } = self.waiting.remove(index)?;
        self.total += 1;
        if let Some(who) = &who {
            *self.running.entry(who.clone()).or_default() += 1;
        }
        Some((who, what))
    }

    /// One of theirs is done.
    pub(crate) fn done(&mut self, who: &Who) {
        self.total = self.total.saturating_sub(1);
        let Some(who) = who else { return };
        if let Some(count) = self.running.get_mut(who) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.running.remove(who);
            }
        }
    }

    /// Takes one out that waits.
    pub(crate) fn remove(&mut self, run: RunId) -> Option<(Who, T)> {
        let index = self.waiting.iter().position(|waiting| waiting.run == run)?;
        self.waiting.remove(index).map(|waiting| (waiting.who, waiting.what))
    }

    /// Takes all out that wait.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        self.waiting.drain(..).map(|waiting| waiting.what).collect()
    }

    /// All that wait, with their places, from 1 on.
    pub(crate) fn places(&self) -> impl Iterator<Item = (u32, &T)> {
        (1..).zip(self.waiting.iter().map(|waiting| &waiting.what))
    }

    fn of(&self, who: &Party) -> usize {
        self.running.get(who).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u128) -> RunId {
        RunId(uuid::Uuid::from_u128(number))
    }

    fn queue(most: usize, names: &[&str]) -> Queue<usize> {
        let mut queue = Queue::new(most, 2);
        for (number, name) in names.iter().enumerate() {
            let who = if *name == "system" { None } else { Some(Party::User(name.parse().unwrap())) };
            queue.push(run(number as u128), who, number);
        }
        queue
    }

    fn begun(queue: &mut Queue<usize>) -> Vec<usize> {
        std::iter::from_fn(|| queue.next().map(|(_, number)| number)).collect()
    }

    #[test]
    fn the_order_of_asking_steps_over_those_who_have_two() {
        let mut queue = queue(4, &["ada", "ada", "ada", "bob", "ada", "cleo"]);
        assert_eq!(begun(&mut queue), [0, 1, 3, 5]);
        assert_eq!(queue.places().collect::<Vec<_>>(), [(1, &2), (2, &4)]);
        queue.done(&Some(Party::User("bob".parse().unwrap())));
        assert!(begun(&mut queue).is_empty(), "there is room, and ada has two");
        queue.done(&Some(Party::User("ada".parse().unwrap())));
        assert_eq!(begun(&mut queue), [2]);
    }

    #[test]
    fn no_more_than_all_may_have_and_the_workshop_counts_only_there() {
        let mut queue = queue(3, &["system", "system", "system", "system"]);
        assert_eq!(begun(&mut queue), [0, 1, 2]);
        queue.done(&None);
        assert_eq!(begun(&mut queue), [3]);
    }

    #[test]
    fn what_is_taken_out_leaves_no_gap() {
        let mut queue = queue(0, &["ada", "bob", "cleo"]);
        assert_eq!(queue.remove(run(1)).map(|(_, number)| number), Some(1));
        assert_eq!(queue.remove(run(1)), None);
        assert_eq!(queue.places().collect::<Vec<_>>(), [(1, &0), (2, &2)]);
        assert_eq!(queue.drain(), [0, 2]);
        assert_eq!(queue.places().count(), 0);
    }

    #[test]
    fn a_helper_counts_for_whom_it_works() {
        let helper = |user: Option<&str>| {
            who(&Actor::helper("the_author".parse().unwrap(), user.map(|user| user.parse().unwrap())))
        };
        assert_eq!(helper(Some("ada")), Some(Party::User("ada".parse().unwrap())));
        assert_eq!(helper(None), Some(Party::Helper("the_author".parse().unwrap())));
        assert_eq!(who(&Actor::system()), None);
    }
}
