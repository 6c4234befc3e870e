//! What needs a person, as cards with a button each.

use domain::access::{Action, Subject};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::needs::{self, Need, Remedy};
use crate::components::{Icon, ProblemNote, RelativeTime, Shape, action_problem};
use crate::live::{Live, use_live};
use crate::pages::conversations::RequeueDelivery;
use crate::pages::operate::{PauseHelper, RestartHelper, StartHelper};
use crate::pages::sandboxes::Answers;

/// The list, live.
pub(super) fn needs(live: Live) -> Memo<Vec<Need>> {
    live.slice(move |workshop| needs::needs(workshop, live.now.get()))
}

/// The section.
#[component]
pub(super) fn NeedsYou(
    /// What there is.
    needs: Memo<Vec<Need>>,
) -> impl IntoView {
    let live = use_live();
    let idle = live.slice(|workshop| workshop.helpers.iter().all(|entry| entry.helper.waiting == 0));
    view! {
        <section class="section needs" aria-labelledby="needs-title">
            <div class="section-head"><h2 id="needs-title">"Needs you"</h2></div>
            <Show
                when=move || !needs.with(Vec::is_empty)
                fallback=move || view! {
                    <p class="needs-none">
                        <Icon shape=Shape::Check/>
                        {move || if idle.get() { "Nothing. Every message was answered." } else { "Nothing. The helpers are at work." }}
                    </p>
                }
            >
                <For each=move || needs.get() key=|need| (need.key.clone(), need.why.clone(), need.title.clone()) children=|need| view! { <Card need/> }/>
            </Show>
        </section>
    }
}

#[component]
fn Card(need: Need) -> impl IntoView {
    let Need { tone, title, why, remedy, link: (href, link), at, .. } = need;
    view! {
        <article class="need" data-tone=tone.name()>
            <h3>{title}</h3>
            <p>{why}{at.map(|at| view! { " "<span class="faint"><RelativeTime at/></span> })}</p>
            <div class="actions">
                <Mend remedy/>
                <a class="btn quiet" href=href>{link}</a>
            </div>
        </article>
    }
}

/// The button that mends it, for who may, with what went wrong when that failed.
#[component]
fn Mend(remedy: Remedy) -> impl IntoView {
    let live = use_live();
    let place = match &remedy {
        Remedy::Requeue(id) => live.peek(|workshop| {
            Subject::of(workshop.dead.iter().find(|dead| dead.id == *id).and_then(|dead| dead.project))
        }),
        _ => None,
    };
    let (action, place) = match &remedy {
        Remedy::Answer(id, _) => (
            Action::Decide,
            live.peek(|workshop| {
                Subject::of(workshop.permissions.iter().find(|asked| asked.id == *id).and_then(|asked| asked.project))
            }),
        ),
        _ => (Action::Operate, place),
    };
    let place = place.unwrap_or(Subject::Workshop);
    let mend = move || mend(remedy.clone());
    move || live.may(action, place).then(&mend)
}

fn mend(remedy: Remedy) -> AnyView {
    match remedy {
        Remedy::Requeue(delivery) => {
            let action = ServerAction::<RequeueDelivery>::new();
            let pending = action.pending();
            view! {
                <ActionForm action>
                    <input type="hidden" name="delivery" value=delivery.to_string()/>
                    <button class="btn" disabled=move || pending.get()><Icon shape=Shape::Again/>"Requeue"</button>
                </ActionForm>
                <ProblemNote problem=action_problem(action)/>
            }
            .into_any()
        }
        Remedy::Start(helper) => {
            let action = ServerAction::<StartHelper>::new();
            let pending = action.pending();
            view! {
                <ActionForm action>
                    <input type="hidden" name="helper" value=helper.to_string()/>
                    <button class="btn" disabled=move || pending.get()><Icon shape=Shape::Play/>"Start now"</button>
                </ActionForm>
                <ProblemNote problem=action_problem(action)/>
            }
            .into_any()
        }
        Remedy::Restart(helper) => {
            let action = ServerAction::<RestartHelper>::new();
            let pending = action.pending();
            view! {
                <ActionForm action>
                    <input type="hidden" name="helper" value=helper.to_string()/>
                    <button class="btn" disabled=move || pending.get()><Icon shape=Shape::Again/>"Restart"</button>
                </ActionForm>
                <ProblemNote problem=action_problem(action)/>
            }
            .into_any()
        }
        Remedy::Resume(helper) => {
            let action = ServerAction::<PauseHelper>::new();
            let pending = action.pending();
            view! {
                <ActionForm action>
                    <input type="hidden" name="helper" value=helper.to_string()/>
                    <input type="hidden" name="paused" value="false"/>
                    <button class="btn" disabled=move || pending.get()><Icon shape=Shape::Play/>"Let them through"</button>
                </ActionForm>
                <ProblemNote problem=action_problem(action)/>
            }
            .into_any()
        }
        Remedy::Answer(id, always) => view! { <Answers id always/> }.into_any(),
        Remedy::Look => ().into_any(),
    }
}
