//! The icons: thin strokes on a 20 by 20 grid, in the colour of the text around them.

use leptos::prelude::*;
use maud::{Render, html};

/// Which icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Overview.
    House,
    /// Conversations.
    Bubble,
    /// Helpers.
    Star,
    /// Projects.
    Folder,
    /// Search.
    Lens,
    /// Good: done, running.
    Check,
    /// At work, starting.
    Progress,
    /// Waiting for its turn or for time to pass.
    Clock,
    /// Needs attention.
    Warning,
    /// Failed, given up.
    Cross,
    /// Held back.
    Pause,
    /// Not running, as wanted.
    Stop,
    /// Start.
    Play,
    /// Start again, try again.
    Again,
    /// Take down to this device.
    Down,
    /// Leads on.
    Right,
    /// Leads back.
    Left,
    /// Leads elsewhere.
    Out,
    /// Half light, half dark.
    Theme,
    /// Keyboard.
    Keys,
    /// Write, edit.
    Pen,
    /// Add.
    Plus,
    /// Send.
    Send,
    /// A file.
    File,
    /// A commit.
    Commit,
    /// One's own account.
    Person,
    /// People.
    People,
    /// What may not be done.
    Lock,
    /// Take a copy.
    Copy,
    /// A sandbox, and what runs in one.
    Sandbox,
}

impl Shape {
    const fn path(self) -> &'static str {
        match self {
            Self::House => "M3 10.5 10 4l7 6.5M5 9v8h10V9",
            Self::Bubble => "M3 4h14v9H8l-4 3.5V13H3z",
            Self::Star => "M10 2l2.2 4.9 5.3.6-4 3.6 1.1 5.3L10 13.7 5.4 16.4l1.1-5.3-4-3.6 5.3-.6z",
            Self::Folder => "M3 5h5l2 2h7v9H3z",
            Self::Lens => "M13 13l4 4M14.5 8.75a5.75 5.75 0 1 1-11.5 0 5.75 5.75 0 0 1 11.5 0z",
            Self::Check => "M4 10.5l4 4 8-9",
            Self::Progress => "M10 3a7 7 0 1 1-7 7M10 6v4l3 2",
            Self::Clock => "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM10 6v4l3 2",
            Self::Warning => "M10 3l7.5 13.5h-15zM10 8v4M10 14.3v.2",
            Self::Cross => "M5 5l10 10M15 5L5 15",
            Self::Pause => "M7 4v12M13 4v12",
            Self::Stop => "M5 5h10v10H5z",
            Self::Play => "M6 4l10 6-10 6z",
            Self::Again => "M16 10a6 6 0 1 1-2-4.5M16 3v3.5h-3.5",
            Self::Down => "M10 3v10M6 9.5l4 4 4-4M4 17h12",
            Self::Right => "M8 5l5 5-5 5",
            Self::Left => "M12 5l-5 5 5 5",
            Self::Out => "M8 5H4v11h11v-4M11 4h5v5M16 4l-7 7",
            Self::Theme => "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM10 3v14M10 6l5.5-.8M10 9h6.8M10 12h6.6M10 15h4.5",
            Self::Keys => "M2.5 5.5h15v9h-15zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6 11.5h8",
            Self::Pen => "M4 16l.8-3.6L13.5 3.7l2.8 2.8-8.7 8.7z",
            Self::Plus => "M10 4v12M4 10h12",
            Self::Send => "M3 10l14-6-4.5 13-3-5.5z",
            Self::File => "M5 3h7l3 3v11H5zM12 3v3h3",
            Self::Person => "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17a6.5 6.5 0 0 1 13 0",
            Self::People => {
                "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5a5.5 5.5 0 0 1 11 0M13 3.8a3 3 0 0 1 0 5.4M15 11.6a5.5 5.5 0 0 1 3 4.9"
            }
            Self::Lock => "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9M10 12v2",
            Self::Copy => "M7 7h10v10H7zM4 13H3V3h10v1",
            Self::Sandbox => "M3 6.5L10 3l7 3.5v7L10 17l-7-3.5zM3 6.5l7 3.5 7-3.5M10 10v7",
            Self::Commit => "M2 10h5M13 10h5M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
        }
    }
}

/// The icon in a part that is text.
impl Render for Shape {
    fn render_to(&self, to: &mut String) {
        let icon = html! {
            svg.icon viewBox="0 0 20 20" aria-hidden="true" focusable="false" { path d=(self.path()) {} }
        };
        icon.render_to(to);
    }
}

/// An icon. It only accompanies words, so screen readers skip it.
#[component]
pub fn Icon(
    /// Which one.
    shape: Shape,
) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d=shape.path()/></svg> }
}
