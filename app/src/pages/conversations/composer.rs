//! Where people write: completion, drafts that survive, sending that outlasts an outage. A plain form without JavaScript.

use domain::message::check_body;
use domain::{Helper, HelperName};
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::acts::PostMessage;
use super::completion::{bytes_at, query, suggestions, units_at};
use super::keep;
use super::listbox::{Choices, ListBox, option_id};
use super::model::{View, spoken};
use super::pane::Pane;
use super::place::address;
use super::sending::Sending;
use crate::components::{Icon, ProblemNote, Shape, action_problem, announce};
use crate::live::use_live;
use crate::plain::plain;

/// The composer of one conversation.
#[component]
pub fn Composer(
    /// The thread above it.
    pane: Pane,
    /// The idempotency key for sending without JavaScript.
    form_key: String,
) -> impl IntoView {
    let live = use_live();
    let sending = use_context::<Sending>();
    let conversation = pane.model.with_untracked(View::id);
    let helpers =
        live.slice(|workshop| workshop.helpers.iter().map(|entry| entry.helper.clone()).collect::<Vec<Helper>>());
    let present = Memo::new(move |_| {
        pane.model.with(|view| view.thread.conversation.helpers().cloned().collect::<Vec<HelperName>>())
    });
    // Only says what went wrong with a message that was sent without JavaScript.
    let refused = action_problem(ServerAction::<PostMessage>::new());
    let field = NodeRef::<Textarea>::new();
    let choices = RwSignal::new(None::<Choices>);
    let problem = RwSignal::new(None::<String>);
    let kept = RwSignal::new(false);

    let look = move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        let caret = field.selection_start().ok().flatten().unwrap_or(0);
        let found = query(&text, bytes_at(&text, caret));
        choices.set(found.and_then(|query| {
            let list = helpers
                .with_untracked(|helpers| present.with_untracked(|present| suggestions(&query, helpers, present)));
            (!list.is_empty()).then_some(Choices { query, list, active: 0 })
        }));
    };
    let keep_draft = move || {
        if let Some(field) = field.get_untracked() {
            let text = field.value();
            kept.set(keep::set_draft(conversation, &text) && !text.is_empty());
        }
    };
    // What was typed before the page took over stays; else the draft of last time comes back.
    Effect::new(move |_| {
        let Some(field) = field.get() else { return };
        if field.value().is_empty()
            && let Some(draft) = keep::draft(conversation)
        {
            field.set_value(&draft);
        }
        keep_draft();
    });
    Effect::new(move |_| {
        if let (Some(text), Some(field)) = (pane.put_back.get(), field.get_untracked()) {
            pane.put_back.set(None);
            let typed = field.value();
            field.set_value(&if typed.is_empty() { text } else { format!("{text}\n{typed}") });
            keep_draft();
            let _ = field.focus();
        }
    });
    // Whether the choice says no more than what is typed already: then Enter means sending it.
    let is_typed = move |at: usize| {
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        choices.with_untracked(|choices| {
            choices.as_ref().is_some_and(|choices| choices.accept(&typed, at).0.trim_end() == typed.trim_end())
        })
    };
    let accept = move |at: usize| {
        if let (Some(field), Some(chosen)) = (field.get_untracked(), choices.get_untracked()) {
            let (text, caret) = chosen.accept(&field.value(), at);
            let caret = units_at(&text, caret);
            field.set_value(&text);
            let _ = field.set_selection_range(caret, caret);
            let _ = field.focus();
            choices.set(None);
            keep_draft();
        }
    };
    let navigate = leptos_router::hooks::use_navigate();
    let submit = move || {
        let (Some(field), Some(sending)) = (field.get_untracked(), sending) else { return };
        let text = field.value();
        if let Err(error) = check_body(&text) {
            problem.set(Some(error.message));
            let _ = field.focus();
            return;
        }
        problem.set(None);
        choices.set(None);
        let reply = pane.place.reply.get_untracked();
        sending.send(conversation, text, reply);
        field.set_value("");
        keep_draft();
        pane.to_end();
        if !live.is_live() {
            announce("Kept. It goes out when the workshop is back.");
        }
        if reply.is_some() || !pane.is_newest() {
            let here = leptos_router::NavigateOptions { replace: true, scroll: false, ..Default::default() };
            navigate(&address(conversation, &[]), here);
        }
    };
    let on_submit = {
        let submit = submit.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            submit();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if choices.with_untracked(Option::is_some) && on_choice_key(&event, choices, &accept, &is_typed) {
            event.prevent_default();
        } else if event.key() == "Enter"
            && !event.shift_key()
            && (event.ctrl_key() || event.meta_key() || !touch_only())
        {
            event.prevent_default();
            submit();
        }
    };
    let active = move || choices.with(|choices| choices.as_ref().map(|choices| option_id(choices.active)));
    view! {
        <form class="composer" method="post" action=PostMessage::url() on:submit=on_submit>
            <input type="hidden" name="conversation" value=conversation.to_string()/>
            <input type="hidden" name="key" value=form_key/>
            <ProblemNote problem=refused/>
            <Replying pane/>
            <div class="composer-box">
                <ListBox choices pick=accept/>
                <label class="sr-only" for="say">"Message"</label>
                <textarea
                    id="say"
                    name="body"
                    rows="2"
                    required
                    node_ref=field
                    placeholder="Ask the workshop, or type / for what a helper can do"
                    aria-describedby="say-hint say-problem"
                    aria-autocomplete="list"
                    aria-controls=move || choices.with(Option::is_some).then_some("say-choices")
                    aria-activedescendant=active
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    on:input=move |_| {
                        problem.set(None);
                        look();
                        keep_draft();
                    }
                    on:click=move |_| look()
                    on:blur=move |_| choices.set(None)
                    on:keydown=on_key
                ></textarea>
                <p class="composer-problem" id="say-problem" role="alert">{move || problem.get()}</p>
                <div class="composer-foot">
                    <span id="say-hint">"Markdown"<span class="composer-keys">" · " <kbd>"Enter"</kbd>" sends, " <kbd>"Shift Enter"</kbd>" makes a line"</span></span>
                    <span class="composer-kept">{move || kept.get().then_some("Draft kept")}</span>
                    <button class="btn go"><Icon shape=Shape::Send/>"Send"</button>
                </div>
            </div>
        </form>
    }
}

/// Moves in the list of choices, takes one, or closes it; tells whether the key was for the list.
fn on_choice_key(
    event: &KeyboardEvent,
    choices: RwSignal<Option<Choices>>,
    accept: &impl Fn(usize),
    is_typed: &impl Fn(usize) -> bool,
) -> bool {
    let active = choices.with_untracked(|choices| choices.as_ref().map_or(0, |choices| choices.active));
    match event.key().as_str() {
        "ArrowDown" => choices.update(|choices| choices.iter_mut().for_each(|choices| choices.step(1))),
        "ArrowUp" => choices.update(|choices| choices.iter_mut().for_each(|choices| choices.step(-1))),
        "Escape" => choices.set(None),
        "Enter" if is_typed(active) => return false,
        "Enter" | "Tab" if !event.shift_key() => accept(active),
        _ => return false,
    }
    true
}

/// Whether there is no keyboard with a Shift key: then Enter makes a line, and the button sends.
fn touch_only() -> bool {
    window().match_media("(hover: none) and (pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// The message that is being answered, and a way not to.
#[component]
fn Replying(pane: Pane) -> impl IntoView {
    let conversation = pane.model.with_untracked(View::id);
    let reply = pane.place.reply;
    let quote = Memo::new(move |_| reply.get().and_then(|id| pane.model.with(|view| view.quote(id))));
    Effect::new(move |_| {
        if let Some(id) = reply.get() {
            pane.fetch_quote(id);
            if let Some(field) = document().get_element_by_id("say") {
                let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(field).focus();
            }
        }
    });
    move || {
        reply.get().map(|id| {
            let words = quote.get().map(|quote| (spoken(&quote.excerpt.sender), plain(&quote.excerpt.text)));
            let (who, text) = words.unwrap_or_else(|| ("an earlier message".into(), String::new()));
            view! {
                <div class="replying">
                    <input type="hidden" name="reply_to" value=id.to_string()/>
                    <Icon shape=Shape::Left/>
                    <span class="replying-text">"Answering " <b>{who}</b> " " {text}</span>
                    <a class="btn quiet btn-small" href=address(conversation, &[]) data-noscroll="" aria-label="Do not answer it, write anew">
                        <Icon shape=Shape::Cross/>
                    </a>
                </div>
            }
        })
    }
}
