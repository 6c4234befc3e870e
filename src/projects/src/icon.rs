//! Sigils: a small figure drawn from a name alone, in its own hue, as SVG and as PNG.
//!
//! The same name gives the same figure everywhere: beside a helper, and as the icon of a project's app.

mod raster;

use domain::sigil::Sigil;
pub use raster::{Shape, png};

use crate::colour::{Rgb, oklch};

/// The hue of a name, in degrees (0 to 359).
pub fn hue(name: &str) -> u16 {
    Sigil::of(name).hue
}

/// The two colours of a sigil.
struct Inks {
    ink: Rgb,
    soft: Rgb,
}

impl Inks {
    fn light(hue: u16) -> Self {
        let hue = f64::from(hue);
        Self { ink: oklch(0.50, 0.15, hue), soft: oklch(0.955, 0.03, hue) }
    }

    fn dark(hue: u16) -> Self {
        let hue = f64::from(hue);
        Self { ink: oklch(0.80, 0.11, hue), soft: oklch(0.27, 0.045, hue) }
    }
}

/// The sigil of `name` as a document of its own, light or dark as the reader prefers.
pub fn svg(name: &str) -> String {
    let sigil = Sigil::of(name);
    let (light, dark) = (Inks::light(sigil.hue), Inks::dark(sigil.hue));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 40\">\n<style>\n:root {{ --ink: {}; --soft: {} }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ --ink: {}; --soft: {} }} }}\n</style>\n{}\n</svg>\n",
        light.ink.hex(),
        light.soft.hex(),
        dark.ink.hex(),
        dark.soft.hex(),
        sigil.svg("var(--ink)", "var(--soft)"),
    )
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
            Sigil::of("the_author\"><script>").dots.len() + 2
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
