//! Overview: what is the state, what changed last, what needs me, what can I do.
//!
//! All of it is one [text](crate::components::text), written from the workshop as it stands: it is the page that is opened first,
//! and the code of views would hold it up.

mod feed;
mod figures;
mod first_app;
mod needs;
mod needs_text;
mod roster;
#[cfg(test)]
mod samples;

use domain::Timestamp;
use domain::access::{Action, Subject};
use domain::projection::Workshop;
use leptos::prelude::*;
use leptos_meta::Title;
use maud::{Markup, html};

use super::sandboxes::sandbox_kind;
use crate::components::forms::Forms;
use crate::components::{WithWorkshop, text};
use crate::format::counted;
use crate::live::{Clocks, Me, Sandboxes, use_live};
pub(super) use figures::running;
use roster::Turns;
pub(super) use roster::doing;

/// The page at `/`.
#[component]
pub fn OverviewPage() -> impl IntoView {
    view! {
        <Title text="Overview"/>
        <WithWorkshop>
            <Overview/>
        </WithWorkshop>
    }
}

#[component]
fn Overview() -> impl IntoView {
    let live = use_live();
    let forms = Forms::new();
    let seen = live.peek(|workshop| workshop.activity.first().map_or(0, |newest| newest.seq)).unwrap_or(0);
    let turns = Memo::new(move |before: Option<&Turns>| live.of(|workshop| roster::turns(before, workshop)));
    let page = Memo::new(move |_| {
        let (me, sandboxes, clocks) = (live.me.get(), live.sandboxes.get(), live.clocks());
        let (me, sandboxes, now) = (me.as_ref(), sandboxes.as_ref(), live.now.get());
        let page = |workshop: &Workshop| {
            turns.with(|turns| page(&Shown { workshop, me, sandboxes, clocks, now, forms, seen, turns })).into_string()
        };
        live.of(page)
    });
    let main = NodeRef::<leptos::html::Main>::new();
    text::follow(main, page);
    view! {
        <main
            class="page overview"
            id="main"
            node_ref=main
            on:submit=move |event| forms.send(&event)
            inner_html=page.get_untracked()
        ></main>
    }
}

/// What the page shows.
struct Shown<'a> {
    workshop: &'a Workshop,
    me: Option<&'a Me>,
    sandboxes: Option<&'a Sandboxes>,
    clocks: Clocks,
    now: Timestamp,
    forms: Forms,
    /// The newest event when the page was opened.
    seen: i64,
    turns: &'a Turns,
}

impl Shown<'_> {
    /// Whether the viewer may do that.
    fn may(&self, action: Action, subject: Subject) -> bool {
        self.me.is_some_and(|me| me.refusal(action, subject).is_none())
    }
}

/// What is inside the page.
fn page(shown: &Shown<'_>) -> Markup {
    let needs = needs::needs(shown.workshop, shown.now);
    let at_work = match running(shown.workshop).0 {
        0 => "No helper is running".to_owned(),
        count => format!("{} running", counted(count, "helper")),
    };
    let wanted = match needs.len() {
        0 => "nothing needs you".to_owned(),
        1 => "one thing needs you".to_owned(),
        count => format!("{count} things need you"),
    };
    let asked = shown.workshop.projects.is_empty()
        && shown.may(Action::Talk, Subject::Workshop)
        && shown.may(Action::MakeProject, Subject::Workshop);
    html! {
        h1 { "Overview" }
        p.lede { (at_work) ", " (wanted) "." }
        (figures::figures(shown))
        div.overview-columns {
            div.overview-wide {
                @if asked { (first_app::first_app(shown.forms)) }
                (roster::roster(shown))
                (feed::feed(shown))
                @if let Some(sandboxes) = shown.sandboxes { (sandbox_kind(sandboxes)) }
            }
            (needs_text::needs_you(shown, needs))
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::projection::Activity;
    use domain::{Actor, Grants, ProcessStatus, Role};

    use super::samples::{helper, workshop};
    use super::*;

    /// The page of a workshop, as someone with that role sees it.
    fn written(workshop: &Workshop, role: Role) -> String {
        let owner = Owner::new();
        owner.set();
        let me = Me {
            name: "ada".parse().unwrap(),
            display_name: "Ada".into(),
            grants: Grants::workshop(role),
            time_zone: "UTC".into(),
        };
        let turns = roster::turns(None, workshop);
        let shown = Shown {
            workshop,
            me: Some(&me),
            sandboxes: None,
            clocks: Clocks::default(),
            now: Timestamp::default(),
            forms: Forms::new(),
            seen: 4,
            turns: &turns,
        };
        page(&shown).into_string()
    }

    #[test]
    fn an_empty_workshop_says_what_to_do_to_whom_may_do_it() {
        let empty = workshop();
        let editor = written(&empty, Role::Editor);
        for part in [
            "No helper is running, nothing needs you.",
            r#"<form data-key="first-app" action="/api/fn/ask_for_app" method="post">"#,
            "No helper yet",
            "Nothing has happened yet",
            "Nothing. Every message was answered.",
        ] {
            assert!(editor.contains(part), "{part} is not in {editor}");
        }
        assert!(!written(&empty, Role::Viewer).contains("ask_for_app"));
    }

    #[test]
    fn what_needs_someone_has_a_form_for_whom_may_send_it() {
        let mut workshop = workshop();
        workshop.helpers = vec![helper(ProcessStatus::Failed, Some("it said <no>"))];
        let operator = written(&workshop, Role::Operator);
        for part in [
            "one thing needs you.",
            r#"<article class="need" data-key="helper the_author" data-tone="bad"><h3>the_author failed</h3>"#,
            "It said &lt;no&gt;. It is not started again by itself.",
            r#"<form data-key="helper the_author" action="/api/fn/start_helper" method="post">"#,
            r#"<input type="hidden" name="helper" value="the_author">"#,
            r#"<a class="row helper-line " href="/helpers/the_author" data-key="the_author">"#,
        ] {
            assert!(operator.contains(part), "{part} is not in {operator}");
        }
        let viewer = written(&workshop, Role::Viewer);
        assert!(viewer.contains("the_author failed") && !viewer.contains("<form"), "{viewer}");
    }

    #[test]
    fn what_came_in_since_the_page_was_opened_glows() {
        let mut workshop = workshop();
        let line = |seq, text: &str| Activity {
            seq,
            at: Timestamp::default(),
            actor: Actor::system(),
            text: text.into(),
            href: "/runs/1".into(),
        };
        workshop.activity = vec![line(5, "new & **bold**"), line(4, "old"), line(3, "old")];
        let page = written(&workshop, Role::Viewer);
        assert!(
            page.contains(r#"<li class="glow-a" data-key="5">"#) && page.contains(r#"<li data-key="4">"#),
            "{page}"
        );
        assert!(page.contains(r#"href="/runs/1" rel="external""#) && page.contains("new &amp; bold"), "{page}");
        assert!(page.contains(r#"<span class="badge feed-times">2 times</span>"#), "{page}");
    }
}
