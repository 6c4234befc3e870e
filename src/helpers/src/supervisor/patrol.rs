//! The rounds: takes lost deliveries back, and lets the mediator speak up about those that stall.

use std::collections::HashSet;
use std::sync::Arc;

use agents::THE_MEDIATOR;
use domain::{Actor, Delivery, DeliveryId, DeliveryStatus, ErrorCode, HelperName, Result};
use store::commands::{PostMessage, ReapDeliveries};
use tokio::time::MissedTickBehavior;

use super::shared::Shared;
use crate::services::waited;

/// Goes its rounds until the shutdown.
pub(super) async fn patrol(shared: Arc<Shared>) {
    let mut told = HashSet::new();
    let mut every = tokio::time::interval(shared.pace.patrol);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = shared.store.run(&Actor::system(), ReapDeliveries).await {
            tracing::warn!(%error, "lost deliveries could not be taken back; the next round tries again");
        }
        if let Err(error) = tell_of_stalled(&shared, &mut told).await {
            tracing::warn!(%error, "stalled deliveries could not be told of; the next round tries again");
        }
    }
}

/// Tells each conversation once of each delivery that stalls, as long as people want the mediator.
async fn tell_of_stalled(shared: &Shared, told: &mut HashSet<DeliveryId>) -> Result<()> {
    let mediator: HelperName = THE_MEDIATOR.parse()?;
    if !shared.store.helper(&mediator).await?.is_some_and(|entry| entry.helper.wanted) {
        return Ok(());
    }
    let stalled = shared.services.stalled().await?;
    told.retain(|id| stalled.iter().any(|delivery| delivery.id == *id));
    for delivery in stalled {
        if told.contains(&delivery.id) {
            continue;
        }
        let body = sentence(shared, &delivery).await?;
        let command = PostMessage {
            conversation: delivery.conversation,
            recipient: None,
            body,
            reply_to: Some(delivery.message),
            key: Some(format!("stalled:{}", delivery.id)),
        };
        let actor = Actor::helper(mediator.clone(), delivery.on_behalf_of.clone()).by_token(delivery.token);
        match shared.store.run(&actor, command).await {
            Ok(_) => {}
            // An earlier run of the server told it in other words, or whoever asked may not be in it any more.
            Err(error) if matches!(error.code, ErrorCode::Conflict | ErrorCode::Forbidden | ErrorCode::NotFound) => {}
            Err(error) => return Err(error),
        }
        told.insert(delivery.id);
    }
    Ok(())
}

/// What stalls and why. Names the helper without `@`, so that nothing is delivered to it.
async fn sentence(shared: &Shared, delivery: &Delivery) -> Result<String> {
    let entry = shared.store.helper(&delivery.helper).await?;
    let why = match (entry, delivery.status) {
        (None, _) => "there is no such helper any more".to_owned(),
        (Some(entry), _) if !entry.helper.wanted => "it is stopped; start it to go on".into(),
        (Some(entry), _) if entry.helper.paused => "its deliveries are paused; resume them to go on".into(),
        (_, DeliveryStatus::Delivered) => "it is at work on it and has not finished".into(),
        (_, DeliveryStatus::Failed) => match &delivery.error {
            Some(error) => format!("the last attempt failed ({error}) and another follows"),
            None => "the last attempt failed and another follows".into(),
        },
        (Some(entry), _) => match entry.process {
            Some(process) => format!("its process is {}", process.status.name().replace('_', " ")),
            None => "it has no process".into(),
        },
    };
    let seconds = waited(delivery, shared.store.now());
    Ok(format!("This has waited {seconds} s for [{0}](/helpers/{0}): {why}.", delivery.helper))
}
