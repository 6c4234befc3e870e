//! The frame around every page: rail, top bar, palette, keys, notices.

mod appearance;
mod away;
mod connection;
mod focus;
mod keys;
mod palette;
mod places;
mod rail;
mod top_bar;
#[cfg(feature = "ssr")]
pub mod update;

use leptos::prelude::*;

use crate::components::Announcer;
use crate::reached::OverheardBar;
use away::Away;
use keys::KeysHelp;
use palette::Palette;
use rail::Rail;
use top_bar::TopBar;

/// The frame around every page.
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let palette = RwSignal::new(false);
    let help = RwSignal::new(false);
    keys::listen(palette, help);
    focus::follow_places();
    view! {
        <a class="skip" href="#main" on:click=|_| focus::focus_page()>"Skip to the page"</a>
        <div class="frame">
            <Rail/>
            <div class="stage">
                <TopBar palette help/>
                <OverheardBar/>
                <Away/>
                {children()}
            </div>
        </div>
        <Palette open=palette/>
        <KeysHelp open=help/>
        <Announcer/>
    }
}
