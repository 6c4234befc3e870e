//! The panel at the right: who takes part, what was decided, what can be done with the conversation.

use domain::conversation::{HOP_BUDGET, MAX_TITLE};
use domain::{HelperName, ProjectId};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{InviteHelper, RenameConversation};
use super::model::{Quote, View, spoken};
use super::pane::Pane;
use super::place::{address, message_address};
use crate::components::{Field, Icon, PartySigil, ProblemNote, RelativeTime, Shape, action_problem};
use crate::live::use_live;
use crate::plain::plain;

/// The panel of one conversation.
#[component]
pub fn Info(
    /// The thread beside it.
    pane: Pane,
) -> impl IntoView {
    let model = pane.model;
    let id = model.with_untracked(View::id);
    let conversation = Memo::new(move |_| model.with(|view| view.thread.conversation.clone()));
    let title = move || conversation.with(|c| c.title.clone());
    let count = move || conversation.with(|c| c.message_count);
    let hops = Memo::new(move |_| model.with(View::hops_left));
    let unread = Memo::new(move |_| model.with(View::unread));
    let project = move || conversation.with(|c| c.project);
    let may_talk = move || pane.silenced.with(Option::is_none);
    view! {
        <aside class="info" aria-label="About this conversation">
            <header class="info-head">
                <h2>{title}</h2>
                <a class="btn quiet btn-small info-back" href=address(id, &[])>"Back to the messages"</a>
            </header>
            <dl class="facts">
                {move || project().map(|id| view! { <ProjectFact id/> })}
                <dt>"Messages"</dt>
                <dd class="num">{count}</dd>
                <dt>"Begun"</dt>
                <dd><RelativeTime at=Signal::derive(move || conversation.with(|c| c.created_at))/></dd>
                <dt><abbr title="How often helpers may still call on each other for the newest message of a person">"Hops left"</abbr></dt>
                <dd class="num">{move || format!("{} of {HOP_BUDGET}", hops.get())}</dd>
            </dl>
            <section>
                <h3>"Who takes part"</h3>
                <ul class="people">
                    <For
                        each=move || conversation.with(|c| c.participants.clone())
                        key=|party| party.to_string()
                        children=|party| {
                            let name = spoken(&party);
                            let href = party.helper().map(|name| format!("/helpers/{name}"));
                            view! {
                                <li>
                                    <PartySigil party size="s"/>
                                    {match href {
                                        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
                                        None => view! { <span>{name}</span> }.into_any(),
                                    }}
                                </li>
                            }
                        }
                    />
                </ul>
                {move || may_talk().then(|| view! { <Invite pane/> })}
            </section>
            <Decisions pane/>
            <Tasks pane/>
            <section>
                <h3>"Do more"</h3>
                {move || (unread.get() > 0).then(|| view! { <MarkRead pane/> })}
                {move || may_talk().then(|| view! { <Rename pane/> })}
                <p class="actions">
                    <a class="btn btn-small" href=export(id, "md") download rel="external"><Icon shape=Shape::Down/>"Export as Markdown"</a>
                    <a class="btn btn-small" href=export(id, "json") download rel="external"><Icon shape=Shape::Down/>"Export as JSON"</a>
                </p>
            </section>
        </aside>
    }
}

fn export(id: domain::ConversationId, format: &str) -> String {
    format!("/api/v1/conversations/{id}/export?format={format}")
}

#[component]
fn ProjectFact(id: ProjectId) -> impl IntoView {
    let slug = use_live().slice(move |workshop| {
        workshop.projects.iter().find(|project| project.id == id).map(|project| project.slug.to_string())
    });
    move || {
        slug.get().map(|slug| {
            let href = format!("/projects/{slug}");
            view! {
                <dt>"Project"</dt>
                <dd><a href=href>{slug}</a></dd>
            }
        })
    }
}

#[component]
fn Invite(pane: Pane) -> impl IntoView {
    let invite = ServerAction::<InviteHelper>::new();
    let id = pane.model.with_untracked(View::id);
    let all = use_live()
        .slice(|workshop| workshop.helpers.iter().map(|entry| entry.helper.name.clone()).collect::<Vec<HelperName>>());
    let absent = Memo::new(move |_| {
        let present: Vec<_> = pane.model.with(|view| view.thread.conversation.helpers().cloned().collect());
        all.get().into_iter().filter(|name| !present.contains(name)).collect::<Vec<_>>()
    });
    move || {
        let absent = absent.get();
        (!absent.is_empty()).then(|| {
            view! {
                <ActionForm action=invite>
                    <div class="one-line">
                        <input type="hidden" name="conversation" value=id.to_string()/>
                        <label class="sr-only" for="invite">"Helper to invite"</label>
                        <select id="invite" name="helper">
                            {absent.into_iter().map(|name| view! { <option value=name.to_string()>{name.to_string()}</option> }).collect_view()}
                        </select>
                        <button class="btn btn-small" disabled=move || invite.pending().get()>"Invite"</button>
                    </div>
                </ActionForm>
                <ProblemNote problem=action_problem(invite)/>
            }
        })
    }
}

#[component]
fn Rename(pane: Pane) -> impl IntoView {
    let rename = ServerAction::<RenameConversation>::new();
    let id = pane.model.with_untracked(View::id);
    let title = Memo::new(move |_| pane.model.with(|view| view.thread.conversation.title.clone()));
    let problem = action_problem(rename);
    view! {
        <details class="unfold">
            <summary>"Rename"</summary>
            <ActionForm action=rename>
                <input type="hidden" name="conversation" value=id.to_string()/>
                <Field
                    name="title"
                    label="New title"
                    value=title.get_untracked()
                    max=u32::try_from(MAX_TITLE).unwrap_or(120)
                    required=true
                    problem=Signal::derive(move || problem.get().map(|error| error.detail().to_owned()))
                />
                <button class="btn btn-small" disabled=move || rename.pending().get()>"Rename"</button>
            </ActionForm>
        </details>
    }
}

/// For those without JavaScript: elsewhere a message is read when it is seen.
#[component]
fn MarkRead(pane: Pane) -> impl IntoView {
    let mark = ServerAction::<super::acts::MarkRead>::new();
    let (id, count) = pane.model.with_untracked(|view| (view.id(), view.thread.conversation.message_count));
    view! {
        <div class="without-script">
            <ActionForm action=mark>
                <input type="hidden" name="conversation" value=id.to_string()/>
                <input type="hidden" name="position" value=count.to_string()/>
                <button class="btn btn-small">"Mark as read"</button>
            </ActionForm>
        </div>
    }
}

#[component]
fn Decisions(pane: Pane) -> impl IntoView {
    let decisions = Memo::new(move |_| pane.model.with(|view| view.decisions.clone()));
    let id = pane.model.with_untracked(View::id);
    view! {
        <section>
            <h3>"Decisions"</h3>
            {move || {
                let line = |Quote { position, excerpt, .. }| {
                    let href = message_address(id, position);
                    view! { <li><a href=href on:click=move |event| if pane.show(position) { event.prevent_default() }>{plain(&excerpt.text)}</a></li> }
                };
                let decisions = decisions.get();
                if decisions.is_empty() {
                    view! { <p class="faint">"None yet. Begin a message with " <code>"/decide"</code> " to mark one."</p> }.into_any()
                } else {
                    view! { <ul class="decisions">{decisions.into_iter().map(line).collect_view()}</ul> }.into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Tasks(pane: Pane) -> impl IntoView {
    let tasks = Memo::new(move |_| {
        pane.model.with(|view| {
            let place = |task: &domain::Task| {
                view.thread.messages.iter().find(|m| Some(m.id) == task.message).map(|m| m.position)
            };
            let line =
                |task: &domain::Task| (task.title.clone(), crate::components::Status::from(task.state), place(task));
            view.thread.tasks.iter().rev().take(8).map(line).collect::<Vec<_>>()
        })
    });
    move || {
        let tasks = tasks.get();
        (!tasks.is_empty()).then(|| {
            let line = |(title, status, position): (String, crate::components::Status, Option<i64>)| {
                let href = format!("#m{}", position.unwrap_or_default());
                view! {
                    <li>
                        <a href=href on:click=move |event| if position.is_some_and(|position| pane.show(position)) { event.prevent_default() }>{title}</a>
                        " "
                        <crate::components::StatusWord status=status/>
                    </li>
                }
            };
            view! {
                <section>
                    <h3>"Tasks"</h3>
                    <ul class="decisions">{tasks.into_iter().map(line).collect_view()}</ul>
                </section>
            }
        })
    }
}
