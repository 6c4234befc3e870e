//! The geometry of a sigil, from the FNV-1a hash of its name, on a field of 40 by 40 units.

use std::f64::consts::PI;

/// A point on the field.
pub(super) type Point = (f64, f64);

/// What stands in the middle.
#[derive(Debug, PartialEq)]
pub(super) enum Core {
    /// A disc of radius 3.4.
    Disc,
    /// A filled triangle or diamond.
    Polygon(Vec<Point>),
}

/// A sigil: an n-pointed star, a dot between each two points, and a core, all turned by some degrees.
#[derive(Debug, PartialEq)]
pub(super) struct Figure {
    /// Degrees, 0 to 359.
    pub(super) hue: u32,
    /// Degrees clockwise, -30 to 29.
    pub(super) turn: i32,
    pub(super) star: Vec<Point>,
    pub(super) dots: Vec<Point>,
    pub(super) core: Core,
}

impl Figure {
    pub(super) fn of(name: &str) -> Self {
        let h = hash(name);
        let n = 5 + h % 4;
        let step = 2 + (h >> 3) % if n > 6 { 2 } else { 1 };
        let on = |radius: f64, at: f64, of: u32| {
            let angle = 2.0 * PI * at / f64::from(of) - PI / 2.0;
            (20.0 + radius * angle.cos(), 20.0 + radius * angle.sin())
        };
        Self {
            hue: (h >> 7) % 360,
            turn: i32::try_from((h >> 11) % 60).unwrap_or_default() - 30,
            star: (0..n)
                .map(|i| on(12.2, f64::from((i * step) % n), n))
                .collect(),
            dots: (0..n).map(|i| on(15.6, f64::from(i) + 0.5, n)).collect(),
            core: match (h >> 17) % 3 {
                0 => Core::Disc,
                1 => Core::Polygon((0..3).map(|i| on(4.4, f64::from(i), 3)).collect()),
                // A square of 6 units, standing on its corner.
                _ => Core::Polygon(
                    (0..4)
                        .map(|i| on(3.0 * 2.0_f64.sqrt(), f64::from(i), 4))
                        .collect(),
                ),
            },
        }
    }
}

/// FNV-1a over the first UTF-16 unit of each character, which is what a browser's `charCodeAt(0)` gives.
fn hash(name: &str) -> u32 {
    name.chars().fold(2_166_136_261, |h, c| {
        let unit = c.encode_utf16(&mut [0; 2])[0];
        (h ^ u32::from(unit)).wrapping_mul(16_777_619)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_browser() {
        // Name, hash, points, hue and turn, as the same function in JavaScript gives them.
        let known = [
            ("", 2_166_136_261, 6, 59, -27),
            ("a", 3_826_002_220, 5, 202, -25),
            ("the_author", 1_397_907_538, 7, 192, -18),
            ("the_archivist", 3_544_411_042, 7, 231, -1),
            ("the_mediator", 2_845_531_216, 5, 352, 29),
            ("pod-tracker", 2_044_240_613, 6, 309, -26),
            ("café", 856_211_068, 5, 348, 21),
            ("😀", 931_276_136, 5, 354, 14),
        ];
        for (name, hashed, points, hue, turn) in known {
            let figure = Figure::of(name);
            let seen = (hash(name), figure.star.len(), figure.hue, figure.turn);
            assert_eq!(seen, (hashed, points, hue, turn), "{name}");
        }
        assert_eq!(Figure::of("the_author").core, Core::Disc);
        assert!(
            matches!(Figure::of("the_mediator").core, Core::Polygon(corners) if corners.len() == 3)
        );
        assert!(
            matches!(Figure::of("pod-tracker").core, Core::Polygon(corners) if corners.len() == 4)
        );
    }

    #[test]
    fn the_figure_stays_on_its_field() {
        for name in [
            "the_author",
            "the_archivist",
            "the_mediator",
            "pod-tracker",
            "a",
            "",
        ] {
            let figure = Figure::of(name);
            assert_eq!(figure.star.len(), figure.dots.len());
            assert!((5..=8).contains(&figure.star.len()));
            assert!((-30..30).contains(&figure.turn) && figure.hue < 360);
            for (x, y) in figure.star.iter().chain(&figure.dots) {
                assert!((x - 20.0).hypot(y - 20.0) < 15.7);
            }
        }
    }
}
