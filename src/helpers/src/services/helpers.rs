//! Who is there, and what waits too long.

use domain::{Delivery, DeliveryStatus, Result, Timestamp};
use serde_json::{Value, json};

use super::{Asker, Services, to_json};

impl Services {
    /// Every helper with its state and its commands.
    pub(super) async fn list_helpers(&self) -> Result<Value> {
        let entries = self.store.helpers().await?;
        let helpers: Vec<Value> = entries
            .into_iter()
            .map(|entry| {
                json!({
                    "name": entry.helper.name,
                    "description": entry.helper.description,
                    "wanted": entry.helper.wanted,
                    "paused": entry.helper.paused,
                    "waiting": entry.helper.waiting,
                    "status": entry.process.as_ref().map(|process| process.status),
                    "commands": entry.helper.commands,
                })
            })
            .collect();
        to_json(json!({ "helpers": helpers }))
    }

    /// The deliveries that are past their time and that the person may see for whom the helper asks, with links.
    pub(super) async fn list_stalled(&self, asker: &Asker) -> Result<Value> {
        let sight = self.store.rights(&asker.actor()).sight();
        let mut listed = Vec::new();
        for delivery in self.stalled().await?.into_iter().filter(|delivery| sight.covers(delivery.project)) {
            let position = self.store.message(delivery.message).await?.map_or(1, |message| message.position);
            listed.push(json!({
                "helper": delivery.helper,
                "status": delivery.status,
                "seconds": waited(&delivery, self.store.now()),
                "error": delivery.error,
                "href": format!("/conversations/{}#m{position}", delivery.conversation),
            }));
        }
        Ok(json!({ "deliveries": listed }))
    }

    /// Deliveries past their time: waiting for too long, or in work for four times as long.
    pub(crate) async fn stalled(&self) -> Result<Vec<Delivery>> {
        let now = self.store.now();
        let limit = i64::try_from(self.stalled_after.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros(now.micros().saturating_sub(limit));
        let mut found = self.store.stalled(before).await?;
        found.retain(|delivery| match (delivery.status, delivery.delivered_at) {
            (DeliveryStatus::Delivered, Some(at)) => now.micros_since(at) >= limit.saturating_mul(4),
            _ => true,
        });
        Ok(found)
    }
}

/// Whole seconds since the delivery was queued.
pub(crate) fn waited(delivery: &Delivery, now: Timestamp) -> i64 {
    now.micros_since(delivery.queued_at) / 1_000_000
}
