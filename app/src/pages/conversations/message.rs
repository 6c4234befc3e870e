//! One message in the thread, with what hangs on it.

use domain::{Message, MessageId, Party};
use leptos::prelude::*;

use super::delivery::Deliveries;
use super::model::{Quote, spoken};
use super::pane::Pane;
use super::place::message_address;
use super::task_card::TaskCard;
use crate::components::{Icon, PartySigil, RelativeTime, Shape};
use crate::pages::sandboxes::PermissionCard;
use crate::plain::plain;

/// One message.
#[component]
pub fn MessageView(
    /// The thread around it.
    pane: Pane,
    /// Which message.
    id: MessageId,
) -> impl IntoView {
    let found = pane.model.with_untracked(|view| view.thread.messages.iter().find(|message| message.id == id).cloned());
    // Messages never change and never leave the thread while it is shown.
    found.map(|message| view! { <Shown pane message/> })
}

#[component]
fn Shown(pane: Pane, message: Message) -> impl IntoView {
    let Message { id, conversation, position, sender, html, at, .. } = message.clone();
    let model = pane.model;
    let quoted = model.with_untracked(|view| view.quote_for(&message));
    let kind = match &sender {
        Party::User(_) => "person",
        Party::Helper(_) => "helper",
        Party::System => "system",
    };
    let fresh = position > pane.newest_at_first;
    let sought = move || pane.sought() == Some(position);
    let task_ids =
        Memo::new(move |_| model.with(|view| view.tasks_of(id).iter().map(|task| task.id).collect::<Vec<_>>()));
    let asked = Memo::new(move |_| {
        model.with(|view| view.permissions_of(id).map(|permission| permission.id).collect::<Vec<_>>())
    });
    let name = spoken(&sender);
    let profile = sender.helper().map(|name| format!("/helpers/{name}"));
    let last_read = pane.read_at_first;
    view! {
        {(position == last_read + 1 && position > 1 && pane.unread_at_first > 0).then(|| view! { <p class="new-from-here"><span>"New"</span></p> })}
        <article class="message" class:fresh=fresh class:sought=sought id=format!("m{position}") data-kind=kind tabindex="-1">
            <PartySigil party=sender size="l"/>
            <header>
                {match profile {
                    Some(href) => view! { <a class="message-sender" href=href>{name.clone()}</a> }.into_any(),
                    None => view! { <b class="message-sender">{name.clone()}</b> }.into_any(),
                }}
                <a class="message-at" href=message_address(conversation, position)><RelativeTime at=at/></a>
                {move || pane.silenced.with(Option::is_none).then(|| view! {
                    <a
                        class="message-reply"
                        href=move || pane.place.answering(conversation, id)
                        data-noscroll=""
                        aria-label=format!("Reply to {name}, message {position}")
                    >
                        <Icon shape=Shape::Left/>
                        "Reply"
                    </a>
                })}
            </header>
            <div class="message-body">
                {quoted.map(|quoted| view! { <QuoteLink pane id=quoted/> })}
                <div class="prose" inner_html=html></div>
                <Deliveries model message=id/>
                <For
                    each=move || task_ids.get()
                    key=|id| *id
                    children=move |task_id| {
                        let task = Memo::new(move |_| {
                            model.with(|view| view.thread.tasks.iter().find(|task| task.id == task_id).cloned())
                        });
                        // Present as long as its id is listed.
                        task.get_untracked().map(|first| {
                            let task = Signal::derive(move || task.get().unwrap_or_else(|| first.clone()));
                            view! { <TaskCard task/> }
                        })
                    }
                />
                <For
                    each=move || asked.get()
                    key=|id| *id
                    children=move |asked| {
                        let permission = Memo::new(move |_| {
                            model.with(|view| view.thread.permissions.iter().find(|found| found.id == asked).cloned())
                        });
                        permission.get_untracked().map(|first| {
                            let permission = Signal::derive(move || permission.get().unwrap_or_else(|| first.clone()));
                            view! { <PermissionCard permission/> }
                        })
                    }
                />
            </div>
        </article>
    }
}

/// The message that is answered, in one line, leading to it.
#[component]
fn QuoteLink(pane: Pane, id: MessageId) -> impl IntoView {
    let quote = Memo::new(move |_| pane.model.with(|view| view.quote(id)));
    pane.fetch_quote(id);
    move || {
        quote.get().map(|Quote { position, excerpt, .. }| {
            let conversation = pane.model.with_untracked(super::model::View::id);
            let here = pane.model.with_untracked(|view| view.thread.messages.iter().any(|message| message.id == id));
            let href = if here { format!("#m{position}") } else { message_address(conversation, position) };
            view! {
                <a
                    class="quote"
                    href=href
                    on:click=move |event| {
                        if pane.show(position) {
                            event.prevent_default();
                        }
                    }
                >
                    <span class="quote-who">{spoken(&excerpt.sender)}</span>
                    " "
                    <span class="quote-text">{plain(&excerpt.text)}</span>
                </a>
            }
        })
    }
}
