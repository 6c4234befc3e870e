//! The middle of the page: the messages of one conversation, what is on its way, and the composer.

use domain::ConversationId;
use leptos::prelude::*;

use super::composer::Composer;
use super::draft::Answering;
use super::info::Info;
use super::message::MessageView;
use super::model::View;
use super::pane::Pane;
use super::pending::Pending;
use super::place::{Place, address, message_address};
use crate::components::{Icon, LiveTitle, MayNot, Shape};
use crate::format::counted;

/// One conversation with the panel beside it.
#[component]
pub fn ThreadView(
    /// What was loaded.
    view: View,
    /// Where the page is.
    place: Place,
) -> impl IntoView {
    let id = view.id();
    let form_key = view.form_key.clone();
    let pane = Pane::following(view, place);
    let model = pane.model;
    let title = Memo::new(move |_| model.with(|view| view.thread.conversation.title.clone()));
    let ids = Memo::new(move |_| {
        model.with(|view| view.thread.messages.iter().map(|message| message.id).collect::<Vec<_>>())
    });
    go_to_hash(pane, id);
    view! {
        <LiveTitle text=title/>
        <section class="thread" aria-label=move || title.get()>
            <header class="thread-head">
                <a class="btn quiet thread-back" href="/conversations" aria-label="All conversations"><Icon shape=Shape::Left/></a>
                <h2>{move || title.get()}</h2>
                <a class="btn quiet thread-info" href=address(id, &[("panel", "info")])>"Details"</a>
            </header>
            <div
                class="thread-scroll"
                node_ref=pane.scroller
                tabindex="0"
                role="log"
                aria-live="polite"
                aria-label=move || format!("Messages of {}", title.get())
                aria-busy=move || pane.is_loading().to_string()
                on:scroll=move |_| pane.scrolled()
            >
                <div class="thread-inner">
                    <Older pane id/>
                    {move || ids.with(Vec::is_empty).then(|| view! { <Silence pane/> })}
                    <For each=move || ids.get() key=|id| *id children=move |id| view! { <MessageView pane id/> }/>
                    <Newer pane id/>
                    <Pending pane/>
                    <Answering model/>
                </div>
            </div>
            <Missed pane id/>
            {move || match pane.silenced.get() {
                Some(why) => view! { <div class="composer"><MayNot why/></div> }.into_any(),
                None => view! { <Composer pane form_key=form_key.clone()/> }.into_any(),
            }}
        </section>
        <Info pane/>
    }
}

/// Follows `#m12` in the address: browsers do it for what the server rendered, not for what came later.
fn go_to_hash(pane: Pane, id: ConversationId) {
    let navigate = leptos_router::hooks::use_navigate();
    Effect::new(move |done: Option<()>| {
        if done.is_some() || pane.scroller.get().is_none() {
            return;
        }
        let sought = pane.place.window.with_untracked(|window| match window {
            super::model::Window::Around(position) => Some(*position),
            _ => None,
        });
        let hash = window().location().hash().unwrap_or_default();
        let Some(position) = hash.strip_prefix("#m").and_then(|text| text.parse::<i64>().ok()).or(sought) else {
            return;
        };
        let navigate = navigate.clone();
        request_animation_frame(move || {
            if pane.show(position) {
                request_animation_frame(move || pane.scrolled());
            } else if sought.is_none() {
                navigate(
                    &message_address(id, position),
                    leptos_router::NavigateOptions { replace: true, ..Default::default() },
                );
            }
        });
    });
}

#[component]
fn Older(pane: Pane, id: ConversationId) -> impl IntoView {
    let older = Memo::new(move |_| pane.model.with(|view| view.older));
    move || {
        older.get().map(|position| {
            let busy = move || pane.is_loading();
            view! {
                <p class="thread-edge">
                    <a
                        class="btn btn-small"
                        href=address(id, &[("before", &position.to_string())])
                        aria-disabled=move || busy().to_string()
                        on:click=move |event| {
                            event.prevent_default();
                            pane.load_older();
                        }
                    >
                        {move || if busy() { "Loading…" } else { "Older messages" }}
                    </a>
                </p>
            }
        })
    }
}

#[component]
fn Newer(pane: Pane, id: ConversationId) -> impl IntoView {
    let newer = Memo::new(move |_| pane.model.with(|view| view.newer));
    move || {
        newer.get().map(|position| {
            view! {
                <p class="thread-edge">
                    <a
                        class="btn btn-small"
                        href=address(id, &[("after", &position.to_string())])
                        on:click=move |event| {
                            event.prevent_default();
                            pane.load_newer();
                        }
                    >
                        "Newer messages"
                    </a>
                    <a class="btn btn-small quiet" href=address(id, &[])>"To the newest"</a>
                </p>
            }
        })
    }
}

/// What came while the reader was elsewhere in the thread.
#[component]
fn Missed(pane: Pane, id: ConversationId) -> impl IntoView {
    let missed = Memo::new(move |_| pane.missed());
    let newest = Memo::new(move |_| pane.is_newest());
    move || {
        (missed.get() > 0).then(|| {
            let words = counted(missed.get(), "new message");
            let to_end = move |event: leptos::ev::MouseEvent| {
                if newest.get_untracked() {
                    event.prevent_default();
                    pane.to_end();
                }
            };
            view! { <p class="missed"><a class="btn go" href=address(id, &[]) on:click=to_end><Icon shape=Shape::Down/>{words}</a></p> }
        })
    }
}

#[component]
fn Silence(pane: Pane) -> impl IntoView {
    view! {
        <div class="silence">
            <p><b>"Nothing has been said here yet."</b></p>
            {move || pane.silenced.with(Option::is_none).then(|| view! {
                <p>"Write below. " <code>"@the_author"</code> " reaches a helper by name, " <code>"/"</code> " shows what helpers can do."</p>
            })}
        </div>
    }
}
