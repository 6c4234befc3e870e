//! The deliveries of one helper as its page shows them. Pure: moved on by events.

use domain::{Delivery, DeliveryStatus, Event, EventData, HelperName};

/// Finished deliveries that are kept in sight.
const FINISHED: usize = 8;

/// The deliveries of one helper: those at work and waiting, those given up, and the newest finished ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queue {
    helper: HelperName,
    deliveries: Vec<Delivery>,
}

impl Queue {
    pub(super) fn new(helper: HelperName, deliveries: Vec<Delivery>) -> Self {
        let mut queue = Self { helper, deliveries };
        queue.settle();
        queue
    }

    /// Moves on by one event and tells whether it changed anything.
    pub(super) fn apply(&mut self, event: &Event) -> bool {
        let EventData::DeliveryChanged(changed) = &event.what else { return false };
        if changed.delivery.helper != self.helper {
            return false;
        }
        self.deliveries.retain(|delivery| delivery.id != changed.delivery.id);
        self.deliveries.push(changed.delivery.clone());
        self.settle();
        true
    }

    /// In the order shown.
    pub(super) fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// What needs a person first, then what is at work, then what waits, then what is done, the newest first.
    fn settle(&mut self) {
        let rank = |delivery: &Delivery| match delivery.status {
            DeliveryStatus::Dead => 0,
            DeliveryStatus::Delivered => 1,
            DeliveryStatus::Failed => 2,
            DeliveryStatus::Queued => 3,
            DeliveryStatus::Answered => 4,
        };
        self.deliveries.sort_by(|a, b| {
            let done = a.status == DeliveryStatus::Answered && b.status == DeliveryStatus::Answered;
            rank(a).cmp(&rank(b)).then(if done { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) })
        });
        let open = self.deliveries.iter().filter(|delivery| delivery.status != DeliveryStatus::Answered).count();
        self.deliveries.truncate(open + FINISHED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::DeliveryChanged;
    use domain::{Actor, Timestamp};
    use uuid::Uuid;

    fn delivery(id: u128, status: DeliveryStatus) -> Delivery {
        Delivery {
            id: Uuid::from_u128(id).into(),
            message: Uuid::nil().into(),
            conversation: Uuid::nil().into(),
            project: None,
            helper: "the_author".parse().unwrap(),
            on_behalf_of: None,
            token: None,
            status,
            attempts: 0,
            queued_at: Timestamp::default(),
            delivered_at: None,
            answered_at: None,
            next_attempt_at: None,
            answer: None,
            error: None,
        }
    }

    fn changed(delivery: Delivery) -> Event {
        Event {
            seq: 1,
            id: Uuid::nil().into(),
            at: Timestamp::default(),
            actor: Actor::system(),
            project: None,
            what: EventData::DeliveryChanged(DeliveryChanged { delivery, waiting: 0 }),
        }
    }

    #[test]
    fn what_needs_a_person_comes_first_and_only_the_newest_finished_stay() {
        let mut list: Vec<_> = (1..=20).map(|id| delivery(id, DeliveryStatus::Answered)).collect();
        list.push(delivery(30, DeliveryStatus::Queued));
        list.push(delivery(40, DeliveryStatus::Dead));
        let queue = Queue::new("the_author".parse().unwrap(), list);
        let ids: Vec<u128> = queue.deliveries().iter().map(|delivery| delivery.id.0.as_u128()).collect();
        assert_eq!(ids, [40, 30, 20, 19, 18, 17, 16, 15, 14, 13]);
    }

    #[test]
    fn an_event_moves_its_delivery_and_leaves_other_helpers_alone() {
        let mut queue = Queue::new("the_author".parse().unwrap(), vec![delivery(1, DeliveryStatus::Queued)]);
        assert!(queue.apply(&changed(delivery(1, DeliveryStatus::Answered))));
        assert_eq!(queue.deliveries()[0].status, DeliveryStatus::Answered);
        assert_eq!(queue.deliveries().len(), 1);
        let other = Delivery { helper: "the_archivist".parse().unwrap(), ..delivery(2, DeliveryStatus::Queued) };
        assert!(!queue.apply(&changed(other)));
    }
}
