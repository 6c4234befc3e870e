//! The deliveries of one helper, live: what is at work, what waits, what was given up.

use domain::access::{Action, Subject};
use domain::{Delivery, DeliveryStatus, HelperName};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::queue::Queue;
use crate::components::{
    Countdown, EmptyState, Icon, ProblemNote, RelativeTime, Shape, Status, StatusWord, action_problem,
};
use crate::format;
use crate::live::use_live;
use crate::pages::conversations::RequeueDelivery;

/// The section.
#[component]
pub(super) fn QueueView(
    /// Whose.
    name: HelperName,
    /// The last event known when they were loaded.
    seq: i64,
    /// As loaded.
    deliveries: Vec<Delivery>,
) -> impl IntoView {
    let queue = RwSignal::new(Queue::new(name, deliveries));
    use_live().each_event(seq, move |event| {
        let mut next = queue.get_untracked();
        if next.apply(event) {
            queue.set(next);
        }
    });
    let requeue = ServerAction::<RequeueDelivery>::new();
    let shown = move || queue.with(|queue| queue.deliveries().to_vec());
    view! {
        <section class="section" aria-labelledby="queue-title">
            <div class="section-head"><h2 id="queue-title">"Deliveries"</h2></div>
            <ProblemNote problem=action_problem(requeue)/>
            <Show
                when=move || queue.with(|queue| !queue.deliveries().is_empty())
                fallback=|| view! {
                    <EmptyState
                        title="Nothing was ever delivered"
                        text="Messages that mention this helper, or use one of its commands, wait here until it has answered them."
                    />
                }
            >
                <ul class="list">
                    <For
                        each=shown
                        key=|delivery| (delivery.id, delivery.status, delivery.attempts, delivery.queued_at)
                        children=move |delivery| view! { <Line delivery requeue/> }
                    />
                </ul>
            </Show>
        </section>
    }
}

#[component]
fn Line(delivery: Delivery, requeue: ServerAction<RequeueDelivery>) -> impl IntoView {
    let (live, place) = (use_live(), Subject::of(delivery.project));
    let Delivery {
        id,
        conversation,
        status,
        attempts,
        queued_at,
        delivered_at,
        answered_at,
        next_attempt_at,
        error,
        ..
    } = delivery;
    let took = answered_at.map(|at| format!("answered in {}", format::duration(at.micros_since(queued_at))));
    let words = match (status, delivered_at) {
        (DeliveryStatus::Answered, _) => took.unwrap_or_default(),
        (DeliveryStatus::Delivered, Some(at)) => format!("waited {}", format::duration(at.micros_since(queued_at))),
        _ if attempts > 0 => format::counted(attempts.into(), "attempt"),
        _ => "not yet tried".into(),
    };
    let shown = Signal::stored(Status::from(status));
    view! {
        <li class="row delivery-line">
            <StatusWord status=shown/>
            <span class="delivery-line-what">
                <a href=format!("/conversations/{conversation}")>"Message of "<RelativeTime at=queued_at/></a>
                <span class="faint">" "{words}{next_attempt_at.filter(|_| status == DeliveryStatus::Failed).map(|until| view! { ", again "<Countdown until/> })}</span>
                {error.filter(|_| status != DeliveryStatus::Answered).map(|error| view! { <span class="delivery-line-why">{error}</span> })}
            </span>
            {move || (status == DeliveryStatus::Dead && live.may(Action::Operate, place)).then(|| view! {
                <ActionForm action=requeue>
                    <input type="hidden" name="delivery" value=id.to_string()/>
                    <button class="btn"><Icon shape=Shape::Again/>"Requeue"</button>
                </ActionForm>
            })}
        </li>
    }
}
