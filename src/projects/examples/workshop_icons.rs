//! Draws the workshop's own icons into a folder: `cargo run -p projects --example workshop_icons -- public/icons`.
//!
//! They are checked in; run this again when the way sigils are drawn changes.

use std::path::PathBuf;
use std::{env, fs, io};

use projects::icon::{Shape, png, svg};

/// The name whose sigil stands for the workshop, here and in its pages.
const NAME: &str = "tatwats-13";

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("public/icons"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("sigil.svg"), svg(NAME))?;
    for size in [192, 512] {
        fs::write(folder.join(format!("icon-{size}.png")), png(NAME, size, Shape::Rounded)?)?;
        fs::write(folder.join(format!("maskable-{size}.png")), png(NAME, size, Shape::Full)?)?;
    }
    Ok(())
}
