//! A helper's sigil: a small n-fold figure drawn from its name alone, in its own hue.

use std::f64::consts::TAU;

/// The side of the square that a sigil is drawn in.
pub const SIDE: f64 = 40.0;

/// A point in that square.
pub type Point = (f64, f64);

/// What stands in the middle.
#[derive(Debug, Clone, PartialEq)]
pub enum Core {
    /// A disc of this radius.
    Disc(f64),
    /// A filled polygon.
    Polygon(Vec<Point>),
}

/// The figure of one name. `turn` applies to everything but the ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Sigil {
    /// Its hue in OKLCH, in degrees.
    pub hue: u16,
    /// How far it is turned about the middle, in degrees.
    pub turn: i32,
    /// The star's corners, in drawing order.
    pub star: Vec<Point>,
    /// The middles of the dots around it.
    pub dots: Vec<Point>,
    /// What stands in the middle.
    pub core: Core,
}

impl Sigil {
    /// The figure of `name`; the same name always gives the same figure.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let hash = fnv1a(name);
        let corners = 5 + hash % 4;
        let step = 2 + (hash >> 3) % if corners > 6 { 2 } else { 1 };
        let core = match (hash >> 17) % 3 {
            0 => Core::Disc(3.4),
            1 => Core::Polygon((0..3).map(|i| on_circle(4.4, f64::from(i), 3.0)).collect()),
            _ => Core::Polygon((0..4).map(|i| on_circle(18_f64.sqrt(), f64::from(i), 4.0)).collect()),
        };
        let n = f64::from(corners);
        Self {
            hue: u16::try_from((hash >> 7) % 360).unwrap_or(0),
            turn: i32::try_from((hash >> 11) % 60).unwrap_or(0) - 30,
            star: (0..corners).map(|i| on_circle(12.2, f64::from((i * step) % corners), n)).collect(),
            dots: (0..corners).map(|i| on_circle(15.6, f64::from(i) + 0.5, n)).collect(),
            core,
        }
    }

    /// The figure as the inside of an `<svg viewBox="0 0 40 40">`, coloured by `ink` and `soft` (CSS colours).
    #[must_use]
    pub fn svg(&self, ink: &str, soft: &str) -> String {
        let dots: String =
            self.dots.iter().map(|(x, y)| format!(r#"<circle cx="{x:.2}" cy="{y:.2}" r="1.25"/>"#)).collect();
        let core = match &self.core {
            Core::Disc(radius) => format!(r#"<circle cx="20" cy="20" r="{radius}"/>"#),
            Core::Polygon(points) => format!(r#"<polygon points="{}"/>"#, listed(points)),
        };
        format!(
            r#"<rect width="40" height="40" rx="10" fill="{soft}"/><g transform="rotate({} 20 20)" fill="{ink}"><polygon points="{}" fill="none" stroke="{ink}" stroke-width="1.5" stroke-linejoin="round"/>{dots}{core}</g>"#,
            self.turn,
            listed(&self.star),
        )
    }
}

fn listed(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect::<Vec<_>>().join(" ")
}

fn on_circle(radius: f64, step: f64, steps: f64) -> Point {
    let angle = TAU * step / steps - TAU / 4.0;
    (SIDE / 2.0 + radius * angle.cos(), SIDE / 2.0 + radius * angle.sin())
}

/// FNV-1a, 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>), over the first UTF-16 unit of each character, which
/// is what a browser's `charCodeAt(0)` gives.
fn fnv1a(text: &str) -> u32 {
    text.chars().fold(2_166_136_261, |hash, c| {
        let unit = c.encode_utf16(&mut [0; 2])[0];
        (hash ^ u32::from(unit)).wrapping_mul(16_777_619)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_that_a_browser_would_draw() {
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
        for (name, hash, points, hue, turn) in known {
            let sigil = Sigil::of(name);
            assert_eq!((fnv1a(name), sigil.star.len(), sigil.hue, sigil.turn), (hash, points, hue, turn), "{name}");
        }
        assert!(matches!(Sigil::of("the_author").core, Core::Disc(_)));
        assert!(matches!(Sigil::of("the_mediator").core, Core::Polygon(corners) if corners.len() == 3));
        assert!(matches!(Sigil::of("pod-tracker").core, Core::Polygon(corners) if corners.len() == 4));
    }

    #[test]
    fn the_figure_stays_in_its_square() {
        for name in ["the_author", "the_archivist", "the_mediator", "pod-tracker", "a", ""] {
            let sigil = Sigil::of(name);
            assert_eq!(sigil.star.len(), sigil.dots.len());
            for (x, y) in sigil.star.iter().chain(&sigil.dots) {
                assert!((x - 20.0).hypot(y - 20.0) < 15.7, "{name}");
            }
        }
    }
}
