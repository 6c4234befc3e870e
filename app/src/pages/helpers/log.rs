//! The live tail of a helper's process log.

use std::collections::VecDeque;

use domain::HelperName;
use domain::stream::{LogLine, Notice, Topic};
use leptos::html;
use leptos::prelude::*;

use crate::components::{EmptyState, Icon, Shape};
use crate::format;
use crate::live::use_live;

/// Lines kept in the page; the download has all that the server keeps.
const KEPT: usize = 1000;
/// How near to the end counts as there, in CSS pixels.
const NEAR: i32 = 24;

/// The section.
#[component]
pub(super) fn ProcessLog(
    /// Whose.
    name: HelperName,
    /// The newest lines when the page was loaded, oldest first.
    lines: Vec<LogLine>,
) -> impl IntoView {
    let live = use_live();
    let lines = RwSignal::new(VecDeque::from(lines));
    let follow = RwSignal::new(true);
    let scroller = NodeRef::<html::Div>::new();
    live.follow(Topic::Log(name.clone()));
    let of = name.clone();
    live.each_notice(move |notice| {
        let Notice::Log(line) = notice else { return };
        let newest = lines.with_untracked(|lines| lines.back().map(|last| last.number));
        if line.helper == of && newest.is_none_or(|newest| line.number > newest) {
            lines.update(|lines| {
                lines.push_back(line.clone());
                if lines.len() > KEPT {
                    lines.pop_front();
                }
            });
        }
    });
    Effect::new(move |_| {
        lines.track();
        if follow.get()
            && let Some(scroller) = scroller.get()
        {
            request_animation_frame(move || scroller.set_scroll_top(scroller.scroll_height()));
        }
    });
    // Scrolling up stops following, coming back to the end goes on. Lines that are added below move nothing up.
    let top = StoredValue::new(0);
    let on_scroll = move |_| {
        let Some(scroller) = scroller.get_untracked() else { return };
        let before = top.get_value();
        top.set_value(scroller.scroll_top());
        if scroller.scroll_height() - scroller.scroll_top() - scroller.client_height() < NEAR {
            follow.set(true);
        } else if scroller.scroll_top() < before {
            follow.set(false);
        }
    };
    let clock = move |at| if live.awake.get() { live.time_of_day_to_second(at) } else { live.short(at) };
    view! {
        <section class="section" aria-labelledby="log-title">
            <div class="section-head">
                <h2 id="log-title">"Process log"</h2>
                <label class="follow needs-script">
                    <input type="checkbox" prop:checked=move || follow.get() on:change=move |event| follow.set(event_target_checked(&event))/>
                    "Follow"
                </label>
                <a class="more" href=format!("/api/v1/helpers/{name}/log.txt") download=format!("{name}.log") rel="external">
                    "Download"
                </a>
            </div>
            <Show
                when=move || !lines.with(VecDeque::is_empty)
                fallback=move || view! {
                    <EmptyState
                        title="The log is empty"
                        text="What its process writes to standard error appears here line by line."
                        command="tatwats helper logs -f NAME"
                    />
                }
            >
                <div class="log" node_ref=scroller tabindex="0" role="log" aria-live="off" aria-labelledby="log-title" on:scroll=on_scroll>
                    <For
                        each=move || lines.get()
                        key=|line| line.number
                        children=move |line| {
                            let at = line.at;
                            view! {
                                <div class="log-line">
                                    <time datetime=at.to_string() title=move || live.exact(at)>{move || clock(at)}</time>
                                    <span>{line.text}</span>
                                </div>
                            }
                        }
                    />
                </div>
            </Show>
            <p class="faint log-foot"><Icon shape=Shape::File/>{move || format!("{} shown; the last 10,000 are kept.", format::counted(i64::try_from(lines.with(VecDeque::len)).unwrap_or(0), "line"))}</p>
        </section>
    }
}
