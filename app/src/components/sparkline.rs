//! A small chart of a few dozen values, drawn as SVG on the server and again as they change.

use std::fmt::Write;

use maud::{Markup, html};

const WIDTH: i64 = 240;
const HEIGHT: i64 = 34;

/// A line over its filled ground, in a part that is text: of `values`, oldest first. It scales to its place; `label` says what it
/// shows, for those who cannot see it.
#[must_use]
pub fn sparkline(values: &[i64], label: &str) -> Markup {
    let line = line(values);
    html! {
        svg.sparkline viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(label) {
            path.sparkline-ground d={ (line) "L" (WIDTH) " " (HEIGHT) "L0 " (HEIGHT) "Z" } {}
            path.sparkline-line d=(line) vector-effect="non-scaling-stroke" {}
        }
    }
}

/// The path of the line, from the left edge to the right, the largest value a little below the top.
fn line(values: &[i64]) -> String {
    let max = values.iter().copied().max().unwrap_or(0).max(1);
    let steps = i64::try_from(values.len()).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let mut path = String::with_capacity(values.len() * 12);
    for (index, value) in (0..).zip(values) {
        let x = 10 * WIDTH * index / steps;
        let y = 10 * (HEIGHT - 1) - (10 * (HEIGHT - 4)).saturating_mul(*value.clamp(&0, &max)) / max;
        // Writing into a String cannot fail.
        let _ = write!(path, "{}{}.{} {}.{}", if index == 0 { 'M' } else { 'L' }, x / 10, x % 10, y / 10, y % 10);
    }
    if path.is_empty() { format!("M0 {0}L{WIDTH} {0}", HEIGHT - 1) } else { path }
}

#[cfg(test)]
mod tests {
    use super::{line, sparkline};

    #[test]
    fn what_is_drawn_lies_side_by_side() {
        let drawn = sparkline(&[0, 4], "words").into_string();
        assert_eq!(drawn.matches("></path>").count(), 2, "{drawn}");
    }

    #[test]
    fn the_line_spans_the_width_and_stays_inside() {
        assert_eq!(line(&[]), "M0 33L240 33");
        assert_eq!(line(&[0, 4]), "M0.0 33.0L240.0 3.0");
        assert_eq!(line(&[2, 2, 2]), "M0.0 3.0L120.0 3.0L240.0 3.0");
        assert_eq!(line(&[3, 1]), "M0.0 3.0L240.0 23.0");
    }
}
