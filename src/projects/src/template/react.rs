//! The template `react`: an installable app of React and Tailwind, built by Vite.

use super::{Content, NO_MORE, Source, Template, Tool};
use crate::icon::Shape;

/// Embeds a text of the template's folder.
macro_rules! text {
    ($path:literal) => {
        text!($path, concat!("react/", $path))
    };
    ($path:literal, $stored:expr) => {
        Source {
            path: $path,
            content: Content::Text(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $stored))),
        }
    };
}

pub(super) const TEMPLATE: Template = Template {
    name: "react",
    version: "1",
    title: "React app",
    description: "An installable app that works offline: React, TypeScript and Tailwind, built by Vite.",
    commands: &["npm ci", "npm run build"],
    serves: "dist",
    image: Some("node"),
    needs: &[
        Tool {
            program: "node",
            check: r#"node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 18 || (major == 18 && minor >= 20) ? 0 : 1)'"#,
            fix: "Install Node.js 18.20 or newer.",
        },
        Tool { program: "npm", check: "npm --version", fix: "Install npm, which comes with Node.js." },
    ],
    limits: NO_MORE,
    sources: &[
        // Stored without their dots, or they would rule the workshop's own repository.
        text!(".gitignore", "react/gitignore"),
        text!(".npmrc", "react/npmrc"),
        text!("README.md"),
        text!("brief.md"),
        text!("index.html"),
        text!("package-lock.json"),
        text!("package.json"),
        Source { path: "public/icons/apple-touch-icon.png", content: Content::Png(180, Shape::Full) },
        Source { path: "public/icons/icon-192.png", content: Content::Png(192, Shape::Rounded) },
        Source { path: "public/icons/icon-512.png", content: Content::Png(512, Shape::Rounded) },
        Source { path: "public/icons/icon.svg", content: Content::Svg },
        Source { path: "public/icons/maskable-512.png", content: Content::Png(512, Shape::Full) },
        text!("src/App.tsx"),
        text!("src/Composer.tsx"),
        text!("src/NoteItem.tsx"),
        text!("src/main.tsx"),
        text!("src/name.ts"),
        text!("src/notes.ts"),
        text!("src/pwa.ts"),
        text!("src/styles.css"),
        text!("src/time.ts"),
        text!("src/toasts.tsx"),
        // The same look.
        text!("src/tokens.css", "pwa/css/tokens.css"),
        text!("src/ui.tsx"),
        text!("src/useNotes.ts"),
        text!("tsconfig.json"),
        text!("vite.config.ts"),
    ],
};
