//! Sigils: a small figure drawn from a name alone, in its own hue, as SVG and as PNG.
//!
//! The same name gives the same figure everywhere: beside a helper, and as the icon of a project's app.

mod figure;
mod raster;

use std::fmt::Write as _;

pub use raster::{Shape, png};

use crate::colour::{Rgb, oklch};
use figure::{Core, Figure};

/// The hue of a name, in degrees (0 to 359).
pub fn hue(name: &str) -> u32 {
    Figure::of(name).hue
}

/// The two colours of a sigil.
struct Inks {
    ink: Rgb,
    soft: Rgb,
}

impl Inks {
    fn light(hue: u32) -> Self {
        let hue = f64::from(hue);
        Self {
            ink: oklch(0.50, 0.15, hue),
            soft: oklch(0.955, 0.03, hue),
        }
    }

    fn dark(hue: u32) -> Self {
        let hue = f64::from(hue);
        Self {
            ink: oklch(0.80, 0.11, hue),
            soft: oklch(0.27, 0.045, hue),
        }
    }
}

/// The sigil of `name` as a document of its own, light or dark as the reader prefers.
pub fn svg(name: &str) -> String {
    let figure = Figure::of(name);
    let (light, dark) = (Inks::light(figure.hue), Inks::dark(figure.hue));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 40\">\n<style>\n\
         .soft {{ fill: {} }} .ink {{ fill: {} }} .line {{ fill: none; stroke: {}; stroke-width: 1.5; stroke-linejoin: round }}\n\
         @media (prefers-color-scheme: dark) {{ .soft {{ fill: {} }} .ink {{ fill: {} }} .line {{ stroke: {} }} }}\n</style>\n",
        light.soft.hex(),
        light.ink.hex(),
        light.ink.hex(),
        dark.soft.hex(),
        dark.ink.hex(),
        dark.ink.hex(),
    );
    let points = |list: &[(f64, f64)]| {
        list.iter()
            .map(|(x, y)| format!("{x:.2},{y:.2}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    out.push_str("<rect class=\"soft\" width=\"40\" height=\"40\" rx=\"10\"/>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<g class=\"ink\" transform=\"rotate({} 20 20)\">",
        figure.turn
    );
    let _ = writeln!(
        out,
        "<polygon class=\"line\" points=\"{}\"/>",
        points(&figure.star)
    );
    for (x, y) in &figure.dots {
        let _ = writeln!(out, "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"1.25\"/>");
    }
    let _ = match &figure.core {
        Core::Disc => writeln!(out, "<circle cx=\"20\" cy=\"20\" r=\"3.4\"/>"),
        Core::Polygon(corners) => writeln!(out, "<polygon points=\"{}\"/>", points(corners)),
    };
    out.push_str("</g>\n</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::tests::contrast;

    #[test]
    fn an_svg_holds_the_whole_figure_and_nothing_of_the_name() {
        let svg = svg("the_author\"><script>");
        assert!(!svg.contains("script"));
        assert_eq!(
            svg.matches("<circle").count() + svg.matches("<polygon").count(),
            Figure::of("the_author\"><script>").dots.len() + 2
        );
        assert!(svg.ends_with("</g>\n</svg>\n"));
    }

    #[test]
    fn every_hue_stands_out_from_its_ground() {
        for hue in 0..360 {
            for inks in [Inks::light(hue), Inks::dark(hue)] {
                // WCAG 1.4.11: 3 to 1 for figures.
                assert!(contrast(inks.ink, inks.soft) >= 3.0, "hue {hue}");
            }
        }
    }
}
