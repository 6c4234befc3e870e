//! What the viewer has written and the thread does not show yet: waiting, on its way, or refused.

use leptos::prelude::*;

use super::model::View;
use super::outbox::{Entry, Stage};
use super::pane::Pane;
use super::sending::Sending;
use crate::components::{Icon, PartySigil, Shape};
use crate::live::use_live;

/// The messages of one conversation that are on their way.
#[component]
pub fn Pending(
    /// The thread.
    pane: Pane,
) -> impl IntoView {
    let sending = expect_context::<Sending>();
    let conversation = pane.model.with_untracked(View::id);
    let entries =
        Memo::new(move |_| sending.outbox.with(|outbox| outbox.of(conversation).cloned().collect::<Vec<_>>()));
    // What the thread shows is no longer on its way.
    Effect::new(move |_| {
        let arrived = pane.model.with(|view| {
            let keys: Vec<_> = view.thread.messages.iter().filter_map(|message| message.key.as_deref()).collect();
            entries.with(|entries| {
                entries
                    .iter()
                    .filter(|entry| keys.contains(&entry.key.as_str()))
                    .map(|entry| entry.key.clone())
                    .collect::<Vec<_>>()
            })
        });
        for key in arrived {
            sending.take_back(&key);
        }
    });
    view! {
        <For
            each=move || entries.get()
            key=|entry| (entry.key.clone(), entry.stage.clone())
            children=move |entry| view! { <Waiting pane entry/> }
        />
    }
}

#[component]
fn Waiting(pane: Pane, entry: Entry) -> impl IntoView {
    let live = use_live();
    let sending = expect_context::<Sending>();
    let party = pane.model.with_untracked(|view| domain::Party::User(view.thread.viewer.clone()));
    let (key, again) = (entry.key.clone(), entry.key.clone());
    let refused = matches!(entry.stage, Stage::Refused(_));
    let idle = refused || entry.stage == Stage::Waiting;
    let (shape, tone) = match &entry.stage {
        Stage::Refused(_) => (Shape::Cross, "bad"),
        Stage::Waiting => (Shape::Clock, "warn"),
        Stage::Sending | Stage::Sent => (Shape::Progress, "neutral"),
    };
    let stage = entry.stage.clone();
    let words = move || match &stage {
        Stage::Waiting if live.is_live() => {
            "waiting: the workshop could not take it just now; it is tried again".to_owned()
        }
        Stage::Waiting => "queued: it goes out by itself, once, when the workshop is back".to_owned(),
        Stage::Sending => "sending…".to_owned(),
        Stage::Sent => "sent".to_owned(),
        Stage::Refused(why) => format!("not sent: {why}"),
    };
    let edit = move |_| {
        if let Some(entry) = sending.take_back(&key) {
            pane.put_back.set(Some(entry.body));
        }
    };
    view! {
        <div class="message pending" data-kind="person" data-stage=tone>
            <PartySigil party size="l"/>
            <div class="message-body">
                <p class="draft-text">{entry.body}</p>
                <div class="delivery" data-tone=tone role="status">
                    <Icon shape/>
                    <span class="delivery-words">{words}</span>
                    {refused.then(|| {
                        view! { <button type="button" class="btn btn-small" on:click=move |_| sending.retry(&again)>"Try again"</button> }
                    })}
                    {idle.then(|| view! { <button type="button" class="btn btn-small quiet" on:click=edit>"Take back"</button> })}
                </div>
            </div>
        </div>
    }
}
