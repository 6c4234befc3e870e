//! The frame around every page: rail, top bar, palette, keys, notices.

mod appearance;
mod connection;
mod keys;
mod palette;
mod places;
mod rail;
mod top_bar;

use leptos::prelude::*;

use crate::components::Announcer;
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
    view! {
        <a class="skip" href="#main">"Skip to the page"</a>
        <div class="frame">
            <Rail/>
            <div class="stage">
                <TopBar palette help/>
                {children()}
            </div>
        </div>
        <Palette open=palette/>
        <KeysHelp open=help/>
        <Announcer/>
    }
}
