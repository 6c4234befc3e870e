//! Where one is signed in, and a way to end each of it.

use domain::{Session, SessionId};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{EndOtherSessions, EndSession};
use super::api::AccountView;
use crate::components::{Badge, ProblemNote, RelativeTime, Tone, action_problem, announce, when_done};
use crate::format::counted;

/// The section.
#[component]
pub(super) fn Sessions(
    /// The account.
    account: RwSignal<AccountView>,
    /// Loads it anew.
    again: Callback<()>,
) -> impl IntoView {
    let (end, end_others) = (ServerAction::<EndSession>::new(), ServerAction::<EndOtherSessions>::new());
    when_done(end, move |()| {
        announce("That session has ended.");
        again.run(());
    });
    when_done(end_others, move |count| {
        announce(format!("{} ended.", counted(i64::from(*count), "other session")));
        again.run(());
    });
    let (one, others) = (action_problem(end), action_problem(end_others));
    let problem = Signal::derive(move || one.get().or_else(|| others.get()));
    let sessions = Memo::new(move |_| account.with(|account| account.sessions.clone()));
    let this = account.with_untracked(|account| account.this);
    let others = Memo::new(move |_| sessions.with(|all| all.iter().any(|session| Some(session.id) != this)));
    view! {
        <section class="section" id="sessions" aria-labelledby="sessions-title">
            <div class="section-head"><h2 id="sessions-title">"Sessions"</h2></div>
            <ProblemNote problem/>
            <ul class="list">
                <For
                    each=move || sessions.get()
                    key=|session| (session.id, session.used_at, session.place.clone())
                    children=move |session| view! { <Line session this end/> }
                />
            </ul>
            {move || others.get().then(|| view! {
                <ActionForm action=end_others>
                    <p class="actions account-after"><button class="btn">"Sign out everywhere else"</button></p>
                </ActionForm>
            })}
        </section>
    }
}

#[component]
fn Line(session: Session, this: Option<SessionId>, end: ServerAction<EndSession>) -> impl IntoView {
    let Session { id, device, place, created_at, used_at, .. } = session;
    let name = format!("End the session of {device} at {place}");
    view! {
        <li class="row account-line">
            <span class="account-what">
                <b>{device}</b>" "<span class="faint">"from "{place}</span>
                <span class="sub">"Signed in "<RelativeTime at=created_at/>", last used "<RelativeTime at=used_at/></span>
            </span>
            {if Some(id) == this {
                view! { <Badge text="this one" tone=Tone::Good/> }.into_any()
            } else {
                view! {
                    <ActionForm action=end>
                        <input type="hidden" name="session" value=id.to_string()/>
                        <button class="btn" aria-label=name>"End"</button>
                    </ActionForm>
                }
                .into_any()
            }}
        </li>
    }
}
