//! The template `leptos`: an installable app of Rust, compiled to WebAssembly with Leptos, and a server with axum.

use domain::sandbox::Limits;

use super::{Content, Source, Template, Tool};
use crate::icon::Shape;

/// Embeds a text of the template's folder.
macro_rules! text {
    ($path:literal) => {
        text!($path, concat!("leptos/", $path))
    };
    ($path:literal, $stored:expr) => {
        Source {
            path: $path,
            content: Content::Text(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $stored))),
        }
    };
}

const GIB: u64 = 1 << 30;

pub(super) const TEMPLATE: Template = Template {
    name: "leptos",
    version: "1",
    title: "Rust app",
    description: "An installable app that works offline: Rust with Leptos, compiled to WebAssembly, and a server with axum.",
    commands: &[
        "cargo build --locked --release -p app --target wasm32-unknown-unknown",
        "wasm-bindgen --target web --no-typescript --out-dir dist/pkg --out-name app \
         target/wasm32-unknown-unknown/release/app.wasm",
        "cargo run --locked --release -p server -- export",
    ],
    serves: "dist",
    image: None,
    needs: &[
        Tool { program: "cargo", check: "cargo --version", fix: "Install Rust 1.89 or newer." },
        Tool {
            program: "cc",
            check: "cc --version",
            fix: "Install a C compiler, whose linker Rust uses (on Debian: apt install gcc).",
        },
        Tool {
            program: "rustc",
            check: r#"test -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib""#,
            fix: "Add Rust's standard library for WebAssembly: rustup target add wasm32-unknown-unknown",
        },
        Tool {
            program: "wasm-bindgen",
            check: r#"test "$(wasm-bindgen --version)" = "wasm-bindgen 0.2.130""#,
            fix: "Install it in exactly this version: cargo install wasm-bindgen-cli --version 0.2.130",
        },
    ],
    limits: Limits {
        memory_bytes: Some(4 * GIB),
        work_bytes: Some(2 * GIB),
        seconds: Some(1800),
        cpu_millis: None,
        pids: None,
        open_files: None,
        file_bytes: None,
        tmp_bytes: None,
        inodes: None,
        output_bytes: None,
        network: None,
    },
    sources: &[
        // Stored without its dot, or it would rule the workshop's own repository.
        text!(".gitignore", "leptos/gitignore"),
        text!("Cargo.lock"),
        text!("Cargo.toml"),
        text!("README.md"),
        text!("app/Cargo.toml"),
        text!("app/js/device.js"),
        // What is the same in every app.
        text!("app/js/store.js", "pwa/js/store.js"),
        text!("app/src/app.rs"),
        text!("app/src/composer.rs"),
        text!("app/src/device.rs"),
        text!("app/src/lib.rs"),
        text!("app/src/note.rs"),
        text!("app/src/notes.rs"),
        text!("app/src/toasts.rs"),
        text!("brief.md"),
        text!("public/css/app.css", "pwa/css/app.css"),
        text!("public/css/tokens.css", "pwa/css/tokens.css"),
        Source { path: "public/icons/apple-touch-icon.png", content: Content::Png(180, Shape::Full) },
        Source { path: "public/icons/icon-192.png", content: Content::Png(192, Shape::Rounded) },
        Source { path: "public/icons/icon-512.png", content: Content::Png(512, Shape::Rounded) },
        Source { path: "public/icons/icon.svg", content: Content::Svg },
        Source { path: "public/icons/maskable-512.png", content: Content::Png(512, Shape::Full) },
        text!("public/index.html"),
        text!("public/manifest.webmanifest", "pwa/manifest.webmanifest"),
        text!("public/offline.html", "pwa/offline.html"),
        text!("public/start.js"),
        text!("public/sw.js"),
        text!("server/Cargo.toml"),
        text!("server/src/export.rs"),
        text!("server/src/main.rs"),
        text!("server/src/serve.rs"),
    ],
};
