//! Who is at work on an answer, with its text as it grows.

use domain::DeliveryStatus;
use leptos::prelude::*;

use super::model::View;
use crate::components::Sigil;
use crate::live::use_live;

/// The answers in the making in one conversation.
#[component]
pub fn Answering(
    /// The conversation.
    model: RwSignal<View>,
) -> impl IntoView {
    let live = use_live();
    let conversation = model.with_untracked(View::id);
    let at_work = Memo::new(move |_| {
        model.with(|view| {
            let in_hand = view.thread.deliveries.iter().filter(|delivery| delivery.status == DeliveryStatus::Delivered);
            in_hand.map(|delivery| (delivery.id, delivery.helper.clone())).collect::<Vec<_>>()
        })
    });
    let texts = Memo::new(move |_| live.drafts.with(|drafts| drafts.of(conversation)));
    // The growing text would be read out again with every piece; the finished message is read once.
    view! {
        <div class="answering" aria-live="off">
            <For
                each=move || at_work.get()
                key=|(id, _)| *id
                children=move |(id, helper)| {
                    let text = Memo::new(move |_| {
                        texts.with(|texts| texts.iter().find(|draft| draft.delivery == id).map(|draft| draft.text.clone()))
                    });
                    let name = helper.to_string();
                    let says = move || if text.with(Option::is_some) { " is answering" } else { " is working" };
                    view! {
                        <div class="message draft" data-kind="helper">
                            <Sigil name=name.clone() size="l"/>
                            <header>
                                <b class="message-sender">{name}</b>
                                <span class="faint">{says}<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span></span>
                            </header>
                            <div class="message-body">
                                {move || text.get().map(|text| view! { <p class="draft-text">{text}</p> })}
                            </div>
                        </div>
                    }
                }
            />
        </div>
    }
}
