//! What people do with deliveries.

use domain::access::{Action, Subject};
use domain::{Delivery, DeliveryId, DeliveryStatus, Error, Result};

use super::post::moved;
use crate::change::{Change, Command};
use crate::tables;

/// Gives a delivery that failed or was given up a fresh start.
#[derive(Debug, Clone)]
pub struct RequeueDelivery {
    /// Which delivery.
    pub delivery: DeliveryId,
}

impl Command for RequeueDelivery {
    const ACTION: Action = Action::Operate;
    type Output = Delivery;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Delivery> {
        let found = tables::deliveries::get_locked(change.tx, self.delivery).await?;
        let project = found.as_ref().and_then(|(delivery, _)| delivery.project);
        change.require(Self::ACTION, project, "delivery")?;
        let (mut delivery, fence) = found.ok_or_else(|| Error::not_found("delivery"))?;
        if !matches!(delivery.status, DeliveryStatus::Dead | DeliveryStatus::Failed) {
            return Err(Error::conflict(format!(
                "This delivery is {}: only one that failed or was given up can be put back into the queue.",
                delivery.status.name()
            )));
        }
        let waiting = i64::from(delivery.status == DeliveryStatus::Dead);
        delivery.status = DeliveryStatus::Queued;
        delivery.attempts = 0;
        delivery.queued_at = change.now;
        delivery.delivered_at = None;
        delivery.next_attempt_at = None;
        tables::deliveries::update(change.tx, &delivery, fence.token, None).await?;
        moved(change, &delivery, waiting).await?;
        Ok(delivery)
    }
}
