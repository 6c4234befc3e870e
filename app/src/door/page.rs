//! Which pages there are at the door, and how they look.

use domain::error::Problem;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use super::entry::Entry;
use super::{Offer, OtherWays, Typed};
use crate::components::{Icon, Shape, Sigil};
use crate::reached::{OverheardBar, overheard};
use crate::theme::Theme;

/// A page at the door.
#[derive(Debug, Clone)]
pub enum Door {
    /// There is no admin, and whoever asks does not have the set-up link.
    Waiting {
        /// Whether they had one that does not hold any more.
        stale: bool,
    },
    /// Making the first admin.
    SetUp {
        /// The link's secret.
        link: String,
        /// What was typed.
        typed: Typed,
    },
    /// Signing in.
    SignIn {
        /// Where to go afterwards.
        next: String,
        /// What was typed.
        typed: Typed,
        /// The ways besides a password.
        ways: OtherWays,
    },
    /// On the way to a provider elsewhere.
    Leaving {
        /// What the provider is called.
        name: String,
        /// The address there.
        there: String,
    },
    /// In, and on the way to what was asked for.
    GoOn {
        /// Where that is, in the workshop.
        there: String,
    },
    /// Someone who is in came back from a provider, which is not linked.
    NotLinked {
        /// Why not.
        problem: Problem,
    },
    /// Joining by an invitation.
    Join {
        /// The link's secret.
        link: String,
        /// What it gives.
        offer: Offer,
        /// What was typed.
        typed: Typed,
    },
    /// An invitation that does not hold.
    NoInvitation {
        /// Why not.
        problem: Problem,
    },
}

impl Door {
    /// Whether a passkey can be shown on it, which takes our script.
    const fn takes_passkeys(&self) -> bool {
        matches!(self, Self::SignIn { ways, .. } if ways.no_passkeys.is_none())
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "This workshop is not set up yet",
            Self::SetUp { .. } => "Set up your workshop",
            Self::SignIn { .. } => "Sign in",
            Self::Leaving { .. } => "Off to sign in",
            Self::GoOn { .. } => "You are in",
            Self::NotLinked { .. } => "That was not linked",
            Self::Join { .. } => "Join the workshop",
            Self::NoInvitation { .. } => "This invitation does not hold",
        }
    }
}

/// The document around a page at the door.
pub(super) fn document(options: LeptosOptions, door: Door) -> impl IntoView {
    let refresh = match &door {
        Door::Leaving { there, .. } | Door::GoOn { there } => Some(format!("0;url={there}")),
        _ => None,
    };
    let refresh = refresh.map(|content| view! { <meta http-equiv="refresh" content=content/> });
    view! {
        <html lang="en" data-theme=Theme::of_request().attribute() data-overheard=overheard()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f3ee"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0b0d14"/>
                <title>{format!("{} · TATWATS", door.title())}</title>
                <link rel="icon" href="/icons/sigil.svg" type="image/svg+xml"/>
                <HashedStylesheet id="leptos" options/>
                {door.takes_passkeys().then(|| view! { <script type="module" src="/passkey.js"></script> })}
                {refresh}
            </head>
            <body>
                <OverheardBar/>
                <main class="door" id="main">
                    <p class="door-brand"><Sigil name="tatwats-13" size="l"/>"TATWATS"</p>
                    <h1>{door.title()}</h1>
                    {inside(door)}
                </main>
            </body>
        </html>
    }
}

fn inside(door: Door) -> AnyView {
    match door {
        Door::Waiting { stale } => waiting(stale).into_any(),
        Door::SetUp { link, typed } => {
            let lede = "You are the first one here. Make your account: it is the admin's, and invites everyone else.";
            view! { <p class="lede">{lede}</p>{new_person("/set-up", link, typed, "Make the account")} }.into_any()
        }
        Door::SignIn { next, typed, ways } => {
            view! { {sign_in(next.clone(), typed)}{other_ways(next, ways)}{no_account()} }.into_any()
        }
        Door::Leaving { name, there } => view! {
            <p class="lede">{format!("{name} will ask who you are, and lead you back here.")}</p>
            <p><a class="btn go" href=there rel="noreferrer">{format!("Go on to {name}")}</a></p>
        }
        .into_any(),
        Door::GoOn { there } => view! { <p><a class="btn go" href=there>"Go on"</a></p> }.into_any(),
        Door::NotLinked { problem } => view! {
            <div role="alert"><p class="problem"><Icon shape=Shape::Warning/><span>{problem.detail}</span></p></div>
            <p><a class="btn" href="/account">"Back to your account"</a></p>
        }
        .into_any(),
        Door::Join { link, offer, typed } => {
            view! { <p class="lede">{offered(&offer)}</p>{new_person("/join", link, typed, "Join")} }.into_any()
        }
        Door::NoInvitation { problem } => view! {
            <p class="lede">{problem.detail}</p>
            <p><a class="btn" href="/sign-in">"Sign in"</a></p>
        }
        .into_any(),
    }
}

fn waiting(stale: bool) -> impl IntoView {
    let first = if stale {
        "This set-up link does not hold: it was used, is older than half an hour, or a newer one was made."
    } else {
        "Whoever started the server has the link that makes the first account."
    };
    view! {
        <p class="lede">{first}</p>
        <p>"The server prints it when it starts, as the line that begins with “Set up:”. Restart the server for a new one, or make the account on the command line:"</p>
        <p><code>"tatwats user create NAME --admin"</code></p>
    }
}

fn sign_in(next: String, typed: Typed) -> impl IntoView {
    view! {
        {refused(typed.problem.as_ref())}
        <form class="door-form" method="post" action="/sign-in">
            <input type="hidden" name="next" value=next/>
            <Entry name="name" label="Name" value=typed.name autocomplete="username" problem=typed.problem.clone()/>
            <Entry name="password" label="Password" hidden=true autocomplete="current-password" problem=typed.problem/>
            <button type="submit" class="btn go">"Sign in"</button>
        </form>
    }
}

/// The ways in besides a password. The one that takes a script shows itself where there is one.
fn other_ways(next: String, ways: OtherWays) -> impl IntoView {
    let OtherWays { no_passkeys, provider } = ways;
    let passkey = match no_passkeys {
        None => view! {
            <form class="door-form needs-passkeys" data-passkey="sign-in">
                <input type="hidden" name="next" value=next.clone()/>
                <button class="btn">"Sign in with a passkey"</button>
                <p class="field-note" role="status" data-passkey-says=""></p>
            </form>
        }
        .into_any(),
        Some(why) => view! { <p class="sub">{why}"."</p> }.into_any(),
    };
    let elsewhere = provider.map(|name| {
        view! {
            <form class="door-form" method="post" action="/sign-in/oidc">
                <input type="hidden" name="next" value=next/>
                <button class="btn">{format!("Sign in with {name}")}</button>
            </form>
        }
    });
    view! { {elsewhere}{passkey} }
}

fn no_account() -> impl IntoView {
    view! {
        <p class="sub">"No account? Ask an admin of this workshop for an invitation. Lost your password? An admin can set a new one with "<code>"tatwats user set-password NAME"</code>"."</p>
    }
}

fn new_person(action: &'static str, link: String, typed: Typed, button: &'static str) -> impl IntoView {
    let problem = typed.problem.clone();
    view! {
        {refused(problem.as_ref())}
        <form class="door-form" method="post" action=action>
            <input type="hidden" name="link" value=link/>
            <Entry
                name="name"
                label="Name"
                help="Small letters, digits, “-”, “_” and “.”. It stands beside what you say, for ever."
                value=typed.name
                autocomplete="username"
                problem=problem.clone()
            />
            <Entry
                name="display_name"
                label="Display name"
                help="What others read, like “Ada Lovelace”. You can change it."
                value=typed.display_name
                autocomplete="name"
                may_be_empty=true
                problem=problem.clone()
            />
            <Entry
                name="password"
                label="Password"
                help="At least 10 characters. A few words that nobody would guess are best."
                hidden=true
                autocomplete="new-password"
                problem=problem.clone()
            />
            <Entry name="password_again" label="Password, again" hidden=true autocomplete="new-password" problem=problem/>
            <button type="submit" class="btn go">{button}</button>
        </form>
    }
}

/// Why the form was refused, where that is not about one of its fields.
fn refused(problem: Option<&Problem>) -> impl IntoView {
    let words = problem.filter(|problem| problem.field.is_none()).map(|problem| problem.detail.clone());
    view! {
        <div role="alert">
            {words.map(|words| view! { <p class="problem"><Icon shape=Shape::Warning/><span>{words}</span></p> })}
        </div>
    }
}

fn offered(offer: &Offer) -> String {
    let by = offer.by.as_deref().map(|name| format!("{name} invites you")).unwrap_or_else(|| "You are invited".into());
    let place = if offer.project.is_some() { "one project of this workshop" } else { "this workshop" };
    format!("{by} to {place} as {}. {}", offer.role.with_article(), offer.role.meaning())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use domain::ErrorCode;

    fn shown(door: Door) -> String {
        let (parts, ()) = Request::builder().header("cookie", "theme=dark").body(()).unwrap().into_parts();
        super::super::render(&LeptosOptions::builder().output_name("tatwats").build(), parts, door)
    }

    fn with_provider() -> OtherWays {
        let why = "Passkeys need a host name <here>".to_owned();
        OtherWays { no_passkeys: Some(why), provider: Some("<Example>".into()) }
    }

    #[test]
    fn the_door_runs_only_our_own_script_and_keeps_the_theme() {
        let html = shown(Door::SignIn { next: "/".into(), typed: Typed::default(), ways: OtherWays::default() });
        assert!(html.starts_with("<!DOCTYPE html><html"), "{html}");
        assert!(html.contains("data-theme=\"dark\""), "{html}");
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert!(html.contains("<script type=\"module\" src=\"/passkey.js\"></script>"), "{html}");
        for door in [
            Door::Waiting { stale: false },
            Door::SetUp { link: "x".into(), typed: Typed::default() },
            Door::Leaving { name: "Example".into(), there: "https://accounts.example/".into() },
            Door::GoOn { there: "/projects/pods/app".into() },
        ] {
            assert!(!shown(door).contains("<script"));
        }
    }

    #[test]
    fn the_ways_in_are_those_that_there_are() {
        let sign_in = |ways| shown(Door::SignIn { next: "/helpers".into(), typed: Typed::default(), ways });
        let (without, with) = (sign_in(OtherWays::default()), sign_in(with_provider()));
        assert!(without.contains("data-passkey=\"sign-in\"") && !without.contains("/sign-in/oidc"), "{without}");
        assert!(with.contains("Sign in with &lt;Example&gt;") && with.contains("a host name &lt;here&gt;"), "{with}");
        assert!(!with.contains("data-passkey"), "{with}");
    }

    #[test]
    fn the_way_to_a_provider_takes_no_script() {
        let there = "https://accounts.example/auth?state=a&x=\"><b>".to_owned();
        let html = shown(Door::Leaving { name: "Example".into(), there });
        let address = "https://accounts.example/auth?state=a&amp;x=&quot;";
        assert!(html.contains(&format!("content=\"0;url={address}")), "{html}");
        assert!(html.contains(&format!("href=\"{address}")) && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn the_door_says_when_others_can_listen_in() {
        assert!(!shown(Door::Waiting { stale: false }).contains("data-overheard"));
        let (mut parts, ()) = Request::builder().body(()).unwrap().into_parts();
        parts.extensions.insert(crate::reached::Reached {
            origin: String::new(),
            shown: String::new(),
            above_previews: String::new(),
            in_the_clear: true,
        });
        let options = LeptosOptions::builder().output_name("tatwats").build();
        let html = super::super::render(&options, parts, Door::Waiting { stale: false });
        assert!(html.contains("data-overheard=\"true\"") && html.contains("not reached over TLS"), "{html}");
    }

    #[test]
    fn what_was_typed_is_given_back_as_text_and_the_password_never() {
        let problem = Problem::from(&domain::Error::new(ErrorCode::Unauthorized, "Not right."));
        let typed = Typed { name: "\"><script>alert(1)</script>".into(), problem: Some(problem), ..Typed::default() };
        let html = shown(Door::SignIn { next: "/?a=\"b".into(), typed, ways: with_provider() });
        assert!(!html.contains("<script>alert") && html.contains("Not right."), "{html}");
        assert_eq!(html.matches("value=").count(), 3, "the name, and where to go from either form: {html}");
    }

    #[test]
    fn a_problem_stands_at_its_field() {
        let problem = Problem::from(&domain::Error::invalid("password", "Too short."));
        let typed = Typed { problem: Some(problem), ..Typed::default() };
        let html = shown(Door::SetUp { link: "x".into(), typed });
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1);
        assert!(html.contains("id=\"password-note\" data-bad=\"true\" class=\"field-note\">Too short."), "{html}");
    }
}
