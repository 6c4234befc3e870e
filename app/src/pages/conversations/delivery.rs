//! Under a message: to whom it went, and where each delivery stands, in words.

use domain::access::{Action, Subject};
use domain::projection::HelperEntry;
use domain::{Delivery, DeliveryStatus, MessageId, ProcessStatus};
use leptos::prelude::*;

use super::acts::RequeueDelivery;
use super::model::View;
use super::seconds::use_seconds;
use super::wording::{self, HeldBack};
use crate::components::{Icon, ProblemNote, Status, action_problem, glow_when_changed};
use crate::live::use_live;

/// The deliveries of one message.
#[component]
pub fn Deliveries(
    /// The conversation.
    model: RwSignal<View>,
    /// Which message.
    message: MessageId,
) -> impl IntoView {
    let deliveries = Memo::new(move |_| model.with(|view| view.deliveries_of(message)));
    let glow = glow_when_changed(move || deliveries.with(|all| all.iter().map(|d| d.status).collect::<Vec<_>>()));
    let ids = move || deliveries.with(|all| all.iter().map(|delivery| delivery.id).collect::<Vec<_>>());
    view! {
        <div class=move || format!("deliveries {}", glow.get())>
            <For
                each=ids
                key=|id| *id
                children=move |id| {
                    let delivery = Memo::new(move |_| deliveries.with(|all| all.iter().find(|d| d.id == id).cloned()));
                    let several = Memo::new(move |_| deliveries.with(Vec::len) > 1);
                    move || delivery.get().map(|delivery| view! { <DeliveryLine delivery several/> })
                }
            />
        </div>
    }
}

#[component]
fn DeliveryLine(delivery: Delivery, several: Memo<bool>) -> impl IntoView {
    let seconds = use_seconds();
    let live = use_live();
    let shape = Status::from(delivery.status).shape;
    let name = delivery.helper.clone();
    let (open, dead) = (delivery.status.is_open(), delivery.status == DeliveryStatus::Dead);
    let place = Subject::of(delivery.project);
    let held_back = {
        let name = name.clone();
        let entry = live.slice(move |workshop| workshop.helper(name.as_str()).cloned());
        move || {
            (delivery.status == DeliveryStatus::Queued).then(|| entry.with(|entry| held_back(entry.as_ref()))).flatten()
        }
    };
    let id = delivery.id;
    let words = Memo::new(move |_| {
        let (tone, words) = wording::delivery(&delivery, held_back(), seconds.while_under_way(open));
        (tone.name(), words)
    });
    view! {
        <div class="delivery" data-tone=move || words.get().0>
            <Icon shape/>
            <span class="delivery-words">
                {move || several.get().then(|| view! { <a href=format!("/helpers/{name}")>{name.to_string()}</a> " " })}
                {move || words.get().1}
            </span>
            {move || (dead && live.may(Action::Operate, place)).then(|| view! { <Requeue id/> })}
        </div>
    }
}

#[component]
fn Requeue(id: domain::DeliveryId) -> impl IntoView {
    let requeue = ServerAction::<RequeueDelivery>::new();
    view! {
        <ActionForm action=requeue>
            <input type="hidden" name="delivery" value=id.to_string()/>
            <button class="btn btn-small" disabled=move || requeue.pending().get()>"Requeue"</button>
        </ActionForm>
        <ProblemNote problem=action_problem(requeue)/>
    }
}

/// What holds back a delivery that waits in the queue.
fn held_back(entry: Option<&HelperEntry>) -> Option<HeldBack> {
    let Some(entry) = entry else { return Some(HeldBack::Gone) };
    if entry.helper.paused {
        return Some(HeldBack::Paused);
    }
    if !entry.helper.wanted {
        return Some(HeldBack::Stopped);
    }
    let down = |status| matches!(status, ProcessStatus::BackingOff | ProcessStatus::Stopped | ProcessStatus::Failed);
    entry.process.as_ref().is_some_and(|process| down(process.status)).then_some(HeldBack::Down)
}
