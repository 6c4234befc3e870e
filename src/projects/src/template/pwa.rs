//! The template `pwa`: an installable app that works offline, with no build step.

use super::{Content, NO_MORE, Source, Template};
use crate::icon::Shape;

/// Embeds a text of the template's folder.
macro_rules! text {
    ($path:literal) => {
        text!($path, $path)
    };
    ($path:literal, $stored:literal) => {
        Source {
            path: $path,
            content: Content::Text(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/pwa/", $stored))),
        }
    };
}

pub(super) const TEMPLATE: Template = Template {
    name: "pwa",
    version: "2",
    title: "Progressive web app",
    description: "An installable app that works offline: plain HTML, CSS and JavaScript modules, no build step.",
    commands: &[],
    serves: ".",
    image: None,
    needs: &[],
    limits: NO_MORE,
    sources: &[
        // Stored without its dot, or it would rule the workshop's own repository.
        text!(".gitignore", "gitignore"),
        text!("README.md"),
        text!("brief.md"),
        text!("css/app.css"),
        text!("css/tokens.css"),
        Source { path: "icons/apple-touch-icon.png", content: Content::Png(180, Shape::Full) },
        Source { path: "icons/icon-192.png", content: Content::Png(192, Shape::Rounded) },
        Source { path: "icons/icon-512.png", content: Content::Png(512, Shape::Rounded) },
        Source { path: "icons/icon.svg", content: Content::Svg },
        Source { path: "icons/maskable-512.png", content: Content::Png(512, Shape::Full) },
        text!("index.html"),
        text!("js/app.js"),
        text!("js/list.js"),
        text!("js/pwa.js"),
        text!("js/store.js"),
        text!("js/toast.js"),
        text!("manifest.webmanifest"),
        text!("offline.html"),
        text!("sw.js"),
    ],
};
