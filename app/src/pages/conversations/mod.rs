//! Conversations: the list, one thread, and what stands beside it, live.

mod acts;
mod api;
mod completion;
mod composer;
mod delivery;
mod draft;
mod hits;
mod info;
mod keep;
mod list;
mod listbox;
#[cfg(feature = "ssr")]
mod load;
mod message;
mod model;
mod new;
mod outbox;
mod pane;
mod pending;
mod place;
mod seconds;
mod sending;
mod task_card;
mod thread;
mod wording;

use domain::access::{Action, Subject};
use leptos::prelude::*;
use leptos_meta::Title;

pub use acts::RequeueDelivery;
pub use place::escaped;
pub use seconds::{provide_seconds, use_seconds};
pub use sending::provide_sending;
pub use task_card::TaskCard;

use crate::components::{EmptyState, MayNot, WithWorkshop};
use crate::error::AppError;
use crate::json::resource;
use crate::live::use_live;
use api::{load_view, search_messages};
use list::ConversationList;
use new::NewConversation;
use place::{Place, Spot};
use thread::ThreadView;

/// The page at `/conversations` and `/conversations/ID`.
#[component]
pub fn ConversationsPage() -> impl IntoView {
    let place = Place::of_address();
    provide_seconds();
    // Both stand outside of anything that waits, so that server and browser number them alike.
    let view = resource(
        move || (place.spot.get(), place.window.get()),
        |(spot, window)| async move {
            match spot {
                Spot::Thread(id) => {
                    load_view(id, window).await?.ok_or_else(|| AppError::not_found("conversation")).map(Some)
                }
                Spot::Nowhere(_) => Err(AppError::not_found("conversation")),
                Spot::Start | Spot::New => Ok(None),
            }
        },
    );
    let hits = resource(
        move || place.words.get(),
        |words| async move { if words.trim().is_empty() { Ok(Vec::new()) } else { search_messages(words).await } },
    );
    use_live().on_resync(move || view.refetch());
    let empty = use_live().slice(|workshop| workshop.conversations.is_empty());
    // On a phone one column shows at a time; an empty list would say less than what stands beside it.
    let column = move || match place.spot.get() {
        Spot::Start if !empty.get() => "list",
        Spot::Thread(_) if place.panel.get() => "info",
        _ => "thread",
    };
    view! {
        <WithWorkshop>
            <main class="conversations-page" id="main" data-column=column>
                <h1 class="sr-only">"Conversations"</h1>
                <ConversationList place hits/>
                <Transition fallback=Waiting>
                    {move || Suspend::new(async move {
                        match view.await {
                            Ok(Some(view)) => view! { <ThreadView view place/> }.into_any(),
                            Ok(None) => view! { <NoneChosen place/> }.into_any(),
                            Err(error) => view! { <Missing error again=move || view.refetch()/> }.into_any(),
                        }
                    })}
                </Transition>
            </main>
        </WithWorkshop>
    }
}

#[component]
fn NoneChosen(place: Place) -> impl IntoView {
    let live = use_live();
    let empty = live.slice(|workshop| workshop.conversations.is_empty());
    let silenced = live.refusal(Action::Talk, || Subject::Workshop);
    view! {
        <Title text="Conversations"/>
        {move || {
            if let Some(why) = silenced.get() {
                return view! { <OnlyReading why empty=empty.get()/> }.into_any();
            }
            if place.spot.get() == Spot::New {
                return view! { <NewConversation/> }.into_any();
            }
            let (title, text) = if empty.get() {
                ("Nobody has said anything yet", "Here people and helpers talk: you ask, a helper answers, and everything it does shows while it happens.")
            } else {
                ("Choose a conversation", "Pick one on the left, or open a new one with the helpers you want in it.")
            };
            view! {
                <section class="thread start">
                    <EmptyState title text command="tatwats send --to the_author \"/templates\"">
                        <a class="btn go" href="/conversations?new=1">"New conversation"</a>
                    </EmptyState>
                </section>
            }
            .into_any()
        }}
    }
}

/// For who may read, and say nothing.
#[component]
fn OnlyReading(why: String, empty: bool) -> impl IntoView {
    let (title, text) = if empty {
        ("Nobody has said anything yet", "Here people and helpers talk, and everything they do shows while it happens.")
    } else {
        ("Choose a conversation", "Pick one on the left, and see what is said in it while it happens.")
    };
    view! { <section class="thread start"><EmptyState title text><MayNot why/></EmptyState></section> }
}

/// Says why there is no thread, and tries again by itself once the workshop is back.
#[component]
fn Missing<F>(error: AppError, again: F) -> impl IntoView
where
    F: Fn() + Copy + Send + 'static,
{
    let passing = error.0.status != 404;
    let live = use_live();
    Effect::new(move |was_live: Option<bool>| {
        let is_live = live.is_live();
        if passing && is_live && was_live == Some(false) {
            again();
        }
        is_live
    });
    view! {
        <Title text=error.0.title.clone()/>
        <section class="thread start">
            <EmptyState title=error.0.title.clone() text=error.0.detail.clone()>
                <p class="actions">
                    {passing.then(|| view! { <button type="button" class="btn" on:click=move |_| again()>"Try again"</button> })}
                    <a class="btn" href="/conversations">"All conversations"</a>
                </p>
            </EmptyState>
        </section>
    }
}

/// The rough shape of a thread, for the moment before it is there.
#[component]
fn Waiting() -> impl IntoView {
    view! {
        <section class="thread" aria-busy="true">
            <div class="thread-skeleton"><div class="skeleton"></div><div class="skeleton"></div><div class="skeleton"></div></div>
        </section>
    }
}
