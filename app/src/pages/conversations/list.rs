//! The left of the page: every conversation with what is new in it, a filter, and what a search finds.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::access::{Action, Subject};
use domain::projection::{ConversationEntry, limits};
use domain::{ConversationId, DeliveryId, DeliveryStatus, EventData, HelperName};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::api::{Hit, load_at_work};
use super::hits::Hits;
use super::model::spoken;
use super::place::{Place, Spot, escaped};
use crate::components::{Icon, RelativeTime, Shape, glow_when_changed};
use crate::error::AppError;
use crate::json::JsonResource;
use crate::live::use_live;
use crate::plain::plain;

/// How long typing rests before messages are searched.
const REST: Duration = Duration::from_millis(250);

/// What helpers have in hand, by delivery.
type AtWork = BTreeMap<DeliveryId, (ConversationId, HelperName)>;

/// The conversations.
#[component]
pub fn ConversationList(
    /// Where the page is.
    place: Place,
    /// The messages that the search found.
    hits: JsonResource<Result<Vec<Hit>, AppError>>,
) -> impl IntoView {
    let live = use_live();
    let entries = live.slice(|workshop| workshop.conversations.clone());
    let shown = Memo::new(move |_| {
        let words = place.words.get().to_lowercase();
        let fits = |entry: &&ConversationEntry| entry.conversation.title.to_lowercase().contains(words.trim());
        entries.with(|entries| entries.iter().filter(fits).map(|entry| entry.conversation.id).collect::<Vec<_>>())
    });
    let at_work = follow_at_work();
    let none = move || shown.with(Vec::is_empty);
    let full = move || entries.with(|entries| entries.len() >= limits::CONVERSATIONS);
    view! {
        <div class="side">
            <header class="side-head">
                <h2>"Conversations"</h2>
                {move || live.may(Action::Talk, Subject::Workshop).then(|| view! {
                    <a class="btn btn-small" href="/conversations?new=1"><Icon shape=Shape::Plus/>"New"</a>
                })}
            </header>
            <Filter place/>
            <nav aria-label="Conversations">
                <ul class="conversations">
                    <For
                        each=move || shown.get()
                        key=|id| *id
                        children=move |id| view! { <Line id entries at_work place/> }
                    />
                </ul>
            </nav>
            {move || none().then(|| view! {
                <p class="side-note">
                    {if place.words.with(String::is_empty) { "No conversation yet." } else { "No conversation has this in its title." }}
                </p>
            })}
            {move || full().then(|| view! {
                <p class="side-note">{format!("The {} conversations with the newest activity are listed; a search finds messages in all.", limits::CONVERSATIONS)}</p>
            })}
            <Hits place hits/>
        </div>
    }
}

/// One box that filters the list as it is typed into, and searches the messages.
#[component]
fn Filter(place: Place) -> impl IntoView {
    let navigate = use_navigate();
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let on_input = move |event| {
        let words = event_target_value(&event);
        let navigate = navigate.clone();
        if let Some(handle) = pending.get_value() {
            handle.clear();
        }
        let go = move || {
            let path = match place.spot.get_untracked() {
                Spot::Thread(id) => format!("/conversations/{id}"),
                _ => "/conversations".to_owned(),
            };
            let query = if words.is_empty() { String::new() } else { format!("?q={}", escaped(&words)) };
            navigate(
                &(path + &query),
                leptos_router::NavigateOptions { replace: true, scroll: false, ..Default::default() },
            );
        };
        pending.set_value(set_timeout_with_handle(go, REST).ok());
    };
    view! {
        <form class="filter" role="search" aria-label="Conversations and messages" method="get" action="/conversations">
            <Icon shape=Shape::Lens/>
            <label class="sr-only" for="filter">"Filter conversations and search messages"</label>
            <input
                id="filter"
                type="search"
                name="q"
                value=place.words.get_untracked()
                placeholder="Filter, or search messages"
                autocomplete="off"
                on:input=on_input
            />
        </form>
    }
}

#[component]
fn Line(
    id: ConversationId,
    entries: Memo<Vec<ConversationEntry>>,
    at_work: RwSignal<AtWork>,
    place: Place,
) -> impl IntoView {
    let entry =
        Memo::new(move |_| entries.with(|entries| entries.iter().find(|entry| entry.conversation.id == id).cloned()));
    let current = move || (place.spot.get() == Spot::Thread(id)).then_some("page");
    let unread = Memo::new(move |_| entry.with(|entry| entry.as_ref().map_or(0, ConversationEntry::unread)));
    let count = move || entry.with(|entry| entry.as_ref().map_or(0, |entry| entry.conversation.message_count));
    let glow = glow_when_changed(count);
    let working = Memo::new(move |_| {
        at_work.with(|all| {
            all.values().find(|(conversation, _)| *conversation == id).map(|(_, helper)| helper.to_string())
        })
    });
    let title = move || entry.with(|entry| entry.as_ref().map(|entry| entry.conversation.title.clone()));
    let excerpt = Memo::new(move |_| {
        if let Some(helper) = working.get() {
            return format!("{helper} is working…");
        }
        entry.with(|entry| {
            let last = entry.as_ref().and_then(|entry| entry.conversation.last.as_ref());
            last.map_or_else(
                || "Nothing said yet".to_owned(),
                |last| format!("{}: {}", spoken(&last.sender), plain(&last.text)),
            )
        })
    });
    let at = Signal::derive(move || {
        entry.with(|entry| entry.as_ref().map(|entry| entry.conversation.active_at).unwrap_or_default())
    });
    view! {
        <li class=move || glow.get()>
            <a class="conversation" href=move || place.conversation(id) aria-current=current data-noscroll="">
                <b class="conversation-title">{title}</b>
                {move || match unread.get() {
                    0 => view! { <span class="conversation-at"><RelativeTime at/></span> }.into_any(),
                    count => view! { <span class="unread num">{count}<span class="sr-only">" unread"</span></span> }.into_any(),
                }}
                <span class="conversation-last" data-working=move || working.with(Option::is_some).to_string()>{excerpt}</span>
            </a>
        </li>
    }
}

/// What helpers have in hand: loaded once the page is awake, then followed.
fn follow_at_work() -> RwSignal<AtWork> {
    let live = use_live();
    let at_work = RwSignal::new(AtWork::new());
    let put = move |delivery: &domain::Delivery| {
        at_work.try_update(|all| match delivery.status {
            DeliveryStatus::Delivered => all.insert(delivery.id, (delivery.conversation, delivery.helper.clone())),
            _ => all.remove(&delivery.id),
        });
    };
    let newest = StoredValue::new(0);
    if let Some(seq) = live.peek(|workshop| workshop.seq) {
        live.each_event(seq, move |event| {
            newest.set_value(event.seq);
            if let EventData::DeliveryChanged(changed) = &event.what {
                put(&changed.delivery);
            }
        });
    }
    Effect::new(move |_| {
        if !live.is_live() {
            return;
        }
        // After an outage the list is loaded anew: what ended meanwhile may have been cut from the stream.
        spawn_local(async move {
            if let Ok(loaded) = load_at_work().await
                && newest.try_get_value().is_some_and(|newest| newest <= loaded.seq)
            {
                at_work.try_update(AtWork::clear);
                loaded.deliveries.iter().for_each(put);
            }
        });
    });
    at_work
}
