//! The HTML document around the pages: what the browser gets before anything is hydrated.

use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::frame::update::{CrashBar, UpdateBar};
use crate::live::Found;
use crate::pages::App;
use crate::reached::overheard;
use crate::theme::Theme;

/// In the page itself: as a file of its own it would be one more journey for what a phone paints.
const START: &str = include_str!("start.js");
/// Where our own typefaces are used, as `style/tokens.css` says it.
const WIDE: &str = "(width > 760px)";

/// The whole document. The theme chosen by the viewer is read from the request, so nothing flashes.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let found = Found::of_request();
    let script = found.as_ref().map(Found::script);
    if let Some(found) = found {
        provide_context(found);
    }
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=Theme::of_request().attribute() data-overheard=overheard()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="description" content="A workshop in which people and helpers turn a brief into a running web app."/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f3ee"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0b0d14"/>
                <link rel="icon" href="/icons/sigil.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/icons/icon-192.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="preload" href="/fonts/inter.woff2" r#as="font" type="font/woff2" crossorigin="anonymous" media=WIDE/>
                <HashedStylesheet id="leptos" options=options.clone()/>
                <AutoReload options/>
                // Painted as a whole: what came in part would move when the rest comes.
                <link rel="expect" blocking="render" href="#crash-bar"/>
                <script type="module" nonce=use_nonce()>{START}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
                <UpdateBar/>
                <CrashBar/>
                {script.map(|script| view! { <script type="application/json" nonce=use_nonce() id=Found::SCRIPT inner_html=script></script> })}
            </body>
        </html>
    }
}
