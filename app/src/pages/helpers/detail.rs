//! One helper: what it is, how it stands, what waits for it, what it writes.

use domain::Helper;
use leptos::prelude::*;

use super::acts::Loaded;
use super::commands::Commands;
use super::controls::Controls;
use super::facts::Facts;
use super::log::ProcessLog;
use super::persona::Persona;
use super::queue_view::QueueView;
use crate::components::{Icon, Shape, Sigil, Status, StatusWord, glow_when_changed};
use crate::live::use_live;
use crate::pages::sandboxes::PolicyPart;

/// The page of one helper.
#[component]
pub(super) fn Detail(
    /// As it was loaded.
    loaded: Loaded,
    /// Loads it again.
    #[prop(into)]
    again: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let Loaded { seq, entry, persona, log, deliveries, measured, policy } = loaded;
    let Helper { name, description, .. } = entry.helper.clone();
    live.on_resync(move || again.run(()));
    let of = name.clone();
    let known = live.slice(move |workshop| workshop.helper(of.as_str()).cloned());
    // Not in the workshop's own list: as loaded.
    let entry = Memo::new(move |_| known.get().unwrap_or_else(|| entry.clone()));
    let status = Signal::derive(move || entry.with(|entry| Status::from(entry)));
    let reason =
        Memo::new(move |_| entry.with(|entry| entry.process.as_ref().and_then(|process| process.reason.clone())));
    let glow = glow_when_changed(move || status.get().word);
    view! {
        <article class="page detail">
            <a class="back" href="/helpers"><Icon shape=Shape::Left/>"All helpers"</a>
            <header class="detail-head">
                <Sigil name=name.to_string() size="l"/>
                <div>
                    <h1>{name.to_string()}</h1>
                    <p class="detail-what">{description}</p>
                </div>
                <p class=move || format!("detail-status {}", glow.get())><StatusWord status/></p>
            </header>
            {move || reason.get().map(|reason| view! { <p class="detail-reason">{reason}</p> })}
            <Controls name=name.clone() entry/>
            <div class="detail-columns">
                <div class="detail-wide">
                    <QueueView name=name.clone() seq deliveries/>
                    <ProcessLog name=name.clone() lines=log/>
                    <Persona name=name.clone() text=persona seq/>
                </div>
                <div>
                    <Facts name=name.clone() entry measured/>
                    <PolicyPart view=policy seq back=format!("/helpers/{name}")/>
                    <Commands entry/>
                </div>
            </div>
        </article>
    }
}
